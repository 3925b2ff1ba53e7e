/**
 * Hours in minutes that one has: an agent that opens and starts programs at a steady rate for as long as it was told, and what
 * runtime and gateway occupy meanwhile, by the second. BENCH_SOAK_MINUTES; an hour is what the page promises, the table says
 * how long it was.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Figure, figure, type Part } from './figure.ts';
import { workDirectory } from './place.ts';
import { ENFORCED, policies } from './policies.ts';
import { startHost } from './services.ts';
import { spread } from './statistics.ts';
import { Worker } from './worker.ts';

const RATE = 2_000;
const SLICE_MS = 1_000;
const PROGRAMS = 5;
const SERVICES = ['runtime', 'gateway'] as const;
type Service = (typeof SERVICES)[number];

/** @param minutes without BENCH_SOAK_MINUTES */
export async function soakPart(minutes: number): Promise<Part> {
  const length = Number(process.env.BENCH_SOAK_MINUTES) || minutes;
  const host = await startHost(policies(1000));
  const samples: Record<Service, number[]> = { runtime: [], gateway: [] };
  try {
    const worker = await Worker.start(workDirectory(), host.run(ENFORCED));
    const end = performance.now() + length * 60_000;
    while (performance.now() < end) {
      await worker.ask(`pace ${RATE} ${SLICE_MS}`);
      await worker.ask(`fork-exec ${PROGRAMS}`);
      for (const name of SERVICES) samples[name].push(host[name].cost().residentMb);
    }
    await worker.end();
    await sleep(SLICE_MS);
  } finally {
    await host.stop();
  }
  return {
    title: 'Soak',
    about: `One agent at ${RATE.toLocaleString('en')} opens/s and ${PROGRAMS} programs/s for ${said(length)}; resident memory, a sample a second. In brackets the middle half of the last third.`,
    figures: SERVICES.map((name) => grown(name, samples[name])),
  };
}

/** The last third beside the second: in the first, code is still being compiled. */
function grown(name: Service, samples: readonly number[]): Figure {
  const third = Math.floor(samples.length / 3);
  const second = spread(samples.slice(third, 2 * third));
  const last = spread(samples.slice(2 * third));
  return figure(`memory/${name}/soak`, `${name}, the last third of it`, 'MB', last, {
    relative: last.median / second.median,
    remark: `${(last.median / second.median).toFixed(2)}x of the third before`,
  });
}

function said(minutes: number): string {
  return minutes < 1 ? `${Math.round(minutes * 60)} s` : `${minutes} min`;
}
