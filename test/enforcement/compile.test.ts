import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/contract/limits.ts';
import type { RuleMatch } from '../../src/kernel/policy-rows.ts';
import { type CompileOptions, compile } from '../../src/runtime/enforcement/compile.ts';
import { message, type Written } from '../policy/documents.ts';

const OPTIONS: CompileOptions = {
  variables: { workspace: '/work', home: '/home/u', run: '/run/r' },
  homes: [],
  readLink: () => null,
};

function compiled(documents: Written | Written[], options: Partial<CompileOptions> = {}) {
  return compile(message(...[documents].flat()), { ...OPTIONS, ...options });
}

/** Rows of one category by prefix. */
function rows(policy: ReturnType<typeof compiled>, category: string): Map<string, RuleMatch> {
  const found = policy.paths.filter((row) => row.category === category);
  return new Map(found.map(({ prefix, match }) => [prefix.toString(), match]));
}

function allowed(policy: ReturnType<typeof compiled>, category = 'exec'): string[] {
  return [...rows(policy, category)].filter(([, { allow }]) => allow & 1).map(([prefix]) => prefix);
}

describe('rows of paths', () => {
  test('a file is its name with its NUL, a tree also all behind a slash', () => {
    const policy = compiled({ withoutBase: true, rules: { exec: { allow: ['/a/b', '/t/**'] } } });
    expect(allowed(policy)).toEqual(['/a/b\0', '/t\0', '/t/']);
  });

  test('the whole tree is one slash, the root alone is a slash with its NUL', () => {
    expect(allowed(compiled({ rules: { exec: { allow: ['/**'] } } }))).toEqual(['/']);
    expect(allowed(compiled({ rules: { exec: { allow: ['/'] } } }))).toEqual(['/\0']);
  });

  test('the longest prefix says what all shorter ones say', () => {
    const policy = compiled([
      { rules: { exec: { allow: ['/a/**'] } } },
      { name: 'z', mode: 'monitor', rules: { exec: { allow: ['/**'], deny: ['/a/b/**'] } } },
    ]);
    expect(rows(policy, 'exec').get('/a/b/')).toEqual({
      allow: 0b11,
      hold: 0,
      deny: 0b10,
      guard: 0,
      allowRule: [1, 3], // 2 is what load says of what exec allows
      holdRule: [0, 0],
      denyRule: [0, 4],
    });
  });

  test('what base allows has the bits of all layers', () => {
    expect(rows(compiled({ rules: { read: {} } }), 'read').get('/etc/hosts\0')!.allow).toBe(0xffff);
  });

  test('unix sockets have rows: a path as any, an abstract name behind @', () => {
    const policy = compiled({ rules: { connect: { allow: ['unix:/run/pg/**', 'unix:@bus'] } } });
    expect([...rows(policy, 'connect').keys()]).toEqual(['/run/pg\0', '/run/pg/', '@bus\0']);
  });
});

describe('links of the host', () => {
  const links: Record<string, string> = {
    '/bin': 'usr/bin',
    '/usr/bin/sh': 'dash',
    '/work/link': '/etc',
    '/opt/current': '/opt/v1',
    '/w': '/work',
    '/alias': '/',
  };
  const readLink = (path: string) => links[path] ?? null;

  test('a rule stands for what its path leads to, and for its name', () => {
    expect(allowed(compiled({ rules: { exec: { allow: ['/bin/sh'] } } }, { readLink }))).toEqual([
      '/bin/sh\0',
      '/usr/bin/dash\0',
      '/usr/bin/sh\0',
    ]);
  });

  test('a link that the agent may write is not followed', () => {
    const rules = {
      exec: { allow: ['/work/link/tool', '/opt/current/tool'] },
      write: { allow: ['/work/**'] },
    };
    const found = allowed(compiled({ rules }, { readLink }));
    expect(found).toContain('/opt/v1/tool\0');
    expect(found).toContain('/work/link/tool\0');
    expect(found).not.toContain('/etc/tool\0');
  });

  test('nor is one that is written by another name of its directory', () => {
    const rules = { exec: { allow: ['/work/link/tool'] }, write: { allow: ['/alias/work/**'] } };
    expect(allowed(compiled({ rules }, { readLink }))).not.toContain('/etc/tool\0');
  });

  test('a rule whose own place is a link that it lets the agent change is told to say less than it seems', () => {
    const rules = { write: { allow: ['/w/**'], deny: ['/w/x'] }, exec: { allow: ['/bin/sh'] } };
    expect(compiled({ rules }, { readLink }).unenforced).toEqual([
      {
        effect: 'never-allows',
        text: 'write /w/** (test.yaml:2) does not hold for /work, where it leads: the agent may change a link on the way',
        rules: [2],
      },
      {
        effect: 'not-kept',
        text: 'write /w/x (test.yaml:3) does not hold for /work/x, where it leads: the agent may change a link on the way',
        rules: [3],
      },
    ]);
  });

  test('nor one whose directory could be put away', () => {
    const rules = { exec: { allow: ['/work/link/tool'] }, write: { allow: ['/work'] } };
    expect(allowed(compiled({ rules }, { readLink }))).not.toContain('/etc/tool\0');
  });

  test('a deny is followed where some layer keeps the agent from changing the link', () => {
    const documents: Written[] = [
      { rules: { exec: { deny: ['/opt/current/tool'] }, write: { allow: ['/**'] } } },
      { scope: 'team/payments', rules: { write: { allow: ['/work/**'] } } },
    ];
    expect(rows(compiled(documents, { readLink }), 'exec').get('/opt/v1/tool\0')!.deny & 1).toBe(1);
    expect(rows(compiled(documents.slice(0, 1), { readLink }), 'exec').has('/opt/v1/tool\0')).toBe(false);
  });

  test('variables are followed to real paths, once', () => {
    const policy = compiled(
      { rules: { exec: { allow: ['${workspace}/tool'] } } },
      { readLink, variables: { workspace: '/w' } },
    );
    expect(allowed(policy)).toEqual(['/work/tool\0']);
  });

  test('a variable that leads to the root is refused', () => {
    const bad = { readLink: (path: string) => (path === '/w' ? '/' : null), variables: { workspace: '/w' } };
    expect(() => compiled({ rules: { exec: { allow: ['${workspace}/tool'] } } }, bad)).toThrow(
      '${workspace} is /, which would stand for every path',
    );
  });
});

describe("Warder's own files", () => {
  const policy = compiled({ rules: { read: { allow: ['/**'] } } }, { protect: ['/var/lib/warder'] });

  test('are denied for read and write in a layer of their own', () => {
    for (const category of ['read', 'write']) {
      const { deny, denyRule } = rows(policy, category).get('/var/lib/warder/')!;
      expect(policy.layers[Math.log2(deny)]).toBe('builtin:warder');
      expect(policy.rules[denyRule[0] - 1]).toMatchObject({
        layer: 'builtin:warder',
        category,
        pattern: '/var/lib/warder/**',
      });
    }
  });

  test('only monitor where every layer does', () => {
    const monitored = compiled({ mode: 'monitor', rules: { read: { allow: ['/**'] } } }, { protect: ['/x'] });
    expect(rows(monitored, 'read').get('/x/')!.denyRule[0]).toBe(0);
    expect(monitored.masks.monitor).toBe(0b111);
  });
});

test('what holds processes may be read and not be changed, whatever a layer allows', () => {
  const open = { read: { allow: ['/**'] }, write: { allow: ['/**', '/sys/fs/cgroup/mine/**'] } };
  const policy = compiled({ rules: open }, { keep: ['/sys/fs/cgroup'] });
  const { deny, denyRule } = rows(policy, 'write').get('/sys/fs/cgroup/')!;
  expect(policy.layers[Math.log2(deny)]).toBe('builtin:warder');
  expect(policy.rules[denyRule[0] - 1]).toMatchObject({ category: 'write', pattern: '/sys/fs/cgroup/**' });
  expect(rows(policy, 'write').get('/sys/fs/cgroup/mine/')!.deny).toBe(deny);
  expect(rows(policy, 'read').get('/sys/fs/cgroup/')?.deny ?? 0).toBe(0);
});

test('built-in denies hold in every home', () => {
  const policy = compiled({ rules: { read: { allow: ['/**'] } } }, { homes: ['/home/v', '/', 'relative'] });
  const denied = [...rows(policy, 'read')].filter(([, { deny }]) => deny).map(([prefix]) => prefix);
  expect(denied.filter((prefix) => prefix.endsWith('/.npmrc\0'))).toEqual([
    '/home/u/.npmrc\0',
    '/home/v/.npmrc\0',
  ]);
});

test('the rule table turns numbers into what people wrote', () => {
  const { rules, layers } = compiled({
    scope: 'team/payments',
    name: 'p',
    rules: { exec: { allow: ['/a'], deny: ['/b'] } },
  });
  expect(rules[1]).toEqual({
    layer: 'team/payments:p',
    category: 'exec',
    effect: 'deny',
    pattern: '/b',
    because: '',
    file: 'test.yaml',
    line: 2,
  });
  expect(layers).toEqual(['team/payments:p', 'builtin:credentials', 'builtin:warder']);
});

test('masks say which layers have a category, which are of documents and which monitor', () => {
  const { masks } = compiled([
    { rules: { exec: {}, connect: {} } },
    { name: 'z', mode: 'monitor', rules: { exec: {} } },
  ]);
  expect(masks.all).toBe(0b11);
  expect(masks.monitor).toBe(0b10);
  expect(masks.layers).toMatchObject({ exec: 0b11, connect: 0b01, read: 0 });
});

describe('addresses', () => {
  const segments = (policy: ReturnType<typeof compiled>, text: string, prefix: number) => {
    const row = policy.addresses.find(
      (each) => each.bytes.join('.') === text && each.prefix === prefix && each.protocol === 'tcp',
    );
    return policy.portSets[row!.portSet]!.map(({ from, to, match }) => [from, to, match.allow, match.deny]);
  };

  test('ports of a row are disjoint, sorted, and closed over wider networks', () => {
    const policy = compiled({
      rules: { connect: { allow: ['10.0.0.0/8:80-90', '10.1.0.0/16:85-100'], deny: ['10.1.0.0/16:87'] } },
    });
    expect(segments(policy, '10.0.0.0', 8)).toEqual([[80, 90, 1, 0]]);
    expect(segments(policy, '10.1.0.0', 16)).toEqual([
      [80, 86, 1, 0],
      [87, 87, 1, 1],
      [88, 90, 1, 0],
      [91, 100, 1, 0],
    ]);
  });

  test('equal port sets are stored once', () => {
    const many = Array.from({ length: 50 }, (_, index) => `10.0.${index}.1`);
    const { addresses, portSets } = compiled({ rules: { listen: { allow: [`10.0.0.0/8`, ...many] } } });
    expect(addresses).toHaveLength(2 * 51);
    expect(portSets).toHaveLength(1);
  });

  test('a protocol puts a rule into its own trie only', () => {
    const { addresses } = compiled({ rules: { listen: { allow: ['udp/10.0.0.1'] } } });
    expect(addresses.map(({ protocol }) => protocol)).toEqual(['udp']);
  });
});

describe('privileges', () => {
  test('are granted where every layer that has the category allows', () => {
    const documents: Written[] = [
      { rules: { privileged: { allow: ['mount', 'bpf'] } } },
      { name: 'z', mode: 'monitor', rules: { privileged: { allow: ['mount'], hold: ['bpf'] } } },
    ];
    expect(compiled(documents).privileges).toEqual({ granted: ['bpf', 'mount'], would: ['mount'] });
  });

  test('are none where no layer has the category, and all where every layer monitors', () => {
    expect(compiled({ rules: { exec: {} } }).privileges).toEqual({ granted: [], would: [] });
    const { granted, would } = compiled({ mode: 'monitor', rules: { exec: {} } }).privileges;
    expect([granted.length, would.length]).toEqual([8, 0]);
  });
});

describe('host names', () => {
  test('keep their rules for the addresses that they will be given, and nothing of them is left undone', () => {
    const { hosts, unenforced } = compiled({
      rules: { connect: { allow: ['a.example:443', '*.b.example'], deny: ['c.example'] } },
    });
    expect(hosts).toEqual([
      {
        ...{ name: 'a.example', under: false, protocol: null, from: 443, to: 443 },
        rule: { number: 1, effect: 'allow', layers: 1, monitored: false },
      },
      {
        ...{ name: 'b.example', under: true, protocol: null, from: 0, to: 65_535 },
        rule: { number: 2, effect: 'allow', layers: 1, monitored: false },
      },
      {
        ...{ name: 'c.example', under: false, protocol: null, from: 0, to: 65_535 },
        rule: { number: 3, effect: 'deny', layers: 1, monitored: false },
      },
    ]);
    expect(unenforced).toEqual([]);
  });
});

describe('limits', () => {
  test('a path that gets too long on this host is refused with its rule, all at once', () => {
    const workspace = `/${'w'.repeat(240)}`;
    const rules = { read: { allow: ['${workspace}/long-name', '${workspace}/also-long', '${workspace}/x'] } };
    expect(() => compiled({ rules }, { variables: { workspace } })).toThrow(
      'the policy cannot be applied on this host: read ${workspace}/long-name (line 1) stands for a path of 251 bytes, at most 247 can be kept; ' +
        'read ${workspace}/also-long (line 2) stands for a path of 251 bytes, at most 247 can be kept',
    );
  });

  test('rows past the limit are refused with their number', () => {
    const ports = Array.from({ length: 700 }, (_, index) => `10.0.0.0/8:${2 * index + 1}`);
    const networks = Array.from(
      { length: 400 },
      (_, index) => `10.${index >> 8}.${index & 255}.1:${2001 + 2 * index}`,
    );
    expect(() => compiled({ rules: { connect: { allow: [...ports, ...networks] } } })).toThrow(
      new RegExp(`the policy takes \\d{6} port rows, at most ${LIMITS.rows} can be kept`),
    );
  });

  test('10,000 rules in each of four layers compile', () => {
    const documents = ['fleet', 'org/acme', 'team/payments', 'agent/coder'].map((scope, layer): Written => {
      const of = (make: (index: number) => string) => ({
        allow: Array.from({ length: 2_500 }, (_, index) => make(index)),
      });
      return {
        scope,
        rules: {
          exec: of((index) => `/usr/bin/${layer}/tool-${index}`),
          read: of((index) => `/srv/data-${index % 50}/${index}/**`),
          write: of((index) => `\${workspace}/${index % 100}/${index}/**`),
          connect: of((index) => `10.${layer}.${index >> 8}.${index & 255}:443`),
        },
      };
    });
    const policy = compiled(documents);
    expect(policy.rules.length).toBeGreaterThan(40_000);
  });
});
