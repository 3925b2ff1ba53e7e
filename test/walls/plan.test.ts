/**
 * The translation from a policy to walls, against a model of what Landlock and mounts do with them: on generated
 * policies over a small tree, whatever the policy refuses is refused by some wall or named as a gap, and whatever it
 * allows is let through or named.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parsePolicyFile } from '../../src/gateway/policy/document.ts';
import { effectivePolicy } from '../../src/gateway/policy/layers.ts';
import { compile } from '../../src/runtime/enforcement/compile.ts';
import { Allowances, parentOf } from '../../src/runtime/walls/allowances.ts';
import type { WallLine } from '../../src/runtime/walls/description.ts';
import type { FileKind, HostFiles } from '../../src/runtime/walls/host-files.ts';
import { planWalls, type WallPlan } from '../../src/runtime/walls/plan.ts';

const DIRECTORIES = [
  '/', '/a', '/a/b', '/a/b/c', '/a/d', '/dev', '/dev/shm', '/e', '/e/f', '/etc', '/proc', '/proc/sys',
]; // biome-ignore format: one glance
const FILES = [
  '/a/1',
  '/a/b/2',
  '/a/b/c/3',
  '/a/d/4',
  '/e/5',
  '/e/f/6',
  '/7',
  '/a/b/.env',
  '/etc/ld.so.cache',
  '/proc/cpuinfo',
  '/proc/kcore',
];

class ModelHost implements HostFiles {
  kind(path: string): FileKind | null {
    if (DIRECTORIES.includes(path)) return 'directory';
    return FILES.includes(path) ? 'file' : null;
  }
  list(directory: string): string[] {
    const all = [...DIRECTORIES, ...FILES].filter((path) => path !== '/' && parentOf(path) === directory);
    return all.map((path) => path.slice(path.lastIndexOf('/') + 1));
  }
  sockets(): string[] {
    return [];
  }
}

function compiled(documents: readonly string[]) {
  const parsed = documents.flatMap((text, index) => {
    const file = parsePolicyFile(text, `${index}.yaml`);
    expect(file.faults).toEqual([]);
    return file.documents;
  });
  const answer = effectivePolicy(parsed, 'spiffe://test.local/org/team/agent');
  if (!('policy' in answer)) throw new Error(answer.refusal);
  return compile(answer.policy, {
    variables: { workspace: '/a', run: '/run/x', home: '/e' },
    readLink: () => null,
  });
}

/** Itself and all above it, nearest first. */
function upwards(path: string): string[] {
  const all = [path];
  while (all.at(-1) !== '/') all.push(parentOf(all.at(-1)!));
  return all;
}

/** What the kernel would do with these lines, for a file. */
class Kernel {
  readonly #lines: readonly WallLine[];
  constructor({ lines }: WallPlan) {
    this.#lines = lines;
  }

  hidden(path: string): boolean {
    return upwards(path).some((above) => this.#lines.some(([word, at]) => word === 'hide' && at === above));
  }

  landlock(path: string, right: string): boolean {
    return this.#lines.some(
      ([word, rights, at]) =>
        word === 'allow' && at !== undefined && upwards(path).includes(at) && allowsRight(rights!, right),
    );
  }

  mount(path: string, flag: string): boolean {
    for (const above of upwards(path)) {
      const place = this.#lines.findLast(([word, , at]) => word === 'place' && at === above);
      if (place) return place[1]!.includes(flag);
    }
    return false;
  }
}

function allowsRight(rights: string, right: string): boolean {
  return rights.includes(right) || (right === 'r' && rights.includes('x'));
}

const place = fc.constantFrom(
  '/a/**',
  '/a/b/**',
  '/a/b/c/**',
  '/a/d/**',
  '/e/**',
  '/e/f/**',
  '/a/1',
  '/a/b/2',
  '/a/b/c/3',
  '/7',
  '/a/b/new/**',
  '/**',
);
const rule = fc.record({ effect: fc.constantFrom('allow', 'allow', 'allow', 'deny', 'hold'), place });
const category = fc.option(fc.array(rule, { maxLength: 4 }), { nil: undefined });
const layer = fc.record({
  scope: fc.constantFrom('fleet', 'org/org', 'team/team'),
  mode: fc.constantFrom('enforce', 'enforce', 'monitor'),
  exec: category,
  read: category,
  write: category,
  load: category,
});
const layers = fc.uniqueArray(layer, { selector: ({ scope }) => scope, minLength: 1, maxLength: 3 });

type Layer = typeof layer extends fc.Arbitrary<infer T> ? T : never;

function document({ scope, mode, ...categories }: Layer): string {
  const lines = [
    'apiVersion: warder.dev/v1',
    'kind: Policy',
    `metadata: {name: x, scope: ${scope}}`,
    'spec:',
    `  mode: ${mode}`,
  ];
  for (const [name, rules] of Object.entries(categories)) {
    if (!rules) continue;
    lines.push(rules.length === 0 ? `  ${name}: []` : `  ${name}:`);
    for (const { effect, place: at } of rules) lines.push(`    - ${effect}: "${at}"`);
  }
  return lines.join('\n');
}

const NOT_PROC = FILES.filter((path) => !path.startsWith('/proc') && !path.endsWith('.env'));

describe('on generated policies', () => {
  test('what is refused is walled, and what is allowed is not, or the plan says so', () => {
    fc.assert(
      fc.property(layers, (generated) => {
        const policy = compiled(generated.map(document));
        const plan = planWalls(policy, new ModelHost());
        if (!plan) return generated.every(({ mode }) => mode === 'monitor');
        const kernel = new Kernel(plan);
        const allowed = new Allowances(policy);
        for (const path of NOT_PROC) {
          const said = plan.unenforced.some(({ text }) =>
            upwards(path).some((above) => above !== '/' && text.startsWith(`${above} `)),
          );
          const read = allowed.self('read', path);
          const run = allowed.self('exec', path);
          const write = allowed.self('write', path);
          const load = allowed.self('load', path);
          const reads = kernel.landlock(path, 'r') && !kernel.hidden(path);
          const writes = kernel.landlock(path, 'w') && kernel.mount(path, 'w') && !kernel.hidden(path);
          const runs = kernel.landlock(path, 'x') && kernel.mount(path, 'x') && !kernel.hidden(path);
          const maps = kernel.mount(path, 'x') && !kernel.hidden(path);
          // A program is opened for reading by whoever runs it; a library by whoever maps it.
          if (!said) expect({ path, reads: reads && !run }).toEqual({ path, reads: read && !run });
          // Where reading is denied in a tree that may be read, a mask takes all.
          if (kernel.hidden(path)) continue;
          expect({ path, writes }).toEqual({ path, writes: write });
          expect({ path, runs: runs && !load }).toEqual({ path, runs: run && !load });
          expect({ path, maps }).toEqual({ path, maps: load || run });
        }
        return true;
      }),
      { numRuns: 400 },
    );
  });
});

const BASICS = { apiVersion: 'warder.dev/v1', kind: 'Policy' };
const plain = (spec: string) =>
  `apiVersion: ${BASICS.apiVersion}\nkind: ${BASICS.kind}\nmetadata: {name: x, scope: fleet}\nspec:\n  mode: enforce\n${spec}`;

function planOf(spec: string): WallPlan {
  const plan = planWalls(compiled([plain(spec)]), new ModelHost());
  if (!plan) throw new Error('no walls');
  return plan;
}

const words = (plan: WallPlan) => plan.lines.map((line) => line.join(' '));

test('directories above a denied place in a writable tree are pinned, so that none can be renamed', () => {
  const plan = planOf('  read:\n    - allow: /a/**\n  write:\n    - allow: /a/**\n    - deny: /a/b/c/3\n');
  expect(words(plan)).toEqual(
    expect.arrayContaining(['place w /a', 'place w /a/b', 'place w /a/b/c', 'place - /a/b/c/3']),
  );
});

test('memory without a name is left to the kernel where its programs judge what is mapped', () => {
  const spec = '  read:\n    - allow: /a/**\n';
  const judged = planWalls(compiled([plain(spec)]), new ModelHost(), { judged: true });
  expect(words(judged!)).toContain('memory');
  expect(words(planOf(spec))).not.toContain('memory');
});

test('a denied place that is not there yet is watched, by what is denied there, and is no gap', () => {
  const plan = planOf('  read:\n    - allow: /a/**\n  write:\n    - allow: /a/**\n    - deny: /a/b/new/**\n');
  expect(words(plan)).toContain('watch freeze /a/b/new');
  expect(plan.unenforced).toEqual([]);
});

test('a place that may be written and is not there is named as stricter than written', () => {
  const plan = planOf('  write:\n    - allow: /e/f/new\n');
  expect(plan.unenforced.find(({ text }) => text.startsWith('/e/f/new'))?.effect).toBe('never-allows');
});

test('names are looked for in trees of the agent, not in those of the system', () => {
  const plan = planOf('  read:\n    - allow: [/a/**, /usr/**]\n    - deny: "**/*.pem"\n');
  expect(words(plan)).toEqual(
    expect.arrayContaining(['scan /a', 'suffix hide .pem', 'name hide .env', 'skip /usr']),
  );
  expect(words(plan)).not.toContain('scan /usr');
});

test('opens in trees of the system are asked about, but where programs lie', () => {
  const plan = planOf('  read:\n    - allow: [/etc/**, /usr/**]\n    - deny: "**/*.pem"\n');
  expect(words(plan)).toEqual(expect.arrayContaining(['guard /etc', 'leave /usr']));
  expect(words(plan)).not.toContain('guard /usr');
  expect(words(plan)).not.toContain('scan /etc');
});

describe('what nearly every program reads as it starts', () => {
  const CACHE = '/etc/ld.so.cache';
  const asked = (spec: string) => !words(planOf(spec)).includes(`leave ${CACHE}`);
  const read = (...denied: string[]) =>
    `  read:\n    - allow: /**\n${denied.map((pattern) => `    - deny: "${pattern}"\n`).join('')}`;

  test('is a mount of its own, which is not asked about', () => {
    expect(words(planOf(read('**/*.pem')))).toContain(`place - ${CACHE}`);
    expect(asked(read('**/*.pem'))).toBe(false);
  });

  test.each(['**/*.cache', '**/ld.so.cache', '**/etc', CACHE, '/etc/**'])(
    'is asked about, or hidden, where %s is denied',
    (pattern) => {
      expect(asked(read('**/*.pem', pattern))).toBe(true);
    },
  );

  test.each([CACHE, '/etc/**', '/**'])('is asked about where %s may be written', (pattern) => {
    expect(asked(`${read('**/*.pem')}  write:\n    - allow: "${pattern}"\n`)).toBe(true);
  });
});

test('/dev/shm is no tree of the system', () => {
  const plan = planOf('  read:\n    - allow: /**\n    - deny: "**/*.pem"\n');
  expect(words(plan)).toEqual(expect.arrayContaining(['scan /dev/shm', 'guard /dev/shm', 'leave /dev']));
});

test('/proc shows what base allows and hides the rest', () => {
  const plan = planOf('  read:\n    - allow: /a/**\n');
  expect(words(plan)).toEqual(
    expect.arrayContaining(['proc', 'allow rd /proc', 'hide /proc/kcore', 'hide /proc/sys']),
  );
  expect(words(plan)).not.toContain('hide /proc/cpuinfo');
});

test('without a rule for unix sockets none can be made; with one, they can', () => {
  expect(words(planOf('  read: []\n'))).not.toContain('local-sockets');
  expect(words(planOf('  read: []\n  connect:\n    - allow: "unix:/a/**"\n'))).toContain('local-sockets');
});

/** Its sockets are bound by others. */
class CrowdedHost extends ModelHost {
  readonly #bound: number;
  constructor(bound: number) {
    super();
    this.#bound = bound;
  }
  override sockets(): string[] {
    return [...Array(this.#bound).keys()].map((number) => (number ? `/a/b/${number}.sock` : '/a/d/0.sock'));
  }
  override kind(path: string) {
    return path.endsWith('.sock') ? 'other' : super.kind(path);
  }
}

test('each unix socket of others is masked; of more than can be, the place where most are is told', () => {
  const policy = compiled([plain('  read: []\n  connect:\n    - allow: "unix:/e/**"\n')]);
  const masked = words(planWalls(policy, new CrowdedHost(8192))!).filter((line) =>
    line.startsWith('socket '),
  );
  expect(masked).toHaveLength(8192);
  expect(masked.at(-1)).toBe('socket /a/b/8191.sock');
  expect(() => planWalls(policy, new CrowdedHost(8193))).toThrow(
    expect.objectContaining({
      code: 'WALLS_SOCKETS',
      message: expect.stringContaining('8192 of them in /a/b'),
    }),
  );
});

test('abstract sockets outside the run are out of reach, unless a rule names one', () => {
  expect(words(planOf('  read: []\n'))).toContain('scope abstract');
  expect(words(planOf('  read: []\n  connect:\n    - allow: "unix:@x"\n'))).not.toContain('scope abstract');
});

test('a privilege is passed on, and `mount` is said to take file walls away', () => {
  const plan = planOf('  privileged:\n    - allow: [mount, raw-socket]\n');
  expect(words(plan)).toEqual(expect.arrayContaining(['privilege mount', 'privilege raw-socket']));
  expect(plan.unenforced.map(({ text }) => text).join()).toMatch(/who may mount may undo/);
});
