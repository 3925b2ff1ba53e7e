/**
 * How fast questions are answered on a large log, and what they and a hundred subscribers cost the appends beside them.
 *
 * Run:  node test/bench/query.ts [events] [directory on the disk to measure]
 * Says: events per second into the log alone, with CPU of the process and its resident set as the log grows; the same
 *       while questions are asked, and while a hundred consumers follow of whom one takes nothing; milliseconds of
 *       each kind of question, the median and the worst of 20, cold where it says so.
 */
import { fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { toLong } from '../../src/contract/int64.ts';
import { type Event, Verdict } from '../../src/contract/messages.ts';
import { startGateway } from '../../src/gateway/server.ts';
import { logEntry } from '../../src/gateway/store/entry.ts';
import { AGENT, BOOT, execEvent, HOST, numbered, openEvent } from '../gateway/fixtures.ts';
import { asker, callQuery } from '../gateway/query/fixture.ts';
import { beginClean, cleanUp, ownDirectory } from './place.ts';

const BATCH = 2048;
const RUN_EVENTS = 5000;
const count = Number(process.argv[2] ?? 500_000);
await beginClean();
const state = ownDirectory(process.argv[3]);
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

/** What so many more events cost. */
async function append(events: number): Promise<string> {
  const start = performance.now();
  const cpu = process.cpuUsage();
  for (const end = stored + events; stored < end; ) {
    const size = Math.min(BATCH, end - stored);
    await gateway.log.append(origin, numbered(someEvents(stored + 1, size), stored + 1).map(logEntry));
    stored += size;
  }
  const { user, system } = process.cpuUsage(cpu);
  const rate = Math.round((events / (performance.now() - start)) * 1000);
  const rss = Math.round(process.memoryUsage.rss() / 1024 / 1024);
  return `${rate} events/s, ${((user + system) / events).toFixed(1)} µs of CPU each, RSS ${rss} MiB at ${stored}`;
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

for (const part = Math.min(count, 1_000_000); stored + part <= count; ) {
  console.log(`append, nothing asked: ${await append(part)}`);
}
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
console.log(`append, questions asked all the time: ${await append(beside)}`);
asking = false;
await beingAsked;
console.log(`  meanwhile ${asked} questions were answered`);

const following = fork(new URL('subscribers.ts', import.meta.url), [
  gateway.address,
  gateway.tokens.viewer,
  `${stored}`,
  ...Array.from({ length: 99 }, (_, number) => runOf(number)),
]);
await once(following, 'message');
console.log(`append, 99 consumers follow a run each and one takes nothing: ${await append(beside)}`);
const end = performance.now();
for (;;) {
  const answer = once(following, 'message');
  following.send('how far');
  const [{ events, cursor }] = (await answer) as [{ events: number; cursor: number }];
  if (cursor < stored) continue;
  console.log(
    `  ${events} events were sent, the last ${(performance.now() - end).toFixed(0)} ms behind the append`,
  );
  break;
}
following.disconnect();
await once(following, 'exit');
client.close();
await gateway.stop();
await cleanUp();
