/**
 * `warder doctor`: what this host can do about each category of a policy, by trying.
 *
 * Out:    a line a category: what a refusal comes to, by which mechanism, what it does not cover, why it is not
 *         better and what to change; for an agent that Warder starts. Exit 0 where Warder works and everything is
 *         prevented, 1 where something is not, 125 where it cannot work at all, with every reason.
 */
import { Command } from 'commander';
import { loadAddon } from '../kernel/addon.ts';
import {
  type Advice,
  type Better,
  hostNotes,
  lsmAdvice,
  wallProblems,
  whyNotBetter,
} from '../kernel/advice.ts';
import { requireHost } from '../kernel/capability.ts';
import { type HostState, hostState } from '../kernel/host-state.ts';
import { type Mechanism, mechanisms } from '../kernel/mechanisms.ts';
import { Sensor } from '../kernel/sensor.ts';
import { type NamesOnHost, namesOnHost } from '../runtime/egress/on-host.ts';
import { behindWalls } from '../runtime/walls/strength.ts';
import { EXIT, failureLines } from './failure.ts';

const HELP = `
Programs are loaded and taken out again; one is attached for a moment, to see whether the kernel asks it. Run it as root.

Exit status: 0 everything is prevented, 1 something is not, 125 Warder cannot work here.

Examples:
  sudo warder doctor
  sudo warder doctor --json | jq '.categories[] | select(.strength != "prevented")'`;

export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'Say what this host can prevent, by which mechanism, what is unmeasured, and what would change that.',
    )
    .option('--json', 'one object for programs')
    .addHelpText('after', HELP)
    .action(({ json }: { json?: boolean }) => {
      try {
        const report = examine();
        process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${reportLines(report).join('\n')}\n`);
        process.exitCode =
          report.categories.every(isWhole) && report.names.problem === null ? 0 : EXIT.failed;
      } catch (error) {
        for (const line of failureLines(error, Boolean(process.env.WARDER_DEBUG)))
          process.stderr.write(`${line}\n`);
        process.exitCode = EXIT.runFailed;
      }
    });
}

interface CategoryReport extends Mechanism {
  /** Stronger mechanisms, strongest first; none where this version has none for any host. */
  better: Better[];
}

interface Report {
  kernel: string;
  /** BPF LSM programs load here and are called. */
  lsm: boolean;
  host: Omit<HostState, 'kernel'>;
  categories: CategoryReport[];
  /** Rules of `connect` by host name. */
  names: NamesOnHost;
  /** What stands under no category. */
  notes: Advice[];
}

function examine(): Report {
  const { cgroup2 } = requireHost();
  const { kernel, ...host } = hostState(loadAddon().hostFacts());
  const state = { kernel, ...host };
  const [problem] = wallProblems(state);
  if (problem) throw problem;
  const sensor = Sensor.open({ cgroup2 });
  try {
    const programs = sensor.programs();
    const own = mechanisms(sensor.loaded());
    const lsm = own.some(({ category, by }) => category === 'write' && by === 'lsm');
    // Without LSM the launcher puts walls up; with it they would only refuse first.
    const kept = lsm ? own : behindWalls(own, { lines: [], unenforced: [] });
    const categories = kept.map((mechanism) => ({
      ...mechanism,
      better: isWhole(mechanism) ? [] : whyNotBetter(mechanism.category, programs, state),
    }));
    return { kernel, lsm, host, categories, names: namesOnHost(), notes: hostNotes(state) };
  } finally {
    sensor.close();
  }
}

function isWhole({ strength, gaps }: Mechanism): boolean {
  return strength === 'prevented' && gaps.length === 0;
}

function reportLines({ kernel, host, categories, names, notes }: Report): string[] {
  const advice = lsmAdvice({ kernel, ...host });
  return [
    `kernel ${kernel}; ${advice ? `BPF LSM programs do not work: ${advice.why}` : 'BPF LSM programs work'}`,
    ...(advice ? [`  change: ${advice.change}`] : []),
    ...categories.flatMap((category) => categoryLines(category, advice)),
    ...namesLines(names),
    ...notes.flatMap(({ why, change }) => [`note: ${why}`, `  change: ${change}`]),
  ];
}

/** Names are connect's, by another mechanism: DNS is led to a resolver. */
function namesLines({ servers, problem, ipv6 }: NamesOnHost): string[] {
  if (problem !== null)
    return [`note: rules by host name cannot be kept: ${problem}`, '  change: ip link set lo up'];
  const asks = `asks ${servers.join(', ')}`;
  const gap = ipv6 ? [] : [`  ${' '.repeat(12)}without IPv6 on loopback: questions over it are refused`];
  return [`  ${'names'.padEnd(12)}${'prevented'.padEnd(12)}resolver on loopback, ${asks}`, ...gap];
}

/** What stands in the way of LSM stands above, once for all categories. */
function categoryLines(
  { category, strength, by, gaps, better }: CategoryReport,
  lsm: Advice | null,
): string[] {
  const under = (text: string) => `  ${' '.repeat(12)}${text}`;
  return [
    `  ${category.padEnd(12)}${strength.padEnd(12)}${by}`.trimEnd(),
    ...(gaps.length > 0 ? [under(`unmeasured: ${gaps.join(', ')}`)] : []),
    ...better.flatMap((other) =>
      other.why === lsm?.why
        ? [under(`better: ${other.strength} by ${other.by}, once BPF LSM programs work`)]
        : [
            under(`better: ${other.strength} by ${other.by}, but ${other.why}`),
            under(`change: ${other.change}`),
          ],
    ),
  ];
}
