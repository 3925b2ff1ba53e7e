/**
 * What a gateway's word costs: CheckAction over TCP on loopback at a steady rate, and resolving one agent's policy among
 * many documents.
 *
 * Run:  node test/bench/authority.ts [calls a second] [seconds]
 * Says: p50, p99 and the longest time of a call, from when it was due to its answer (a client that falls behind counts as
 *       the gateway's time), in two processes, and the gateway's CPU; milliseconds to resolve, address and sign an agent's policy out of 1,000
 *       documents in 4 scopes.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

const AGENT = 'spiffe://warder.bench/acme/payments/coder';
const DOCUMENTS = 1000;
const RULES = 20;
const WARM_UP = 2000;
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

async function serve(state: string): Promise<void> {
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
  process.send!({ address: gateway.address, token: made.key });
  let before = process.cpuUsage();
  process.on('message', (asked) => {
    if (asked === 'begin') before = process.cpuUsage();
    else {
      const { user, system } = process.cpuUsage(before);
      process.send!({ cpuMs: (user + system) / 1000 });
      void gateway.stop().then(() => process.exit(0));
    }
  });
}

function bearer(token: string): Metadata {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${token}`);
  return metadata;
}

async function measure(perSecond: number, seconds: number): Promise<void> {
  const state = mkdtempSync(join(tmpdir(), 'warder-bench-'));
  const child = fork(new URL(import.meta.url).pathname, ['serve', state]);
  const { address, token } = await new Promise<{ address: string; token: string }>((resolve) =>
    child.once('message', (message) => resolve(message as { address: string; token: string })),
  );
  const client = new Client(address, credentials.createInsecure());
  const metadata = bearer(token);
  const call = (number: number) => {
    const target = TARGETS[number % TARGETS.length]!;
    const request = { agent: AGENT, category: 'exec', target, variables: { workspace: '/w' } };
    return callUnary(client, policyService.checkAction, request, metadata);
  };
  for (let number = 0; number < WARM_UP; number++) await call(number);
  child.send('begin');
  const times: number[] = [];
  const total = perSecond * seconds;
  const begin = performance.now();
  await new Promise<void>((resolve, reject) => {
    let sent = 0;
    const tick = (): void => {
      while (sent < total && begin + (sent * 1000) / perSecond <= performance.now()) {
        const due = begin + (sent * 1000) / perSecond;
        call(sent++).then(() => {
          times.push(performance.now() - due);
          if (times.length === total) resolve();
        }, reject);
      }
      if (sent < total) setImmediate(tick);
    };
    tick();
  });
  client.close();
  const spent = once(child, 'message') as Promise<[{ cpuMs: number }]>;
  child.send('stop');
  const [{ cpuMs }] = await spent;
  await new Promise((resolve) => child.once('exit', resolve));
  rmSync(state, { recursive: true, force: true });
  times.sort((a, b) => a - b);
  const [half, most, last] = [quantile(times, 0.5), quantile(times, 0.99), times.at(-1)!];
  console.log(
    `CheckAction at ${perSecond}/s for ${seconds} s: p50 ${half.toFixed(2)} ms, p99 ${most.toFixed(2)} ms, longest ${last.toFixed(1)} ms; ${((cpuMs * 1000) / total).toFixed(0)} µs of the gateway's CPU a call`,
  );
}

if (process.argv[2] === 'serve') await serve(process.argv[3]!);
else {
  const times = resolveTimes();
  console.log(
    `one agent's policy out of ${DOCUMENTS} documents in 4 scopes: p50 ${quantile(times, 0.5).toFixed(2)} ms, longest ${times.at(-1)!.toFixed(1)} ms`,
  );
  await measure(Number(process.argv[2] ?? 1000), Number(process.argv[3] ?? 20));
}
