/**
 * What an agent is told of its own refusals, asked from inside runs on the real kernel: by `warder why`, the file, the
 * socket, a hook and the MCP server; as root, and as an ordinary user through the service; and nothing of other runs.
 */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { WhyDocument } from '../../src/runtime/why/words.ts';
import { governed, cleanUp as removePlaces } from './governed.ts';
import { cleanUp, eventually, NOBODY, services, warder } from './services.ts';

afterAll(async () => {
  await cleanUp();
  removePlaces();
});

const ROOT = process.cwd();
const WARDER = join(ROOT, 'bin/warder');
const WHY = '/run/warder/why';

const policy = (connect: string, mode = 'enforce') => `apiVersion: warder.dev/v1
kind: Policy
metadata: {name: why, scope: fleet}
spec:
  mode: ${mode}
  exec:
    - allow: [/usr/bin/**, /usr/sbin/**, "${ROOT}/**"]
    - deny: /usr/bin/id
      because: who you are is not your business
  read:
    - allow: [/usr/**, /etc/**, /proc/**, "${ROOT}/**", "\${workspace}/**"]
    - deny: /etc/hostname
      because: token=ghp_${'a1B2'.repeat(9)} is for the operator
  write: [{allow: ["\${workspace}/**", /dev/null]}]
  connect: [{allow: [${connect}]}]
`;
const SOCKET = policy('"127.0.0.1:9", "unix:/run/warder/why/**"');
const FILE_ONLY = policy('"127.0.0.1:9"');

const sh = (script: string) => ['sh', '-c', script];
const CONNECT = `node -e 'require("net").connect(8, "127.0.0.1").on("error", () => {})'`;
const REFUSED = `id; cat /etc/hostname; ${CONNECT}`;
const RIGHT = { encoding: 'utf8' } as const;

function targets({ refusals }: WhyDocument): string[] {
  return refusals.filter(({ target }) => target !== 'io_uring').map((one) => `${one.category} ${one.target}`);
}

function lastLine(text: string): string {
  return text.trim().split('\n').at(-1) ?? '';
}

test.each([
  ['at the socket', SOCKET, true],
  ['from the file alone, where no unix socket may be made', FILE_ONLY, false],
])('refused programs, files and connects are told %s', async (_, text, socket) => {
  const run = await governed(text, sh(`(${REFUSED}) 2>/dev/null; ${WARDER} why --json`));
  const why = JSON.parse(lastLine(run.stdout)) as WhyDocument;
  expect(targets(why)).toEqual(
    expect.arrayContaining(['exec /usr/bin/id', 'read /etc/hostname', 'connect 127.0.0.1:8']),
  );
  const id = why.refusals.find(({ target }) => target === '/usr/bin/id');
  expect(id).toMatchObject({
    outcome: 'prevented',
    reason: 'rule',
    rule: { effect: 'deny', pattern: '/usr/bin/id', layer: 'fleet:why' },
    because: 'who you are is not your business',
    instead: expect.arrayContaining(['/usr/bin/**']),
    retry: { sensible: false },
  });
  const network = why.refusals.find(({ category }) => category === 'connect');
  expect(network).toMatchObject({
    reason: 'no_rule',
    layer: 'fleet:why',
    instead: expect.arrayContaining(['127.0.0.1:9']),
  });
  expect(why.socket).toBe(socket || hasLsm(why));
  // Secrets of the policy are none of the agent's, nor are its files.
  expect(run.stdout).not.toContain('ghp_');
  expect(run.stdout).not.toContain('policy.yaml');
  expect(existsSync(join(WHY, why.run))).toBe(false);
});

/** Kernel programs that judge unix sockets let the socket through whatever the policy says of others. */
function hasLsm({ socket, may }: WhyDocument): boolean {
  return socket && !may.connect?.allow.some((text) => text === 'unix:/run/warder/why/**');
}

test('what the agent is told can be changed by no agent, root or not', async () => {
  const attack = [
    'echo x > $F',
    'chmod 666 $F',
    'rm -f $F',
    'mv $F $F.x',
    'touch $WARDER_WHY/x',
    'ln -s /etc/passwd $WARDER_WHY/y',
  ];
  const script = `F=$WARDER_WHY/why.json; ${attack.map((line) => `(${line}) 2>/dev/null && echo DONE`).join('; ')}; ls $WARDER_WHY; cat $F`;
  const run = await governed(SOCKET, sh(script));
  expect(run.stdout).not.toContain('DONE');
  expect(run.stdout).toMatch(/^why\.json\nwhy\.sock\n/);
  expect(JSON.parse(lastLine(run.stdout))).toMatchObject({ version: 1 });
});

test('questions are answered as the kernel would decide, and allow nothing', async () => {
  const asks = [
    'exec /usr/bin/git',
    'exec /usr/bin/id',
    'connect 127.0.0.1:9',
    'connect example.com:443',
    'privileged mount',
    'read /a/../b',
    'fly /x',
  ];
  const script = asks.map((ask) => `${WARDER} why --json --may ${ask} 2>&1`).join('; echo; ');
  const run = await governed(SOCKET, sh(script));
  const answers = run.stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line));
  expect(answers.map(({ target, verdict }) => `${target} ${verdict}`)).toEqual([
    '/usr/bin/git allow',
    '/usr/bin/id deny',
    '127.0.0.1:9 allow',
    'example.com:443 deny',
    'mount deny',
  ]);
  expect(answers[1].because).toBe('who you are is not your business');
  expect(run.stdout).toContain("read '/a/../b' is no absolute path");
  expect(run.stdout).toContain("'fly' is no category");
});

test('trying again and again is one entry, said to be of no use, and told to the model once a decade', async () => {
  const hook = `echo '{"hook_event_name":"PostToolUseFailure"}' | ${WARDER} why --hook; echo =`;
  const loop = (times: number) => `i=0; while [ $i -lt ${times} ]; do id; i=$((i+1)); done 2>/dev/null`;
  // A shell tries /usr/bin/id and then /bin/id, the same place here: two calls, one try.
  const script = `export TMPDIR=$PWD PATH=/usr/bin:/bin; id 2>/dev/null; ${hook}; id 2>/dev/null; ${hook}; ${loop(60)}; ${hook}; ${WARDER} why --json`;
  const run = await governed(SOCKET, sh(script));
  const [first, second, third, last] = run.stdout.split('=\n');
  const told = JSON.parse(first!) as {
    hookSpecificOutput: { hookEventName: string; additionalContext: string };
  };
  expect(told.hookSpecificOutput.hookEventName).toBe('PostToolUseFailure');
  expect(told.hookSpecificOutput.additionalContext).toMatch(/refused and prevented: exec \/usr\/bin\/id/);
  expect(second).toBe('');
  expect(third).toMatch(/Tried 62 times/);
  const { refusals, forgotten } = JSON.parse(last!) as WhyDocument;
  expect(refusals.filter(({ category }) => category === 'exec')).toMatchObject([
    { target: '/usr/bin/id', count: 62, reason: 'rule', because: 'who you are is not your business' },
  ]);
  expect(forgotten).toBe(0);
  // Enforcement is not slowed, merged or spared.
  expect(run.events.filter(({ exec }) => exec?.path === '/usr/bin/id')).toHaveLength(2 * 62);
});

test('the MCP server answers an agent with tools that only read', async () => {
  const requests = [
    {
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
    },
    { jsonrpc: '2.0', method: 'notifications/initialized' },
    { jsonrpc: '2.0', id: 2, method: 'tools/list' },
    { jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name: 'why_was_i_refused', arguments: {} } },
    {
      jsonrpc: '2.0',
      id: 'four',
      method: 'tools/call',
      params: { name: 'may_i', arguments: { category: 'exec', target: '/usr/bin/id' } },
    },
    { jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name: 'what_may_i_do' } },
    { jsonrpc: '2.0', id: 6, method: 'resources/list' },
    { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'may_i', arguments: { category: 3 } } },
  ];
  const lines = [...requests.map((request) => JSON.stringify(request)), 'no json'].join('\n');
  const run = await governed(SOCKET, sh(`id 2>/dev/null; ${WARDER} mcp <<'END'\n${lines}\nEND\n`));
  const answers = run.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(answers.map(({ id }) => id)).toEqual([1, 2, 3, 'four', 5, 6, 7, null]);
  const [begun, listed, why, may, allowed, unknown, faulty, broken] = answers;
  expect(begun.result).toMatchObject({ protocolVersion: '2025-06-18', capabilities: { tools: {} } });
  for (const { annotations } of listed.result.tools) expect(annotations.readOnlyHint).toBe(true);
  expect(why.result.content[0].text).toMatch(
    /refused and prevented: exec \/usr\/bin\/id\n {2}by {7}deny \/usr\/bin\/id/,
  );
  expect(may.result.structuredContent).toMatchObject({ verdict: 'deny', target: '/usr/bin/id' });
  expect(allowed.result.structuredContent.exec.allow).toContain('/usr/bin/**');
  expect([unknown, faulty, broken].map(({ error }) => error.code)).toEqual([-32601, -32602, -32700]);
});

test('outside a run there is nothing to ask', async () => {
  const { WARDER_WHY: _, ...env } = process.env;
  const outside = spawnSync(WARDER, ['why'], { ...RIGHT, env });
  expect(outside.status).toBe(1);
  expect(outside.stderr).toMatch(
    /WARDER_WHY is not set, and nobody answers|not of a run that is answered here/,
  );
});

test('runs of ordinary users through the service are told their own, and nobody tells anything to others', async () => {
  const at = services(SOCKET);
  await at.gateway();
  const runtime = await at.runtime({ allow: [{ user: NOBODY, agents: ['acme/pay/coder'] }] });
  await runtime.said(/attached/);
  const start = (script: string, uid?: number) =>
    warder(['run', '--quiet', '--socket', at.socket, '--agent', 'acme/pay/coder', '--', ...sh(script)], {
      cwd: at.workspace,
      ...(uid === undefined ? {} : { uid }),
    });
  const first = start(`id 2>/dev/null; ${WARDER} why --json; cat`.replace('; cat', '; sleep 600'), NOBODY);
  const why = await eventually(() => JSON.parse(lastLine(first.stdout())) as WhyDocument);
  expect(targets(why)).toEqual(expect.arrayContaining(['exec /usr/bin/id']));
  const directory = join(WHY, why.run);
  const { uid, mode } = statSync(join(directory, 'why.json'));
  expect({ uid, mode: mode & 0o777 }).toEqual({ uid: NOBODY, mode: 0o400 });

  // Other runs, of the same user and of root: the file is not there, and the socket says nothing.
  const asking = `node -e 'const s = require("net").connect(process.argv[1] + "/why.sock"); s.on("error", (e) => console.log(e.code)); s.on("data", (d) => console.log(String(d))); s.write("{\\"ask\\":\\"why\\"}\\n")' ${directory}`;
  for (const user of [NOBODY, undefined]) {
    const other = await start(
      `ls ${WHY} ${directory} 2>&1; cat ${directory}/why.json 2>&1; ${asking}; echo`,
      user,
    ).ended;
    expect(other.stdout).not.toContain('refusals');
    expect(other.stdout).not.toContain('/usr/bin/id');
    expect(other).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/ENOENT|EPERM|EACCES|WHY_NOT_YOURS/),
    });
  }
  // And somebody who is in no run, were it root.
  expect(await askAt(join(directory, 'why.sock'))).toMatch(/WHY_NOT_YOURS/);

  end(first.process);
  await eventually(() => expect(readdirSync(WHY)).not.toContain(why.run));
});

test('a run that the next runtime takes over is told again', async () => {
  const at = services(SOCKET);
  await at.gateway();
  const runtime = await at.runtime();
  await runtime.said(/attached/);
  const file = join(at.workspace, 'go');
  const script = `echo $WARDER_WHY; until [ -e ${file} ]; do sleep 0.05; done; id 2>/dev/null; ${WARDER} why --json; echo; sleep 600`;
  const run = warder(['run', '--quiet', '--socket', at.socket, '--', ...sh(`(${script}) > out 2>&1`)], {
    cwd: at.workspace,
  });
  const out = () => readFileSync(join(at.workspace, 'out'), 'utf8');
  const directory = await eventually(() => /^\/run\/warder\/why\/\S+/.exec(out())![0]);
  await runtime.stop('SIGKILL');
  await at.runtime();
  await eventually(() => expect(existsSync(join(directory, 'why.sock'))).toBe(true));
  writeFileSync(file, '');
  const why = await eventually(() => JSON.parse(out().trim().split('\n')[1]!) as WhyDocument);
  expect(targets(why)).toEqual(expect.arrayContaining(['exec /usr/bin/id']));
  end(run.process);
  warder(['kill', '--state', at.gatewayState, directory.slice(WHY.length + 1)]);
  await eventually(() => expect(existsSync(directory)).toBe(false));
});

function end(child: ChildProcess): void {
  child.kill('SIGTERM');
}

function askAt(path: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(path, () => socket.write('{"ask":"why"}\n'));
    socket.on('error', (error) => resolve(error.message)).once('data', (data) => resolve(String(data)));
  });
}
