/**
 * `warder doctor`: what this host can do about each category of a policy, by trying.
 *
 * Out:    a line a category: what a refusal comes to, by which mechanism, what it does not cover; for an agent that
 *         Warder starts. Exit 0 where Warder works and everything is prevented, 1 where something is not, 125 where
 *         it cannot work at all, with every reason.
 */
import { Command } from 'commander';
import { loadAddon } from '../kernel/addon.ts';
import { requireHost } from '../kernel/capability.ts';
import { type Mechanism, mechanisms } from '../kernel/mechanisms.ts';
import { Sensor } from '../kernel/sensor.ts';
import { behindWalls } from '../runtime/walls/strength.ts';
import { EXIT, failureLines } from './failure.ts';

const HELP = `
Programs are loaded and taken out again; nothing is attached. Run it as root.

Examples:
  sudo warder doctor
  sudo warder doctor --json`;

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('Say what this host can prevent, by which mechanism, and what it cannot see.')
    .option('--json', 'one object for programs')
    .addHelpText('after', HELP)
    .action(({ json }: { json?: boolean }) => {
      try {
        const report = examine();
        process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${reportLines(report).join('\n')}\n`);
        process.exitCode = report.categories.every(isWhole) ? 0 : EXIT.failed;
      } catch (error) {
        for (const line of failureLines(error, Boolean(process.env.WARDER_DEBUG)))
          process.stderr.write(`${line}\n`);
        process.exitCode = EXIT.runFailed;
      }
    });
}

interface Report {
  kernel: string;
  /** BPF LSM programs load here and are called. */
  lsm: boolean;
  categories: Mechanism[];
}

function examine(): Report {
  const sensor = Sensor.open(requireHost());
  try {
    const host = mechanisms(sensor.loaded());
    const lsm = host.some(({ category, by }) => category === 'write' && by === 'lsm');
    // Without LSM the launcher puts walls up; with it they would only refuse first.
    const categories = lsm ? host : behindWalls(host, { lines: [], unenforced: [] });
    return { kernel: loadAddon().hostFacts().kernel, lsm, categories };
  } finally {
    sensor.close();
  }
}

function isWhole({ strength, gaps }: Mechanism): boolean {
  return strength === 'prevented' && gaps.length === 0;
}

function reportLines({ kernel, lsm, categories }: Report): string[] {
  const advice = lsm
    ? 'BPF LSM programs work'
    : 'BPF LSM programs do not work: boot with bpf in lsm=…, on a kernel with CONFIG_BPF_LSM=y, for more';
  return [
    `kernel ${kernel}; ${advice}`,
    ...categories.flatMap(({ category, strength, by, gaps }) => [
      `  ${category.padEnd(12)}${strength.padEnd(12)}${by}`,
      ...(gaps.length > 0 ? [`  ${' '.repeat(12)}not seen: ${gaps.join(', ')}`] : []),
    ]),
  ];
}
