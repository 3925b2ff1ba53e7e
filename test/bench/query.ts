/**
 * How fast questions are answered on a large log, and what they cost the appends beside them.
 *
 * Run:  node test/bench/query.ts [events] [directory on the disk to measure]
 * Says: events per second into the log alone and while questions are asked; milliseconds of each kind of question, the
 *       median and the worst of 20, cold where it says so.
 */
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toLong } from '../../src/contract/int64.ts';
import { type Event, Verdict } from '../../src/contract/messages.ts';
import { startGateway } from '../../src/gateway/server.ts';
import { logEntry } from '../../src/gateway/store/entry.ts';
import { AGENT, BOOT, execEvent, HOST, numbered, openEvent } from '../gateway/fixtures.ts';
import { asker, callQuery } from '../gateway/query/fixture.ts';

const BATCH = 2048;
const RUN_EVENTS = 5000;
const count = Number(process.argv[2] ?? 500_000);
const state = mkdtempSync(join(process.argv[3] ?? tmpdir(), 'warder-bench-'));
const runs = Math.max(1, Math.floor(count / RUN_EVENTS));
const runOf = (number: number) => `018f2d3e-0000-7000-8000-${String(number % runs).padStart(12, '0')}`;

/** Runs lie mixed, one exec in twenty opens, one refusal in a thousand. */
function someEvents(from: number, length: number): Event[] {
  return Array.from({ length }, (_, at) => {
    const number = from + at;
    const event =
      Math.floor(number / runs) % 20 === 0
        ? execEvent(number)
        : openEvent(number, `/usr/lib/python3/dist-packages/module/file-${number % 5000}.py`);
    const run = number % runs;
    const verdict = Math.floor(number / runs) % 1000 === 7 ? Verdict.VERDICT_DENY : Verdict.VERDICT_ALLOW;
    return {
      ...event,
      timeUnixNs: toLong(1_767_225_600_000_000_000n + BigInt(number) * 20_000n),
      agent: `${AGENT}-${run % 20}`,
      run: runOf(number),
      decision: { verdict },
      process: { ...event.process, execId: `p-${run}-${Math.floor(number / runs) % 50}` },
    };
  });
}

const gateway = await startGateway({
  stateDirectory: state,
  policySource: () => ({ refusal: 'bench' }),
  host: HOST,
});
const { client, metadata } = asker(gateway);
const origin = { host: HOST, boot: BOOT, origin: randomUUID() };
let stored = 0;

async function append(events: number): Promise<number> {
  const start = performance.now();
  for (const end = stored + events; stored < end; ) {
    const size = Math.min(BATCH, end - stored);
    await gateway.log.append(origin, numbered(someEvents(stored + 1, size), stored + 1).map(logEntry));
    stored += size;
  }
  return Math.round((events / (performance.now() - start)) * 1000);
}

const midNs = () => 1_767_225_600_000_000_000n + BigInt(stored >> 1) * 20_000n;
const run = () => runOf(Math.floor(Math.random() * runs));
const questions: [string, () => Promise<unknown>][] = [
  ['first 200 of a run', () => callQuery({ client, metadata }, 'query', { filter: { runs: [run()] } })],
  [
    'last 200 of a run',
    () => callQuery({ client, metadata }, 'query', { filter: { runs: [run()] }, newestFirst: true }),
  ],
  [
    'refusals of a run',
    () =>
      callQuery({ client, metadata }, 'query', {
        filter: { runs: [run()], verdicts: [Verdict.VERDICT_DENY] },
      }),
  ],
  [
    'execs of a run',
    () => callQuery({ client, metadata }, 'query', { filter: { runs: [run()], kinds: ['exec'] } }),
  ],
  ['process tree of a run', () => callQuery({ client, metadata }, 'getProcessTree', { run: run() })],
  [
    'a process subtree of a run',
    async () => {
      const of = run();
      const { processes } = await callQuery({ client, metadata }, 'getProcessTree', { run: of });
      await callQuery({ client, metadata }, 'query', {
        filter: { runs: [of] },
        process: processes![0]!.execId!,
      });
    },
  ],
  [
    'a second in the middle of the log',
    () =>
      callQuery({ client, metadata }, 'query', {
        sinceUnixNs: toLong(midNs()),
        untilUnixNs: toLong(midNs() + 1_000_000_000n),
      }),
  ],
  [
    'newest refusals',
    () =>
      callQuery({ client, metadata }, 'query', {
        filter: { verdicts: [Verdict.VERDICT_DENY] },
        newestFirst: true,
      }),
  ],
  [
    'newest of an agent',
    () => callQuery({ client, metadata }, 'query', { filter: { agents: [`${AGENT}-7`] }, newestFirst: true }),
  ],
  ['newest 50 runs', () => callQuery({ client, metadata }, 'listRuns', {})],
];

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

console.log(`append, nothing asked: ${await append(count)} events/s to ${count}`);
console.log(`database: ${Math.round(statSync(join(state, 'warder.db')).size / stored)} bytes an event`);
console.log(
  `agents, cold: ${(await timed(() => callQuery({ client, metadata }, 'listAgents', {}))).toFixed(1)} ms`,
);
console.log(
  `agents, again: ${(await timed(() => callQuery({ client, metadata }, 'listAgents', {}))).toFixed(1)} ms`,
);
for (const [name, ask] of questions) {
  const times: number[] = [];
  for (let round = 0; round < 20; round++) times.push(await timed(ask));
  times.sort((a, b) => a - b);
  console.log(`${name}: median ${times[10]!.toFixed(1)} ms, worst ${times[19]!.toFixed(1)} ms`);
}
const beside = Math.min(count, 200_000);
let asking = true;
let asked = 0;
const beingAsked = (async () => {
  while (asking) {
    await questions[asked++ % questions.length]![1]();
  }
})();
console.log(`append, questions asked all the time: ${await append(beside)} events/s`);
asking = false;
await beingAsked;
console.log(`  meanwhile ${asked} questions were answered`);
client.close();
await gateway.stop();
rmSync(state, { recursive: true });
