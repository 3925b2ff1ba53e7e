/**
 * What a gateway's word costs: CheckAction over TCP on loopback at a steady rate, beside a server of the same gRPC library with
 * nothing behind it, turn by turn; and resolving one agent's policy among many documents.
 *
 * Run:  make build/bench/steady-caller; node test/bench/authority.ts [calls a second] [seconds] [turns]
 *       On a machine that has other work: behind `chrt -f 10`, which keeps that out of the figures (short turns only).
 * Says: p50, p99, p99.9 and the longest time of a call, from when it was due to its answer, of a caller that is a process
 *       of its own, waits for no answer, and sleeps between two calls; the server's CPU, and how long it waited for a processor, which on a quiet
 *       machine is next to nothing; milliseconds to resolve, address and sign an agent's policy out of 1,000 documents in
 *       4 scopes.
 */
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { policyAddress } from '../../src/contract/canonical.ts';
import { keyService } from '../../src/contract/identity-service.ts';
import { generateSigningKey } from '../../src/contract/keys.ts';
import { policyService } from '../../src/contract/policy-service.ts';
import { signPolicy } from '../../src/contract/signing.ts';
import { callUnary } from '../../src/contract/unary.ts';
import { type PolicyDocument, parsePolicyFile } from '../../src/gateway/policy/document.ts';
import { effectivePolicy } from '../../src/gateway/policy/layers.ts';
import { startGateway } from '../../src/gateway/server.ts';
import { serveBare } from './bare-server.ts';
import { type Calls, callFrames } from './http2-frames.ts';
import { noteProcess } from './owned.ts';
import { beginClean, cleanUp, ownDirectory } from './place.ts';
import { type Spent, spending } from './spent.ts';

const AGENT = 'spiffe://warder.bench/acme/payments/coder';
const CALLER = fileURLToPath(new URL('../../build/bench/steady-caller', import.meta.url));
const DOCUMENTS = 1000;
const RULES = 20;
const WARM_UP = { calls: 3000, perSecond: 500 };
const TARGETS = [
  '/usr/bin/git',
  '/usr/bin/node',
  '/usr/bin/rm',
  '/opt/tool-7/bin/run',
  '/home/x/.ssh/id_rsa',
];

/** 4 of each scope are the agent's, less one: 14 fit. The others are of other teams, as in a fleet. */
function documents(): PolicyDocument[] {
  const scopes = ['fleet', 'org/acme', 'team/payments', 'agent/coder'];
  const all = Array.from({ length: DOCUMENTS }, (_, number) => {
    const own = number < 12;
    const scope = own ? scopes[number % 4]! : `team/other-${number}`;
    const rules = Array.from(
      { length: RULES },
      (_, rule) => `    - allow: [/usr/bin/git, /usr/bin/node, /opt/tool-${rule}/bin/**]`,
    );
    const text = `apiVersion: warder.dev/v1\nkind: Policy\nmetadata: {name: document-${number}, scope: ${scope}}\nspec:\n  mode: enforce\n  exec:\n${rules.join('\n')}\n  read:\n    - allow: [/usr/**, "\${workspace}/**"]\n`;
    return text;
  });
  return all.flatMap((text, number) => parsePolicyFile(text, `${number}.yaml`).documents);
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
}

function resolveTimes(): number[] {
  const all = documents();
  const key = generateSigningKey();
  const times = Array.from({ length: 50 }, () => {
    const start = performance.now();
    const answer = effectivePolicy(all, AGENT);
    if ('refusal' in answer) throw new Error(answer.refusal);
    policyAddress(answer.policy);
    signPolicy({ ...answer.policy, agent: AGENT }, key);
    return performance.now() - start;
  });
  return times.sort((a, b) => a - b);
}

interface Served {
  address: string;
  token: string;
  stop(): Promise<void>;
}
const SERVERS: Readonly<Record<string, (state: string) => Promise<Served>>> = {
  'a bare gRPC server': serveBare,
  'the gateway': serveGateway,
};

/** The child: one of the servers, and what it spends. */
async function serve(name: string, state: string): Promise<void> {
  const { address, token, stop } = await SERVERS[name]!(state);
  let spent = spending();
  process.on('message', (asked) => {
    if (asked === 'begin') spent = spending();
    if (asked === 'end') process.send!(spent());
    if (asked === 'stop') void stop().then(() => process.exit(0));
  });
  process.send!({ address, token });
}

async function serveGateway(state: string): Promise<Served> {
  const all = documents();
  const gateway = await startGateway({
    stateDirectory: state,
    policySource: { documents: () => all },
    listen: '127.0.0.1:0',
  });
  // As an SDK has one: looked up in the store at each call.
  const operator = new Client(gateway.address, credentials.createInsecure());
  const asOperator = bearer(gateway.tokens.operator);
  const made = await callUnary(
    operator,
    keyService.createKey,
    { name: 'sdk', roles: ['agent'], validSeconds: 3600 },
    asOperator,
  );
  operator.close();
  return { address: gateway.address, token: made.key!, stop: () => gateway.stop() };
}

function bearer(token: string): Metadata {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

/** Calls so often, whatever the answers take; milliseconds of each call, in the order of the answers. */
async function called(calls: Calls, perSecond: number, state: string): Promise<number[]> {
  const frames = join(state, 'frames');
  writeFileSync(frames, callFrames(calls));
  const words = [calls.host, calls.port, frames, `${perSecond}`];
  const { stdout } = await promisify(execFile)(CALLER, words, { maxBuffer: 1 << 28 });
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((us) => Number(us) / 1000);
}

async function measure(name: string, perSecond: number, seconds: number): Promise<void> {
  await beginClean();
  const state = ownDirectory();
  // As bin/warder starts it.
  const execArgv = ['--max-semi-space-size=4'];
  const child = fork(new URL(import.meta.url).pathname, ['serve', name, state], { execArgv });
  noteProcess(state, child.pid!);
  const [{ address, token }] = (await once(child, 'message')) as [{ address: string; token: string }];
  const [host = '', port = ''] = address.split(':');
  const { path, requestSerialize } = policyService.checkAction;
  const requests = TARGETS.map((target) =>
    requestSerialize({ agent: AGENT, category: 'exec', target, variables: { workspace: '/w' } }),
  );
  const calls = { host, port, path, token, requests };
  try {
    await called({ ...calls, total: WARM_UP.calls }, WARM_UP.perSecond, state);
    child.send('begin');
    const times = await called({ ...calls, total: perSecond * seconds }, perSecond, state);
    child.send('end');
    const [spent] = (await once(child, 'message')) as [Spent];
    told(times, spent, `${name}, CheckAction at ${perSecond}/s for ${seconds} s`);
  } finally {
    child.send('stop');
    await once(child, 'exit');
    await cleanUp();
  }
}

function told(times: number[], { userMs, systemMs, waitedMs }: Spent, what: string): void {
  times.sort((a, b) => a - b);
  const quantiles = [0.5, 0.99, 0.999].map((share) => quantile(times, share).toFixed(2));
  console.log(
    `${what}: p50 ${quantiles[0]} ms, p99 ${quantiles[1]} ms, p99.9 ${quantiles[2]} ms, longest ${times.at(-1)!.toFixed(1)} ms; ${(((userMs + systemMs) * 1000) / times.length).toFixed(0)} µs of its CPU a call; its thread waited ${waitedMs.toFixed(0)} ms for a processor`,
  );
}

if (process.argv[2] === 'serve') await serve(process.argv[3]!, process.argv[4]!);
else {
  const times = resolveTimes();
  console.log(
    `one agent's policy out of ${DOCUMENTS} documents in 4 scopes: p50 ${quantile(times, 0.5).toFixed(2)} ms, longest ${times.at(-1)!.toFixed(1)} ms`,
  );
  for (let turn = 0; turn < Number(process.argv[4] ?? 2); turn++) {
    for (const name of Object.keys(SERVERS)) {
      await measure(name, Number(process.argv[2] ?? 1000), Number(process.argv[3] ?? 20));
    }
  }
}
