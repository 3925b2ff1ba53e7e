/**
 * A runtime that is kept, with a gateway of its own, until it is killed or told to close.
 *
 *     node hold-runtime.ts DIRECTORY INSTANCE SILENCE-MS
 *
 * DIRECTORY has policy.yaml. stdin: one JSON request a line: {run: [command]}, {adopt: target}, {release: run},
 * {policy: true} (reads policy.yaml again), {stand: path}: its thread does nothing until that is there, 60 s at most;
 * {close: true}. stdout: JSON lines: {ready}, {started}, {adopted}, {ended}, {event}, {problem}, {standing}, {stood},
 * {closed}.
 */
import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { readHostIdentity } from '../../../src/base/host-identity.ts';
import { parsePolicyFile } from '../../../src/gateway/policy/document.ts';
import { effectivePolicy } from '../../../src/gateway/policy/layers.ts';
import { startGateway } from '../../../src/gateway/server.ts';
import { Programs } from '../../../src/runtime/programs.ts';
import { createRedactor } from '../../../src/runtime/redaction/redactor.ts';
import type { AdoptedRun, RunResult } from '../../../src/runtime/runs/run.ts';
import { Runtime } from '../../../src/runtime/runtime.ts';
import { connectUplink } from '../../../src/runtime/uplink/uplink.ts';

const AGENT = 'spiffe://local/org/team/agent';

const [directory = '', instance = '', silence = '0'] = process.argv.slice(2);
const say = (line: object) =>
  process.stdout.write(
    `${JSON.stringify(line, (_, value) => (typeof value === 'bigint' ? String(value) : value))}\n`,
  );
const problem = (error: Error) => say({ problem: `${(error as { code?: string }).code}: ${error.message}` });

const readDocuments = () =>
  parsePolicyFile(readFileSync(join(directory, 'policy.yaml'), 'utf8'), 'policy.yaml').documents;
let documents = readDocuments();
const gatewayState = join(directory, 'gateway');
const stateDirectory = join(directory, 'runtime');
for (const path of [gatewayState, stateDirectory]) mkdirSync(path, { recursive: true, mode: 0o700 });
const { host, boot } = readHostIdentity();
const gateway = await startGateway({
  stateDirectory: gatewayState,
  policySource: (agent) => effectivePolicy(documents, agent),
  host,
  version: '0.0.0',
  onError: problem,
});
const uplink = await connectUplink({
  endpoint: {
    address: gateway.address,
    token: gateway.tokens.runtime,
    gatewayPublicKey: gateway.policyKey,
  },
  origin: { host, boot, origin: randomUUID() },
  version: '0.0.0',
});
const runtime = new Runtime({
  uplink,
  redactor: createRedactor(),
  boot,
  onEvent: (event) => say({ event }),
  onProblem: problem,
  protect: [stateDirectory, gatewayState],
  programs: new Programs({ stateDirectory, instance, silenceMs: Number(silence) }),
});
const adopted = new Map<string, AdoptedRun['release']>();
const follow = (run: { run: string; ended: Promise<RunResult>; release?: AdoptedRun['release'] }) => {
  if (run.release) adopted.set(run.run, run.release);
  run.ended.then(
    (result) => say({ ended: result }),
    () => {},
  );
};
const taken = await runtime.takeOver();
for (const run of taken) follow(run);
say({ ready: taken.map(({ run, pid, what }) => ({ run, pid, what })) });

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line);
  try {
    await answer(request);
  } catch (error) {
    problem(error as Error);
  }
}

async function answer(request: {
  run?: string[];
  adopt?: Parameters<Runtime['adopt']>[0]['target'];
  release?: string;
  stand?: string;
  policy?: boolean;
  close?: boolean;
}): Promise<void> {
  if (request.run) {
    const run = await runtime.run({
      agent: AGENT,
      command: request.run,
      workspace: directory,
      workingDirectory: directory,
      environment: { PATH: '/usr/bin:/bin', API_TOKEN: 'tok_not_to_be_seen_9f8e7d6c5b' },
    });
    follow(run);
    say({ started: { run: run.run, pid: run.pid } });
  } else if (request.adopt) {
    const run = await runtime.adopt({ agent: AGENT, target: request.adopt, workspace: directory });
    follow(run);
    say({ adopted: { run: run.run, processes: run.processes() } });
  } else if (request.release) {
    await adopted.get(request.release)!();
    say({ released: request.release });
  } else if (request.stand) {
    say({ standing: true });
    spawnSync('sh', ['-c', `while [ ! -e '${request.stand}' ]; do sleep 0.05; done`], { timeout: 60_000 });
    say({ stood: existsSync(request.stand) });
  } else if (request.policy) {
    documents = readDocuments();
    gateway.policyChanged();
  } else if (request.close) {
    await runtime.close();
    await uplink.close();
    await gateway.stop();
    say({ closed: true });
    process.exit(0);
  }
}
