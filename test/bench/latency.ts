/**
 * All of the pipeline at a steady rate: an agent opens files at that rate, every open is redacted, sent, stored durably and given
 * to a subscriber; all of it on this machine's cores, the agent and the subscriber among them. Its rules are judged and monitored:
 * walls in the way of each open would be what is measured (the workload has their cost).
 *
 * Latency: from the time that the kernel gave an event to the subscriber's having it, and to the moment from which another
 * connection to the database sees it (looked at every millisecond).
 * Past the highest rate: opens as fast as they go, while another agent runs into refusals behind its walls.
 */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { toBigInt, toNumber } from '../../src/contract/int64.ts';
import { type LoggedEvent, Verdict } from '../../src/contract/messages.ts';
import { subscribe } from '../../src/contract/services.ts';
import { DATABASE_FILE } from '../../src/gateway/store/state-directory.ts';
import { type Absent, type Figure, figure, type Part } from './figure.ts';
import { lostIn } from './lost.ts';
import { operatorOf } from './operator.ts';
import { workDirectory } from './place.ts';
import { ENFORCED, policies, WATCHED } from './policies.ts';
import { type Host, SETTLE_MS, startHost } from './services.ts';
import { type Shares, threadShares } from './spent.ts';
import { quantile } from './statistics.ts';
import { Worker } from './worker.ts';

const RATES = [1_000, 10_000, 50_000, 100_000, 200_000];
/** That the goal for memory is of. What comes faster than the gateway stores waits, and is another question. */
const MEMORY_RATE = 100_000;
const RULES = 1_000;
const REFUSALS = 2_000;
/** Events with their latencies looked at, of one rate. */
const LOOKED_AT = 20_000;
const DRAINED_MS = 60_000;
/** Not behind by more when the agent stops: the rate was kept up with. Past BEHIND_MS higher ones say nothing new. */
const KEPT_UP_MS = 500;
const BEHIND_MS = 5_000;

const nowNs = (): number => (performance.timeOrigin + performance.now()) * 1e6;

function n(count: number): string {
  return count.toLocaleString('en');
}

/** What a subscriber has seen, and when. */
class Seen {
  events = 0;
  refusals = 0;
  lost = 0;
  lastMs = 0;
  /** Index in the log and time of the event, of some. */
  readonly some: { index: number; timeNs: number; arrivedNs: number }[] = [];
  every = 1;
  #skipped = 0;

  take(events: readonly LoggedEvent[]): void {
    const arrivedNs = nowNs();
    this.lastMs = performance.now();
    for (const { index, event } of events) {
      this.events++;
      if (event!.decision?.verdict === Verdict.VERDICT_DENY) this.refusals++;
      this.lost += lostIn(event!);
      if (++this.#skipped < this.every) continue;
      this.#skipped = 0;
      this.some.push({ index: toNumber(index), timeNs: Number(toBigInt(event!.timeUnixNs)), arrivedNs });
    }
  }
}

/** When the log's end was seen to be where. */
class LogWatch {
  readonly #database: DatabaseSync;
  readonly #seen: { end: number; atNs: number }[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(state: string) {
    this.#database = new DatabaseSync(join(state, DATABASE_FILE), { readOnly: true });
    const last = this.#database.prepare('SELECT max(idx) AS last FROM events');
    this.#timer = setInterval(() => {
      const end = Number(last.get()!.last) + 1;
      if (end !== this.#seen.at(-1)?.end) this.#seen.push({ end, atNs: nowNs() });
    }, 1);
  }

  /** From when on the event was there; undefined for one that came before or after the watch. */
  storedNs(index: number): number | undefined {
    let low = 0;
    let high = this.#seen.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#seen[middle]!.end > index) high = middle;
      else low = middle + 1;
    }
    return low === 0 ? undefined : this.#seen[low]?.atNs;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#database.close();
  }
}

interface Measured {
  asked: number;
  made: number;
  /** That the agent took for them. */
  seconds: number;
  seen: Seen;
  toSubscriberMs: number[];
  toLogMs: number[];
  cpuNs: { runtime: number; gateway: number };
  peakMb: { runtime: number; gateway: number };
  /** Of the main threads, while the agent opened. */
  shares: Record<string, Shares>;
  /** From the last open to the last event. */
  drainMs: number;
}

export async function latencyPart(seconds: number): Promise<Part> {
  const host = await startHost(policies(RULES));
  await sleep(SETTLE_MS);
  const idleMb = { runtime: host.runtime.cost().residentMb, gateway: host.gateway.cost().residentMb };
  try {
    const measured: Measured[] = [];
    const absent: Absent[] = [];
    for (const rate of RATES) {
      const before = measured.at(-1);
      if (before && before.drainMs > BEHIND_MS) {
        const why = `as it was ${(before.drainMs / 1000).toFixed(0)} s behind at ${n(before.asked)}/s already`;
        absent.push({ text: `${n(rate)}/s`, why });
      } else measured.push(await at(host, rate, seconds));
    }
    measured.push(await at(host, 0, seconds));
    const kept = measured.filter(({ seen, drainMs }) => seen.lost === 0 && drainMs < KEPT_UP_MS);
    const past = measured.at(-1)!;
    const best = Math.max(0, ...kept.map(({ made, seconds: of }) => made / of));
    const stored = past.seen.events / (past.seconds + past.drainMs / 1000);
    const share = (past.seen.lost / (past.seen.lost + past.seen.events)) * 100;
    return {
      title: 'From the system call to the log and to a subscriber',
      about: `${seconds} s at each rate, each open judged by ${n(RULES)} rules that are monitored; agent, runtime, gateway and subscriber share the machine.`,
      figures: [
        ...measured.slice(0, -1).flatMap(figuresOf),
        figure('pipeline/best', 'highest of these rates that was kept up with, none lost', '/s', best, {
          goal: { least: 100_000 },
        }),
        figure('pipeline/sustained', 'stored while the agent opens as fast as it can', '/s', stored, {
          relative: stored / (past.made / past.seconds),
          remark: `${Math.round(past.made / past.seconds).toLocaleString('en')} opens/s were made; ${share.toFixed(1)} % of their records were dropped, each counted`,
        }),
        figure(
          'pipeline/refusals',
          `refusals in that flood that arrived, of ${REFUSALS.toLocaleString('en')}`,
          '',
          past.seen.refusals,
          {
            goal: { least: REFUSALS },
            relative: past.seen.refusals / REFUSALS,
          },
        ),
        ...measured
          .filter(({ asked }) => asked === MEMORY_RATE)
          .map(({ peakMb }) =>
            figure(
              `memory/runtime/${MEMORY_RATE}`,
              `runtime, the most at ${n(MEMORY_RATE)}/s`,
              'MB',
              peakMb.runtime,
              { goal: { most: 160 } },
            ),
          ),
        figure(
          'memory/runtime/load',
          'runtime, the most at any of these rates, and past them',
          'MB',
          peak(measured, 'runtime'),
          { relative: peak(measured, 'runtime') / idleMb.runtime },
        ),
        figure(
          'memory/gateway/load',
          'gateway, the most at any of these rates, and past them',
          'MB',
          peak(measured, 'gateway'),
          { relative: peak(measured, 'gateway') / idleMb.gateway },
        ),
      ],
    };
  } finally {
    await host.stop();
  }
}

function peak(measured: readonly Measured[], of: 'runtime' | 'gateway'): number {
  return Math.max(...measured.map(({ peakMb }) => peakMb[of]));
}

async function at(host: Host, rate: number, asked: number): Promise<Measured> {
  const worker = await Worker.start(workDirectory(), host.run(WATCHED));
  const other = rate === 0 ? await Worker.start(workDirectory(), host.run(ENFORCED)) : undefined;
  const operator = await operatorOf(host);
  const seen = new Seen();
  seen.every = Math.max(1, Math.floor((rate * asked) / LOOKED_AT));
  const call = subscribe(operator.client, operator.metadata, {});
  call.on('data', ({ events }: { events: LoggedEvent[] }) => seen.take(events));
  call.on('error', () => {});
  const watch = new LogWatch(host.state);
  const peakMb = { runtime: 0, gateway: 0 };
  const sampling = setInterval(() => {
    for (const name of ['runtime', 'gateway'] as const) {
      peakMb[name] = Math.max(peakMb[name], host[name].cost().residentMb);
    }
  }, 200);
  try {
    await sleep(300);
    const cpuBefore = { runtime: host.runtime.cost().cpuSeconds, gateway: host.gateway.cost().cpuSeconds };
    const pids = { agent: worker.pid, runtime: host.runtime.child.pid!, gateway: host.gateway.child.pid! };
    const threads = Object.entries({ ...pids, subscriber: process.pid }).map(
      ([name, pid]) => [name, threadShares(pid)] as const,
    );
    const pacing = worker.pace(rate, asked);
    if (other) await other.ask(`refused ${REFUSALS}`);
    const { made, seconds } = await pacing;
    const end = performance.now();
    const shares = Object.fromEntries(threads.map(([name, since]) => [name, since()]));
    while (seen.events + seen.lost < made && performance.now() - end < DRAINED_MS) {
      await sleep(20);
      // What the kernel dropped is told a second later.
      if (performance.now() - Math.max(end, seen.lastMs) > 4_000) break;
    }
    const of = (name: 'runtime' | 'gateway') =>
      ((host[name].cost().cpuSeconds - cpuBefore[name]) * 1e9) / Math.max(1, seen.events);
    const latency = (ns: (one: Seen['some'][number]) => number | undefined) =>
      seen.some.flatMap((one) => {
        const got = ns(one);
        return got === undefined ? [] : [(got - one.timeNs) / 1e6];
      });
    return {
      asked: rate,
      made,
      seconds,
      seen,
      toSubscriberMs: latency(({ arrivedNs }) => arrivedNs),
      toLogMs: latency(({ index }) => watch.storedNs(index)),
      cpuNs: { runtime: of('runtime'), gateway: of('gateway') },
      peakMb,
      shares,
      drainMs: Math.max(0, seen.lastMs - end),
    };
  } finally {
    clearInterval(sampling);
    watch.close();
    call.cancel();
    operator.client.close();
    await worker.end();
    await other?.end();
  }
}

const GOALS: Readonly<Record<string, { most: number }>> = {
  '10000/p50': { most: 5 },
  '10000/p99': { most: 25 },
};

function figuresOf({
  asked,
  made,
  seconds,
  seen,
  toSubscriberMs,
  toLogMs,
  cpuNs,
  shares,
  drainMs,
}: Measured): Figure[] {
  const rate = asked.toLocaleString('en');
  const kept = Math.round(made / seconds);
  const lost = seen.lost === 0 ? 'none lost' : `${seen.lost.toLocaleString('en')} lost, counted`;
  const behind = drainMs > 1000 ? `, ${(drainMs / 1000).toFixed(1)} s behind at the end` : '';
  const cpu = `CPU ${((cpuNs.runtime + cpuNs.gateway) / 1000).toFixed(1)} µs an event (runtime ${(cpuNs.runtime / 1000).toFixed(1)}, gateway ${(cpuNs.gateway / 1000).toFixed(1)}); ${lost}${behind}; ${kept.toLocaleString('en')}/s made`;
  const percent = (share: number) => Math.round(share * 100);
  const threads = Object.entries(shares).map(
    ([name, { ran, waited }]) => `${name} ${percent(ran)} and ${percent(waited)} %`,
  );
  const remarks: Record<string, string> = {
    p50: cpu,
    p99: `main threads ran, and waited for a processor: ${threads.join(', ')}`,
  };
  return [
    ...(['p50', 'p99', 'p99.9'] as const).map((name) => {
      const goal = GOALS[`${asked}/${name}`];
      const share = Number(name.slice(1)) / 100;
      return figure(
        `latency/subscriber/${asked}/${name}`,
        `${rate}/s, to a subscriber, ${name}`,
        'ms',
        quantile(toSubscriberMs, share),
        {
          ...(goal ? { goal } : {}),
          ...(remarks[name] ? { remark: remarks[name] } : {}),
        },
      );
    }),
    ...(['p50', 'p99', 'p99.9'] as const).map((name) =>
      figure(
        `latency/log/${asked}/${name}`,
        `${rate}/s, to the durable log, ${name}`,
        'ms',
        quantile(toLogMs, Number(name.slice(1)) / 100),
      ),
    ),
  ];
}
