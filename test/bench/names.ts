/**
 * What names cost: a look-up through the resolver beside the same one without Warder, one that is answered from memory, and
 * the verdict on a connection by name beside the one by address. In a network namespace of its own.
 *
 * Out: one part. Throws: what a command wrote that failed.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { figure, type Part } from './figure.ts';
import { diskDirectory } from './place.ts';
import { WARDER } from './services.ts';
import { spread } from './statistics.ts';

const CLIENT = fileURLToPath(new URL('names-client.py', import.meta.url));
const PORT = 5300;
const POLICY = `apiVersion: warder.dev/v1
kind: Policy
metadata: {name: names, scope: fleet}
spec:
  mode: enforce
  exec: [{allow: ["/usr/**"]}]
  read: [{allow: ["/**"]}]
  load: [{allow: ["/**"]}]
  connect: [{allow: ["cold.test:9", "warm.test:9", "203.0.113.81:9"]}]
`;

interface Times {
  p50: number;
  p99: number;
}

export async function namesPart(rounds: number): Promise<Part> {
  const directory = diskDirectory();
  const found = Array.from({ length: rounds }, (_, round) => measure(join(directory, String(round))));
  const of = (value: (times: Round) => number) => spread(found.map(value));
  const goal = (most: number) => ({ goal: { most } });
  return {
    title: 'Host names',
    about:
      'Look-ups of one process, one after the other, by UDP; the server is on the same machine. Connects are of UDP sockets, which send nothing.',
    figures: [
      figure(
        'names-own',
        'a look-up without Warder, 99th percentile',
        'ms',
        of(({ own }) => own.p99 / 1000),
      ),
      figure(
        'names-over',
        "through the resolver, over the server's own, 99th percentiles",
        'ms',
        of(({ own, cold }) => (cold.p99 - own.p99) / 1000),
        goal(3),
      ),
      figure(
        'names-over-median',
        'the same, medians',
        'ms',
        of(({ own, cold }) => (cold.p50 - own.p50) / 1000),
      ),
      figure(
        'names-cached',
        'answered from memory, median',
        'ms',
        of(({ warm }) => warm.p50 / 1000),
        goal(0.5),
      ),
      figure(
        'names-cached-p99',
        'answered from memory, 99th percentile',
        'ms',
        of(({ warm }) => warm.p99 / 1000),
      ),
      figure(
        'names-connect',
        'a connect allowed by name, to one allowed by address',
        'x',
        of(({ named, plain }) => named.p50 / plain.p50),
        goal(1.1),
      ),
    ],
  };
}

interface Round {
  own: Times;
  cold: Times;
  warm: Times;
  named: Times;
  plain: Times;
}

function measure(directory: string): Round {
  mkdirSync(directory);
  writeFileSync(join(directory, 'policy.yaml'), POLICY);
  const python = `/usr/bin/python3 ${CLIENT}`;
  const run = `${WARDER} run --policy ${directory}/policy.yaml --state ${directory}/state --dns 127.0.0.1:${PORT} --quiet --output /dev/null`;
  const jobs = [
    'lookups 8.8.8.8 53 cold.test 500',
    'lookups 8.8.8.8 53 warm.test 1000',
    'connects 203.0.113.80 20000',
    'connects 203.0.113.81 20000',
  ];
  const script = `
ip link set lo up && ip route add default dev lo
${python} serve ${PORT} & server=$!
trap 'kill $server' EXIT
sleep 0.5
${python} lookups 127.0.0.1 ${PORT} cold.test 500
${run} -- ${python} ${jobs.join(' -- ')}`;
  const text = execFileSync('unshare', ['--net', 'sh', '-ec', script], { encoding: 'utf8', cwd: directory });
  const [[own], [cold, warm, named, plain]] = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Times[]) as [Times[], Times[]];
  return { own: own!, cold: cold!, warm: warm!, named: named!, plain: plain! };
}
