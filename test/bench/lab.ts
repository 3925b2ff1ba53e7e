/**
 * The loops and real work on a kernel that takes BPF LSM programs, in a machine of the lab (vagrant/vm/run --counted). It is
 * emulated, so no time of it means anything; its clock counts the instructions that its processor executes, and these do.
 *
 * In:     BENCH_KERNELS, lines of vagrant/kernels/table with spaces in between (6.18, the line of many hosts that refuse LSM).
 * Throws: where a machine does not come up, or what is measured in it fails, with the end of what it said.
 */
import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Figure, Part } from './figure.ts';
import { later } from './place.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Of one machine, its start included: some three minutes where nobody else uses the processors. */
const SECONDS = 1_800;
/** Of what a machine said, characters. */
const TOLD = 4_000;

/** What lab-guest.ts has written. */
export interface Measured {
  release: string;
  parts: Part[];
}

/** Side by side: each machine takes one processor, and its clock stands still while it waits for that. */
export async function labParts(): Promise<Part[]> {
  const lines = (process.env.BENCH_KERNELS ?? '6.18').split(' ');
  const measured = await Promise.all(lines.map(measuredOn));
  return measured.flatMap((one, index) => inInstructions(lines[index]!, one));
}

async function measuredOn(line: string): Promise<Measured> {
  const results = join(ROOT, 'build/lab/results', `bench-${line}`);
  const file = join(results, 'parts.json');
  mkdirSync(results, { recursive: true });
  rmSync(file, { force: true });
  // node itself from the guest's memory: it is one of the commands that are measured.
  const command = `cp ${process.execPath} /tmp/node && exec /tmp/node test/bench/lab-guest.ts ${file}`;
  const options = ['--kernel', line, '--counted', '--seconds', String(SECONDS), '--log', results];
  const running = promisify(execFile)('vagrant/vm/run', [...options, '--', 'sh', '-c', command], {
    cwd: ROOT,
    maxBuffer: 1 << 26,
  });
  // It takes minutes: how far it has come.
  running.child.stdout!.pipe(process.stderr);
  later(() => running.child.kill());
  try {
    await running;
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    throw new Error(`${line}: ${stdout.slice(-TOLD)}${stderr.slice(-TOLD)}`);
  }
  return JSON.parse(readFileSync(file, 'utf8')) as Measured;
}

/** The guest's nanoseconds are instructions; ratios stay. Every figure says where it is from: its like on this host has the same name. */
export function inInstructions(line: string, { release, parts }: Measured): Part[] {
  return parts.map(({ title, about, figures }) => ({
    title: `${title}, on ${line} with BPF LSM, in instructions`,
    about: `Linux ${release}. ${about}`,
    figures: figures.map((figure) => counted(line, figure)),
  }));
}

const UNITS: Partial<Record<Figure['unit'], string>> = {
  ns: 'instructions',
  ms: 'million instructions',
};

function counted(line: string, figure: Figure): Figure {
  const named = {
    ...figure,
    id: `lab/${line}/${figure.id}`,
    text: `${line} with LSM: ${figure.text}`,
  };
  const unit = UNITS[figure.unit];
  if (!unit) return named;
  const { median, low, high } = figure.value;
  const of = figure.unit === 'ns' ? Math.round : (value: number) => value;
  return {
    ...named,
    text: `${named.text}, ${unit}`,
    unit: '',
    value: { median: of(median), low: of(low), high: of(high) },
  };
}
