/** What agents are told that Warder did not start: at one socket, each of its own run, by the label of who asks. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { WhyDocument } from '../../src/runtime/why/words.ts';
import {
  ALL_BUT_ID,
  cleanUp,
  endedLater,
  fleetPolicy,
  later,
  NOBODY,
  type Services,
  services,
  startServices,
  warder,
} from './services.ts';

afterAll(cleanUp);

const WHY = `${process.cwd()}/bin/warder why`;
const askAt = (at: Services) => join(at.directory, 'ask');

/** A shell that does what it is sent, a line a time, and was there before Warder looked at it. */
function shell(at: Services, uid = 0) {
  const loop = 'while IFS= read -r line; do eval "$line" 2>&1; echo; echo =END; done';
  const child: ChildProcess = spawn(
    'setpriv',
    [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '/bin/sh', '-c', loop],
    { stdio: ['pipe', 'pipe', 'ignore'], env: { ...process.env, WARDER_WHY: askAt(at) } },
  );
  endedLater(child);
  child.stdout!.setEncoding('utf8');
  return {
    pid: child.pid!,
    async says(line: string): Promise<string> {
      let text = '';
      child.stdin!.write(`${line}\n`);
      while (!text.includes('=END')) text += (await once(child.stdout!, 'data'))[0];
      return text.slice(0, text.indexOf('\n=END'));
    },
  };
}

async function adopted(at: Services, uid?: number) {
  const agent = shell(at, uid);
  const answer = await warder(['adopt', '--socket', at.socket, '--pid', String(agent.pid)]).ended;
  expect(answer).toMatchObject({ code: 0, stderr: '' });
  return { ...agent, run: answer.stdout.split(' ')[0]! };
}

/** Of refused programs only: with LSM node's own try of io_uring is told too. */
function refusedIn(text: string): WhyDocument {
  const document = JSON.parse(text.slice(text.indexOf('{'))) as WhyDocument;
  return { ...document, refusals: document.refusals.filter(({ category }) => category === 'exec') };
}

test('each asks for its own run, and nobody for another; nor is the place for them to change', async () => {
  const { at } = await startServices(fleetPolicy(ALL_BUT_ID));
  const [first, second] = [await adopted(at), await adopted(at, NOBODY)];
  const told = refusedIn(await first.says(`/usr/bin/id > /dev/null; /usr/bin/id > /dev/null; ${WHY} --json`));
  expect(told).toMatchObject({ run: first.run, socket: true });
  expect(told.refusals).toMatchObject([
    { category: 'exec', target: '/usr/bin/id', count: 2, because: 'no agent asks who it is' },
  ]);
  expect(refusedIn(await second.says(`${WHY} --json`))).toMatchObject({ run: second.run, refusals: [] });
  expect(await second.says(`${WHY} --may exec /usr/bin/id`)).toMatch(/deny|refuse/);
  const outside = await warder(['why'], { env: { WARDER_WHY: askAt(at) } }).ended;
  expect(outside.code).toBe(1);
  expect(outside.stderr).toContain('is not of a run that is answered here');
  await second.says(`rm -f ${askAt(at)}/why.sock; touch ${askAt(at)}/why.json`);
  expect(existsSync(join(askAt(at), 'why.sock'))).toBe(true);
  expect(existsSync(join(askAt(at), 'why.json'))).toBe(false);
  expect(statSync(askAt(at)).mode & 0o777).toBe(0o755);
});

test('who is of no run is turned away, and holds no place', async () => {
  const { at } = await startServices(fleetPolicy(ALL_BUT_ID));
  const agent = await adopted(at);
  const strangers = await Promise.all(Array.from({ length: 200 }, () => open(join(askAt(at), 'why.sock'))));
  later(() => {
    for (const socket of strangers) socket.destroy();
  });
  expect(refusedIn(await agent.says(`${WHY} --json`)).run).toBe(agent.run);
  await Promise.all(strangers.map((socket) => socket.closed || once(socket.resume(), 'close')));
});

test('a policy that denies what is told to runs has nothing told to those that were adopted either', async () => {
  const off = ALL_BUT_ID.replace('{deny: /etc/secret}', '{deny: "/run/warder/why/**"}');
  const { at } = await startServices(fleetPolicy(off));
  const agent = await adopted(at);
  const said = await agent.says(`id > /dev/null; ${WHY} --json`);
  expect(said).toContain('the policy of this run does not let it ask');
  expect(said).not.toContain('/usr/bin/id');
});

test('one that the next runtime takes over is told again', async () => {
  const at = services(fleetPolicy(ALL_BUT_ID));
  await at.gateway();
  const runtime = await at.runtime();
  await runtime.said(/attached/);
  const agent = await adopted(at);
  await runtime.stop('SIGKILL');
  const next = await at.runtime();
  await next.said(/took over the run/);
  await next.said(/attached/);
  expect(refusedIn(await agent.says(`/usr/bin/id > /dev/null; ${WHY} --json`))).toMatchObject({
    run: agent.run,
    refusals: [{ target: '/usr/bin/id', count: 1 }],
  });
});

async function open(path: string): Promise<Socket> {
  const socket = connect(path);
  socket.on('error', () => {}); // told by its close
  await once(socket, 'connect');
  return socket;
}
