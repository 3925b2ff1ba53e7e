/**
 * build/warder-run beside a runtime that is played here: what it asks is what the command in TypeScript asks; what is not for it
 * goes to the command that knows everything; and what it is told ends it.
 */
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import {
  FRAME,
  FrameReader,
  farewellFrame,
  frame,
  GREETING,
  jsonFrame,
  SOCKET,
} from '../../src/runtime/local/frames.ts';
import { removeTree } from '../remove-tree.ts';

const ROOT = process.cwd();
const CLIENT = join(ROOT, 'build/warder-run');
const NODE = [
  process.execPath,
  '--disable-sigusr1',
  '--max-semi-space-size=4',
  join(ROOT, 'dist/cli/main.js'),
];

// biome-ignore lint/suspicious/noExplicitAny: requests as they came
type Request = any;
type Answer = (socket: Socket, said: Request) => void;

let directory: string;
let path: string;
let server: Server;
let asked: Request[];
let answer: Answer;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'warder-client-'));
  mkdirSync(join(directory, 'work'));
  symlinkSync('work', join(directory, 'link'));
  path = join(directory, 'socket');
  server = createServer((socket) => {
    const frames = new FrameReader();
    let greeting = '';
    socket.on('error', () => {});
    socket.on('data', (piece: Buffer) => {
      const begun = Math.min(GREETING.length - greeting.length, piece.length);
      greeting += piece.toString('latin1', 0, begun);
      for (const { content } of frames.read(piece.subarray(begun))) {
        const said = JSON.parse(content.toString());
        asked.push(said);
        answer(socket, said);
      }
    });
  });
  await once(server.listen(path), 'listening');
});
afterAll(() => {
  server.close();
  removeTree(directory);
});
beforeEach(() => {
  asked = [];
  answer = (socket) => socket.end(farewellFrame({ code: 0, text: '' }));
});

interface Ended {
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

function start(command: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcessWithoutNullStreams {
  const [program = '', ...words] = command;
  const environment = { PATH: process.env.PATH, WARDER_RUNTIME_SOCKET: path, ...env };
  return spawn(program, words, { cwd: join(directory, 'work'), env: environment });
}

async function ended(child: ChildProcessWithoutNullStreams): Promise<Ended> {
  const texts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (piece) => {
      texts[name] += piece;
    });
  }
  const [code, signal] = await once(child, 'close');
  return { code, signal, ...texts };
}

/** With a command behind it that says what it was given. */
const client = (...words: string[]) => [CLIENT, '2', '/bin/echo', 'handed', 'run', ...words];

test.each<[string[], NodeJS.ProcessEnv?]>([
  [['--', 'true']],
  [['-q', '--agent', 'acme/pay/coder', '--', 'sh', '-c', 'echo "a\tb\\n\x01\x7f" ü \u{1f600}', '']],
  [['--quiet', '-a', 'one', '--agent=two', '-u', 'alice', '--private-tmp', '--', '--', '-x']],
  [['--user=0:0', '-w', '.', '--', 'true']],
  [['--workspace', '../link/./../work//', '--', 'true']],
  [['-w', '/', '--', 'true']],
  [['-w', '/../tmp/../..', '--', 'true']],
  [
    ['--', 'true'],
    {
      WARDER_AGENT_NODE_OPTIONS: '--inspect',
      WARDER_AGENT_NODE_ENV: 'x',
      NODE_ENV: 'y',
      WARDER_AGENT_OTHER: 'z',
    },
  ],
  [['--', 'true'], { 'WARDER_AGENT_NODE_a-b': '1', 'a b': ' "\\\n', EMPTY: '', ü: 'ö' }],
])('%j is asked as the command in TypeScript asks it', async (words, env) => {
  answer = (socket, { run }) =>
    socket.end(
      run.told
        ? farewellFrame({ code: 0, text: '' })
        : jsonFrame({ failed: { code: 'TEST', message: 'asked', fix: 'go on' } }),
    );
  const first = await ended(start(client(...words), env));
  expect(first).toEqual({ code: 0, signal: null, stdout: '', stderr: '' });
  await ended(start([...NODE, 'run', ...words], env));
  const [{ run: native }, { run: command }] = asked;
  expect(native.told).toEqual({ lines: !/^-q|^--quiet/.test(words[0]!), colour: false });
  const { told, ...own } = native;
  const { folded, ...other } = command;
  expect(folded).toBe(true);
  expect(own).toEqual(other);
});

test('bytes that are no UTF-8 arrive as from the command in TypeScript', async () => {
  answer = (socket, { run }) =>
    socket.end(
      run.told
        ? farewellFrame({ code: 0, text: '' })
        : jsonFrame({ failed: { code: 'TEST', message: 'asked', fix: 'go on' } }),
    );
  for (const command of [client('--'), [...NODE, 'run', '--']]) {
    const script = `exec "$@" "$(printf '\\377a\\303"\\342\\202b')"`;
    await ended(start(['/bin/sh', '-c', script, 'sh', ...command, 'true']));
  }
  expect(asked[0].run.command[1]).toContain('\ufffd');
  expect(asked[0].run.command).toEqual(asked[1].run.command);
});

test.each([
  [[]],
  [['--']],
  [['true']],
  [['--help']],
  [['--json', '--', 'true']],
  [['--verbose', '--', 'true']],
  [['-o', 'file', '--', 'true']],
  [['--policy', 'file', '--', 'true']],
  [['--state', 'dir', '--', 'true']],
  [['--hold', '3', '--', 'true']],
  [['--dns', '1.1.1.1', '--', 'true']],
  [['-qv', '--', 'true']],
  [['-aname', '--', 'true']],
  [['--quiet=yes', '--', 'true']],
  [['--agent', '--', 'true']],
  [['--agent=', '--', 'true']],
  [['--workspace', '/nowhere', '--', 'true']],
  [['--socket', '/nowhere', '--', 'true']],
  [['--no-such', '--', 'true']],
])('%j is handed to the command that knows it, and nobody is asked', async (words) => {
  const { code, stdout } = await ended(start(client(...words)));
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${['handed', 'run', ...words].join(' ')}\n` });
  expect(asked).toEqual([]);
});

test.each([4, 5, 15])(
  'so is what a caller asks who may open %i files: it is not waited for without end',
  async (files) => {
    const limited = ['prlimit', `--nofile=${files}:${files}`, ...client('--', 'true')];
    const { code, stdout } = await ended(start(limited));
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'handed run -- true\n' });
    expect(asked).toEqual([]);
  },
);

test('so is what is to be looked into', async () => {
  const { stdout } = await ended(start(client('--', 'true'), { WARDER_DEBUG: '1' }));
  expect(stdout).toBe('handed run -- true\n');
  expect(asked).toEqual([]);
});

test.each<[string, Answer]>([
  [
    'refuses',
    (socket) => socket.end(jsonFrame({ failed: { code: 'LOCAL_FORBIDDEN', message: 'no', fix: 'ask' } })),
  ],
  ['goes away', (socket) => socket.end()],
  ['says what is no frame', (socket) => socket.end(Buffer.from([0xff, 0xff, 0xff, 0xff, 1]))],
])(
  'of a runtime that %s before anything the other command says why, with signals and pipes as they were',
  async (_what, answers) => {
    answer = answers;
    const status = "grep -E '^Sig(Blk|Ign)' /proc/self/status";
    const plain = await ended(start(['/bin/sh', '-c', status]));
    const handed = await ended(start([CLIENT, '3', '/bin/sh', '-c', status, 'run', '--', 'true']));
    expect(handed).toEqual(plain);
  },
);

test.each([
  [
    { code: 3, text: 'the end\n' },
    { code: 3, signal: null },
  ],
  [
    { code: 255, text: '' },
    { code: 255, signal: null },
  ],
  [
    { signal: 15, text: 'the end\n' },
    { code: null, signal: 'SIGTERM' },
  ],
  [
    { signal: 9, text: 'the end\n' },
    { code: null, signal: 'SIGKILL' },
  ],
  [
    { signal: 11, text: 'the end\n' },
    { code: 139, signal: null },
  ],
])('a farewell %j behind others ends it', async (last, status) => {
  answer = (socket) => {
    socket.write(farewellFrame({ code: 125, text: 'lost\n' }));
    for (const byte of Buffer.concat([frame(FRAME.text, Buffer.from('a line ü\n')), farewellFrame(last)])) {
      socket.write(Buffer.from([byte]));
    }
    socket.end();
  };
  const found = await ended(start(client('--', 'true')));
  expect(found).toEqual({ ...status, stdout: '', stderr: `a line ü\n${last.text}` });
});

test('a runtime that dies on the way leaves what it said first', async () => {
  answer = (socket) => {
    socket.write(farewellFrame({ code: 125, text: 'lost\n' }));
    socket.write(frame(FRAME.text, Buffer.from('a line\n')), () => socket.destroy());
  };
  expect(await ended(start(client('--', 'true')))).toMatchObject({ code: 125, stderr: 'a line\nlost\n' });
});

test.each(['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGINT', 'SIGQUIT'] as const)(
  '%s is passed on, and ends nothing',
  async (name) => {
    let child: ChildProcessWithoutNullStreams | undefined;
    answer = (socket, said) => {
      if ('run' in said) {
        socket.write(farewellFrame({ code: 125, text: 'lost\n' }));
        child!.kill(name);
      } else socket.end(farewellFrame({ code: 7, text: `${said.signal}\n` }));
    };
    child = start(client('--', 'true'));
    const { code, stderr } = await ended(child);
    expect(code).toBe(7);
    expect(spawnSync('kill', ['-l', stderr.trim()], { encoding: 'utf8' }).stdout.trim()).toBe(name.slice(3));
  },
);

test('a reader who has gone ends the output, not the run', async () => {
  answer = (socket) => {
    socket.write(farewellFrame({ code: 125, text: '' }));
    socket.write(frame(FRAME.text, Buffer.from('a line\n'.repeat(20_000))));
    socket.end(farewellFrame({ code: 4, text: 'the end\n' }));
  };
  const child = start(client('--', 'true'));
  child.stderr.destroy();
  const [code] = await once(child, 'exit');
  expect(code).toBe(4);
});

test('while nobody reads, signals go on and memory stays; what had no room is counted, and the end is not lost', async () => {
  const line = `${'x'.repeat(99)}\n`;
  const megabyte = frame(FRAME.text, Buffer.from(line.repeat(10_000)));
  let resident = 0;
  let child: ChildProcessWithoutNullStreams | undefined;
  answer = (socket, said) => {
    if ('run' in said) {
      socket.write(farewellFrame({ code: 125, text: '' }));
      for (let index = 0; index < 49; index++) socket.write(megabyte);
      socket.write(megabyte, () => child!.kill('SIGUSR1'));
      return;
    }
    resident = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child!.pid}/status`, 'utf8'))![1]);
    socket.end(farewellFrame({ code: 0, text: 'the end\n' }), () => child!.stderr.resume());
  };
  child = start(client('--', 'true'));
  let text = '';
  child.stderr
    .setEncoding('latin1')
    .on('data', (piece) => {
      text += piece;
    })
    .pause();
  await once(child, 'close');
  expect(resident).toBeLessThan(40 << 10);
  const shown = text.split(line).length - 1;
  expect(shown).toBeGreaterThan(80_000);
  expect(text.slice(shown * line.length)).toBe(
    `the end\nwarder: ${500_000 - shown} lines could not be shown\n`,
  );
});

test('the socket that it asks at unless told otherwise is the one of src/runtime/local/frames.ts', () => {
  expect(readFileSync('native/client/request.h', 'utf8')).toContain(`kSocket = "${SOCKET}"`);
});
