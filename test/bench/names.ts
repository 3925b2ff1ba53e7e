/**
 * What names cost: look-ups through the resolver beside the same ones at the DNS server (dnsmasq) itself, and the verdict on a
 * connection by name beside the one by address. Gateway and runtime are services, in a network namespace of their own
 * (names-host.ts).
 *
 * Out: one part. Throws: what a command wrote that failed.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Figure, figure, type Part } from './figure.ts';
import type { Round, Tries } from './names-host.ts';
import { quantile, type Spread, spread } from './statistics.ts';

const HOST = fileURLToPath(new URL('names-host.ts', import.meta.url));
const LOAD = { quiet: '', flooded: ', beside an agent that opens files as fast as it can' };

export async function namesPart(rounds: number): Promise<Part> {
  const text = execFileSync('unshare', ['--net', process.execPath, HOST, String(rounds)], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const found = JSON.parse(text) as Round[];
  const connects = spread(
    found.map(({ quiet: { named, plain } }) => quantile(named, 0.5) / quantile(plain, 0.5)),
  );
  return {
    title: 'Host names',
    about:
      'By UDP, one after the other: at the server on the same machine, through the resolver to it, from memory, and so on in turn, so that what else the machine does meets all of them. Connects are of UDP sockets, which send nothing.',
    figures: [
      ...(['quiet', 'flooded'] as const).flatMap((load) => lookupFigures(found, load)),
      figure('names/connect', 'a connect allowed by name, to one allowed by address', 'x', connects, {
        goal: { most: 1.1 },
      }),
    ],
  };
}

function lookupFigures(found: readonly Round[], load: 'quiet' | 'flooded'): Figure[] {
  const of = (value: (tries: Tries) => number): Spread => spread(found.map((round) => value(round[load])));
  const ms = (times: number[], share: number) => quantile(times, share) / 1000;
  const over = (share: number) => of(({ own, cold }) => ms(cold, share) - ms(own, share));
  const id = (name: string) => `names/${load}/${name}`;
  const at = LOAD[load];
  const goals = load === 'quiet';
  return [
    figure(
      id('own'),
      `a look-up at the server, 99th percentile${at}`,
      'ms',
      of(({ own }) => ms(own, 0.99)),
    ),
    figure(
      id('over'),
      `through the resolver, over that${at}`,
      'ms',
      over(0.99),
      goals ? { goal: { most: 3 } } : {},
    ),
    figure(id('over-median'), `the same, medians${at}`, 'ms', over(0.5)),
    figure(
      id('cached'),
      `answered from memory, median${at}`,
      'ms',
      of(({ warm }) => ms(warm, 0.5)),
      goals ? { goal: { most: 0.5 } } : {},
    ),
    figure(
      id('cached-p99'),
      `answered from memory, 99th percentile${at}`,
      'ms',
      of(({ warm }) => ms(warm, 0.99)),
    ),
  ];
}
