/**
 * build/warder-run beside the real runtime: no node starts in the caller, and what a person sees is what the command in TypeScript
 * shows, to the byte.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  cleanUp,
  eventually,
  fleetPolicy,
  NOBODY,
  type Ran,
  type ServiceProcess,
  type Services,
  startServices,
  warder,
} from './services.ts';

const POLICY = fleetPolicy(`  exec:
    - allow: [/usr/bin/**, /usr/sbin/**]
    - deny: /usr/bin/id
      because: the test says so
  read: [{allow: ["/**"]}, {deny: /etc/hostname}]
  write: [{allow: ["\${workspace}/**", "/dev/**"]}]
  load: [{allow: ["/**"]}]
`);
const allow = [{ user: NOBODY, agents: ['acme/pay/coder'] }];
const ROOT = process.cwd();
/** The command in TypeScript, which bin/warder leaves this to where it is not for the client. */
const COMMAND = [
  join(ROOT, 'node_modules/node/bin/node'),
  '--disable-sigusr1',
  '--max-semi-space-size=4',
  join(ROOT, 'dist/cli/main.js'),
];
let at: Services;
let runtime: ServiceProcess;
beforeAll(async () => {
  ({ at, runtime } = await startServices(POLICY, { runtime: { allow } }));
});
afterAll(cleanUp);

const words = (...options: string[]) => ['run', '--socket', at.socket, ...options];
const shell = (script: string) => ['--', '/usr/bin/sh', '-c', script];

function ran(command: readonly string[], env: object = {}): Promise<Ran> {
  const [program = '', ...rest] = command;
  const child = spawn(program, rest, {
    cwd: at.workspace,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (piece) => {
      texts[name] += piece;
    });
  }
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, ...texts }));
  });
}

/** What differs from one run to the next: times, numbers of processes, runs. */
function same(text: string): string {
  return text
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}/g, 'RUN')
    .replace(/^ *\d+\.\d{3} +(\d+ )?/gm, 'WHEN PID ')
    .replace(/, \d+ events, \d+\.\d+ s/, ', EVENTS');
}

test('no node runs in the caller while an agent does', async () => {
  const running = warder(words(...shell('echo up; read wait; sleep 1000')), {
    cwd: at.workspace,
    uid: NOBODY,
  });
  await eventually(() => expect(running.stdout()).toBe('up\n'));
  const { pid } = running.process;
  expect(basename(readlinkSync(`/proc/${pid}/exe`))).toBe('warder-run');
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => parentOf(name));
  expect(parents).not.toContain(pid);
  running.process.kill('SIGTERM');
  expect(await running.ended).toMatchObject({ signal: 'SIGTERM' });
});

test.each<[string[], object?]>([
  [shell('exec 2> /dev/null; cat /etc/hostname; id; cat /etc/passwd > copy; ls /usr > /dev/null; exit 3')],
  [['--quiet', ...shell('id 2> /dev/null; exit 4')]],
  [['-q', '--private-tmp', ...shell('echo x > /tmp/x && cat /tmp/x; kill -9 $$')]],
  [shell('kill -TERM $$')],
  [['-q', '--', '/nowhere/at-all']],
  [['-q', '--', '/etc/passwd']],
  [['--user', 'no-such-user', '--', 'true']],
  [['--agent', 'not a name', '--', 'true']],
  [
    shell('echo "$NODE_OPTIONS $NODE_ENV"'),
    { WARDER_AGENT_NODE_OPTIONS: '--title=theirs', NODE_ENV: 'test' },
  ],
])('%j shows what the command in TypeScript shows', async (options, env) => {
  const command = await ran([...COMMAND, ...words(...options)], env);
  const native = await ran([join(ROOT, 'build/warder-run'), '1', '/bin/false', ...words(...options)], env);
  expect({ ...native, stderr: same(native.stderr) }).toEqual({ ...command, stderr: same(command.stderr) });
  expect(native.stderr).toMatch(/^warder: /m);
});

test.each(['<&-', '<&- >&-', '<&- 2>&-', '>&- 2>&-'])(
  'a caller with %s gives its agent nothing of its own in their place',
  async (closed) => {
    const script = 'set -- $(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2); echo "$@" > seen';
    const seen = [];
    for (const command of [COMMAND, [join(ROOT, 'build/warder-run'), '1', '/bin/false']]) {
      rmSync(join(at.workspace, 'seen'), { force: true });
      const { code } = await ran([
        '/bin/sh',
        '-c',
        `exec "$@" ${closed}`,
        'sh',
        ...command,
        ...words(...shell(script)),
      ]);
      expect(code).toBe(0);
      seen.push(readFileSync(join(at.workspace, 'seen'), 'utf8').replace(/\d+/g, 'N'));
    }
    expect(seen[0]).toMatch(/^\/dev\/null /);
    expect(seen[1]).toBe(seen[0]);
  },
);

test('at a terminal: what is typed and shown, its size, Ctrl-C and Ctrl-Z, colours, and the terminal is as it was', () => {
  // Perl keeps a signal that comes between two of its calls until the next one returns, and a read of a terminal may not; these
  // come at once. Words in halves: the first line shows the script.
  const script = `use POSIX; $| = 1;
    sub on { sigaction(shift, POSIX::SigAction->new(shift)) }
    on(SIGINT, sub { print "inter", "rupted\\n" });
    on(SIGTSTP, sub { print "sus", "pended\\n" });
    on(SIGWINCH, sub { print "si", "ze ", \`stty size\` });
    system "stty size";
    print "rea", "dy\\n";
    while (1) {
      my $length = sysread STDIN, my $line, 100;
      next unless defined $length;
      last if $length == 0;
      print "go", "t $line";
    }
    system "/usr/bin/id";
    exit 5`;
  const seen = [COMMAND, [join(ROOT, 'bin/warder')]].map((command) => {
    const inTerminal = ['test/e2e/client-terminal.py', ...command, ...words(), '--', '/usr/bin/perl', '-e'];
    const { stdout, stderr } = spawnSync('python3', [...inTerminal, script], {
      encoding: 'utf8',
      env: { ...process.env, TERM: 'xterm', NO_COLOR: '' },
      timeout: 90_000,
    });
    expect(stderr).toBe('');
    return stdout;
  });
  for (const screen of seen) {
    for (const word of ['24 80', 'got typed', 'size 30 100', 'interrupted', 'suspended']) {
      expect(screen).toContain(word);
    }
    expect(screen).toContain('\x1b[31mPREVENTED');
    expect(screen).toMatch(/ended with status 5/);
    expect(screen).toMatch(/restored 1280\n$/);
  }
});

test('megabytes through pipes are all there, and the summary behind them', async () => {
  const { code, stdout, stderr } = await ran([
    join(ROOT, 'bin/warder'),
    ...words('-q', ...shell('head -c 20000000 /dev/zero; head -c 3000000 /dev/zero >&2')),
  ]);
  expect({ code, bytes: stdout.length }).toEqual({ code: 0, bytes: 20_000_000 });
  expect(stderr.replace(/^\0{3000000}/, '')).toMatch(/^\nwarder: .* ended with status 0\n/);
});

test('a runtime that is stopped says what it knows of the run before it goes', async () => {
  const running = warder(words(...shell('id; echo up; while :; do sleep 0.1; done')), {
    cwd: at.workspace,
    uid: NOBODY,
  });
  await eventually(() => expect(running.stdout()).toBe('up\n'));
  await eventually(() => expect(running.stderr()).toContain('/usr/bin/id'));
  // Not its close: the agent goes on, and has its stderr too.
  const ended = once(running.process, 'exit');
  await runtime.stop();
  expect(await ended).toEqual([125, null]);
  await eventually(() => expect(running.stderr()).toContain('journalctl'));
  const stderr = running.stderr();
  expect(stderr).toMatch(/ has not been seen to end\n/);
  expect(stderr).toMatch(/look deeper +warder tail --run \S+\nwarder: the runtime of this host went away; /);
  const [, run = ''] = /warder tail --run (\S+)/.exec(stderr)!;
  runtime = await at.runtime({ allow });
  await runtime.said(/took over the run/);
  await runtime.said(/attached/);
  await warder(['kill', '--state', at.gatewayState, run]).ended;
  await runtime.said(/the run \S+ ended with signal 9/);
});

function parentOf(pid: string): number {
  try {
    return Number(
      readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ')[1],
    );
  } catch {
    return 0;
  }
}
