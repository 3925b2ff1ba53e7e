/**
 * Held actions of real agents, with an approver in this process: an exec waits and goes on or fails by the answer; a
 * file or a connection is refused, and a yes lets the next try through.
 */
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startEmbedded } from '../../src/cli/embedded.ts';
import type { Event } from '../../src/contract/messages.ts';
import { Outcome, Verdict } from '../../src/contract/messages.ts';
import { loadPolicyFiles } from '../../src/gateway/policy/load.ts';
import type { Answer, HeldAction } from '../../src/runtime/holds.ts';
import { removeTree } from '../remove-tree.ts';

const directory = mkdtempSync(join(tmpdir(), 'warder-holds-'));
chmodSync(directory, 0o755);
const workspace = join(directory, 'workspace');
let runs = 0;

const server = createServer((socket) => socket.end('hello\n'));
let port: number;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as { port: number }).port;
});
afterAll(() => {
  server.close();
  removeTree(directory);
});

const policy = () => `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: holding, scope: fleet}
spec:
  mode: enforce
  exec:
    - allow: [/usr/**]
    - hold: [/usr/bin/id, /usr/bin/uname, "\${workspace}/tools/**"]
  read:
    - allow: [/usr/**, "\${workspace}/**"]
    - hold: ["\${workspace}/held/**", "\${workspace}/held-file"]
    - deny: "\${workspace}/boxes/box/closed/**"
  write:
    - allow: ["\${workspace}/**"]
    - hold: ["\${workspace}/held/**", "\${workspace}/held-file", "\${workspace}/kept/**", "\${workspace}/boxes/**"]
    - deny: ["\${workspace}/closed/**", "\${workspace}/boxes/box/closed/**"]
  connect:
    - hold: 127.0.0.1
`;

interface Outcomes {
  status: number | undefined;
  asked: HeldAction[];
  events: Event[];
  out: string;
}

/** Runs a shell script whose output goes to ${workspace}/out. */
async function held(
  script: string,
  answer: (action: HeldAction, takeBack: () => void) => Promise<Answer> | Answer,
  options: { user?: string; answerMs?: number; grantMs?: number } = {},
): Promise<Outcomes> {
  removeTree(workspace);
  for (const name of ['held', 'kept', 'tools', 'closed', 'boxes/box/closed'])
    mkdirSync(join(workspace, name), { recursive: true });
  writeFileSync(join(workspace, 'held/secret'), 'SECRET\n');
  writeFileSync(join(workspace, 'held-file'), 'SECRET\n');
  for (const name of ['a', 'b', 'c']) writeFileSync(join(workspace, 'kept', name), 'x');
  writeFileSync(join(workspace, 'tools/tool'), '#!/bin/sh\necho tool ran\n', { mode: 0o755 });
  writeFileSync(join(workspace, 'out'), '');
  for (const name of [
    '.',
    'closed',
    'boxes',
    'boxes/box',
    'held',
    'kept',
    'kept/a',
    'kept/b',
    'kept/c',
    'out',
    'held/secret',
    'held-file',
  ]) {
    if (options.user) chownSync(join(workspace, name), 31415, 31415);
  }
  const file = join(directory, 'policy.yaml');
  writeFileSync(file, policy());
  const asked: HeldAction[] = [];
  const events: Event[] = [];
  const handle = await startEmbedded(
    {
      request: {
        agent: 'spiffe://test.local/org/team/agent',
        command: ['/bin/sh', '-c', `exec > out 2>&1\n${script}`],
        workspace,
        workingDirectory: workspace,
        environment: { PATH: '/usr/bin:/bin' },
        user: options.user,
      },
      documents: loadPolicyFiles([file]),
      stateDirectory: join(directory, `state-${++runs}`),
      holds: {
        ask: async (action, onRevoked) => {
          asked.push(action);
          return answer(action, onRevoked);
        },
      },
      holdTimes: { answerMs: options.answerMs ?? 60_000, grantMs: options.grantMs ?? 30_000 },
    },
    { onEvent: (event) => void events.push(event), onProblem: (error) => console.error(error.message) },
  );
  const { code } = await handle.ended;
  return { status: code, asked, events, out: readFileSync(join(workspace, 'out'), 'utf8') };
}

const yes = (): Answer => 'allow';
const no = (): Answer => 'deny';
/** A yes that is taken back once it has been used. */
const notForLong = (_: HeldAction, takeBack: () => void): Answer => {
  const timer = setInterval(() => {
    if (!existsSync(join(workspace, 'used'))) return;
    clearInterval(timer);
    takeBack();
  }, 20);
  return 'allow';
};
/** Says `refused` once it is, after it has worked. */
const untilRefused = (command: string) =>
  `${retry(command)}; touch used; n=0; while ${command}; do n=$((n+1)); [ $n -lt 300 ] || exit; sleep 0.1; done >/dev/null 2>&1; echo refused`;
/** Retries as agents do: until it works, for a while. */
const retry = (command: string) =>
  `n=0; until ${command}; do n=$((n+1)); [ $n -lt 300 ] || break; sleep 0.1; done 2>/dev/null`;

describe('a held exec', () => {
  test('waits for its answer, runs with a yes, and is told as granted', async () => {
    let answered = 0;
    const later = async (): Promise<Answer> => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      answered = Date.now();
      return 'allow';
    };
    const { out, asked, events } = await held('/usr/bin/id -u; date +%s%3N', later);
    const [uid, time] = out.split('\n');
    expect(uid).toBe('0');
    expect(Number(time)).toBeGreaterThanOrEqual(answered);
    expect(asked).toMatchObject([{ category: 'exec', target: '/usr/bin/id', argv: ['/usr/bin/id', '-u'] }]);
    const exec = events.find((event) => event.exec?.path === '/usr/bin/id');
    expect(exec?.decision).toMatchObject({ verdict: Verdict.VERDICT_ALLOW, rule: { effect: 'hold' } });
  });

  test('fails with a no, and the agent goes on', async () => {
    const { out, asked, events } = await held('/usr/bin/id -u; echo went on', no);
    expect(out).toMatch(/Permission denied[\s\S]*went on/);
    expect(asked).toHaveLength(1);
    const exec = events.find((event) => event.exec?.path === '/usr/bin/id');
    expect(exec?.decision).toMatchObject({
      verdict: Verdict.VERDICT_HOLD,
      outcome: Outcome.OUTCOME_PREVENTED,
    });
  });

  test('no answer in time is a no', async () => {
    const { out } = await held('/usr/bin/id -u; echo went on', () => new Promise(() => {}), {
      answerMs: 200,
    });
    expect(out).toMatch(/Permission denied[\s\S]*went on/);
  });

  test('each is asked for: one yes is one exec', async () => {
    let left = 1;
    const { out, asked } = await held('/usr/bin/id -u; /usr/bin/id -u; echo end', () =>
      left-- > 0 ? 'allow' : 'deny',
    );
    expect(asked).toHaveLength(2);
    expect(out).toMatch(/^0\n.*Permission denied\nend\n$/);
  });

  test('a yes to one is none to another that is swapped in while it waits', async () => {
    // Asked by way of a link, which leads elsewhere by the time of the answer.
    const swap = async (): Promise<Answer> => {
      rmSync(join(workspace, 'way'));
      symlinkSync('/usr/bin/uname', join(workspace, 'way'));
      return 'allow';
    };
    const { out } = await held('ln -s /usr/bin/id way; ./way; echo $?', swap);
    expect(out).not.toContain('Linux');
    expect(out.trim().split('\n').at(-1)).not.toBe('0');
  });

  test('all of its arguments are shown, and where they have no room that is', async () => {
    const { asked } = await held(
      'long=$(head -c 1100 /dev/zero | tr "\\0" x); /usr/bin/id "$long" -u; /usr/bin/id "" -u; /usr/bin/id "$long$long$long$long$long$long$long$long" -u',
      no,
    );
    expect(asked.map(({ argv }) => [...argv])).toEqual([
      ['/usr/bin/id', 'x'.repeat(1100), '-u'],
      ['/usr/bin/id', '', '-u'],
      ['/usr/bin/id', expect.stringMatching(/^x{8000,}$/), '… (more than can be shown)'],
    ]);
  });

  test('with other arguments than a person was shown it fails', async () => {
    const later = async (): Promise<Answer> => {
      while (!existsSync(join(workspace, 'changed'))) await new Promise((resolve) => setTimeout(resolve, 20));
      return 'allow';
    };
    const script = [
      'import ctypes, threading, time',
      'word = ctypes.create_string_buffer(b"-u", 8)',
      'name = ctypes.create_string_buffer(b"/usr/bin/id")',
      'argv = (ctypes.c_void_p * 3)(ctypes.addressof(name), ctypes.addressof(word), None)',
      'def change():',
      '    time.sleep(0.5); word.value = b"-g -n"; open("changed", "w")',
      'threading.Thread(target=change).start()',
      'libc = ctypes.CDLL(None, use_errno=True)',
      'libc.execv(b"/usr/bin/id", argv); print(ctypes.get_errno())',
    ].join('\n');
    const { out, asked } = await held(`python3 -c '${script}'`, later);
    expect(asked.map(({ argv }) => [...argv])).toEqual([['/usr/bin/id', '-u']]);
    expect(out).toBe('13\n');
  });

  test('a yes to one process is none to another', async () => {
    const { out, asked } = await held(
      '(sleep 0.3; /usr/bin/uname; echo other $?) & /usr/bin/id -u; wait',
      ({ target }) => (target === '/usr/bin/id' ? 'allow' : 'deny'),
    );
    expect(asked).toHaveLength(2);
    expect(out).toContain('other 126');
  });

  test('without an answer it cannot be run by way of its loader either', async () => {
    const { out } = await held('/lib64/ld-linux-x86-64.so.2 /usr/bin/uname; echo $?', no);
    expect(out).not.toContain('Linux');
  });

  test('a script outside of other allowed trees runs with a yes', async () => {
    expect((await held('./tools/tool', yes)).out).toBe('tool ran\n');
    expect((await held('./tools/tool', no)).out).toMatch(/Permission denied/);
  });

  test('what is not held goes on at once', async () => {
    const { out, asked } = await held('for i in 1 2 3 4 5; do /bin/echo $i; done', no);
    expect(out).toBe('1\n2\n3\n4\n5\n');
    expect(asked).toEqual([]);
  });
});

describe.each([
  ['root', undefined],
  ['an ordinary user', '31415:31415'],
])('a held file, for %s', (_, user) => {
  const as = user ? { user } : {};

  test('is refused, and with a yes the next try reads it', async () => {
    const { out, asked } = await held(`${retry('cat held/secret')}; ${retry('cat held-file')}`, yes, as);
    expect(out).toBe('SECRET\nSECRET\n');
    expect(asked.map(({ category, target }) => `${category} ${target}`)).toEqual([
      `read ${workspace}/held/secret`,
      `read ${workspace}/held-file`,
    ]);
  });

  test('with a no it stays refused, and nobody is asked again and again', async () => {
    const { out, asked } = await held(
      'for i in 1 2 3 4; do cat held/secret; sleep 0.1; done; echo end',
      no,
      as,
    );
    expect(out).not.toContain('SECRET');
    expect(asked).toHaveLength(1);
  });

  test('a yes to reading is none to writing, nor to another file', async () => {
    const script = `${retry('cat held/secret')}; echo x >> held/secret; cat held-file; echo end`;
    const { out } = await held(
      script,
      ({ category, target }) => (category === 'read' && target.endsWith('held/secret') ? 'allow' : 'deny'),
      as,
    );
    expect(out.match(/SECRET/g)).toHaveLength(1);
    expect(readFileSync(join(workspace, 'held/secret'), 'utf8')).toBe('SECRET\n');
  });

  test('a yes that is taken back lets nothing through any more, and is not asked for again', async () => {
    const script = untilRefused('cat held/secret');
    const { out, asked } = await held(script, notForLong, { ...as, grantMs: 600_000 });
    expect(out).toBe('SECRET\nrefused\n');
    expect(asked).toMatchObject([{ grantMs: 600_000 }]);
  });

  test('with a yes a new one is made, as the agent would have made it', async () => {
    const { status } = await held(`umask 027; ${retry('(echo new > held/made)')}`, yes, as);
    expect(status).toBe(0);
    const made = statSync(join(workspace, 'held/made'));
    expect(readFileSync(join(workspace, 'held/made'), 'utf8')).toBe('new\n');
    expect([made.mode & 0o777, made.uid]).toEqual([0o640, user ? 31415 : 0]);
  });
});

describe.each([
  ['root', undefined],
  ['an ordinary user', '31415:31415'],
])('a held change of names, for %s', (_, user) => {
  const as = user ? { user } : {};
  const CHANGES: Readonly<Record<string, [string, string[], string[]]>> = {
    'rm, and what is made': ['rm kept/a', ['kept/a'], ['b', 'c']],
    mkdir: ['mkdir kept/new', ['kept/new'], ['a', 'b', 'c', 'new']],
    'mv from one to another': ['mv kept/a kept/d', ['kept/a', 'kept/d'], ['b', 'c', 'd']],
    'ln -s': ['ln -s a kept/l', ['kept/l'], ['a', 'b', 'c', 'l']],
    'chmod, and nothing more': ['chmod 640 kept/a', ['kept/a'], ['a', 'b', 'c']],
    'unlink under a mask': ['unlink held/secret', ['held/secret'], ['a', 'b', 'c']],
  };

  test.each(Object.keys(CHANGES))('%s: refused, and made with a yes', async (name) => {
    const [command, paths, left] = CHANGES[name]!;
    const { out, asked } = await held(
      `${command}; ${retry(command)}; rm kept/b; echo $?`,
      (action) => (action.target.endsWith('kept/b') ? 'deny' : 'allow'),
      as,
    );
    expect(out).toMatch(/1\n$/);
    expect(readdirSync(join(workspace, 'kept')).sort()).toEqual(left);
    expect(existsSync(join(workspace, 'held/secret'))).toBe(!command.includes('secret'));
    expect(statSync(join(workspace, 'kept/c')).uid).toBe(user ? 31415 : 0);
    if (name.startsWith('chmod')) expect(statSync(join(workspace, 'kept/a')).mode & 0o777).toBe(0o640);
    const targets = asked.map(({ category, target }) => `${category} ${target}`);
    expect(targets).toEqual(expect.arrayContaining(paths.map((path) => `write ${workspace}/${path}`)));
  });
});

describe.each([
  ['root', undefined],
  ['an ordinary user', '31415:31415'],
])('a rename of a held name, for %s', (_, user) => {
  const as = user ? { user } : {};
  const rename = (from: string, to: string) =>
    `/usr/bin/python3 -c 'import os; os.rename("${from}", "${to}")' 2>/dev/null`;
  const targets = (asked: readonly HeldAction[]) => asked.map(({ target }) => target);

  test('to one that the policy allows by itself is made with one yes', async () => {
    const { asked } = await held(retry(rename('held/secret', 'mine')), yes, as);
    expect(readFileSync(join(workspace, 'mine'), 'utf8')).toBe('SECRET\n');
    expect(existsSync(join(workspace, 'held/secret'))).toBe(false);
    expect(targets(asked)).toEqual([`${workspace}/held/secret`]);
  });

  test('to one that the policy denies stays refused, with a yes to the held one', async () => {
    const { out, asked } = await held(
      `${retry('chmod 640 kept/a')}; ${rename('kept/a', 'closed/x')} || echo refused`,
      yes,
      as,
    );
    expect(out).toBe('refused\n');
    expect(targets(asked)).toEqual([`${workspace}/kept/a`]);
    expect(statSync(join(workspace, 'kept/a')).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(workspace, 'closed'))).toEqual([]);
  });

  test('of a directory in which something is denied stays refused, with a yes to both names', async () => {
    const { out } = await held(
      `${retry('chmod 711 boxes/box')}; ${retry('mkdir boxes/other')}; ${retry('rmdir boxes/other')}
       ${rename('boxes/box', 'boxes/other')} || echo refused`,
      yes,
      as,
    );
    expect(out).toBe('refused\n');
    expect(statSync(join(workspace, 'boxes/box')).mode & 0o777).toBe(0o711);
    expect(existsSync(join(workspace, 'boxes/box/closed'))).toBe(true);
  });
});

describe('a held connection', () => {
  const connect = () =>
    `/usr/bin/python3 -c 'import socket; print(socket.create_connection(("127.0.0.1", ${port})).recv(9))'`;

  test('is refused, and with a yes the next try gets through', async () => {
    const { out, asked } = await held(retry(connect()), yes);
    expect(out).toContain('hello');
    expect(asked).toMatchObject([{ category: 'connect', target: `tcp 127.0.0.1 ${port}` }]);
  });

  test('a yes that is taken back lets nothing through any more', async () => {
    const { out, asked } = await held(untilRefused(connect()), notForLong, { grantMs: 600_000 });
    expect(out).toMatch(/hello[\s\S]*refused\n$/);
    expect(asked).toHaveLength(1);
  });

  test('with a no it stays refused', async () => {
    const { out } = await held(`${connect()}; echo end`, no);
    expect(out).not.toContain('hello');
  });
});
