/**
 * What is wrong with the findings of several kernels, as sentences; an empty list where nothing is.
 *
 * A kernel of the lab must load every program that has its hook there. Any other host may have types of
 * program that it refuses to everybody (BPF LSM with EPERM, say) or hooks that it lacks: `warder doctor` tells
 * its owner, and it is no fault of the programs. What the verifier itself refuses is a fault anywhere.
 */
import { type Budget, isAtLeast } from './budgets.ts';
import type { Findings, ProgramFinding } from './findings.ts';

export interface Kernel {
  findings: Findings;
  isLab: boolean;
}

export function faults(kernels: Kernel[], budgets: Map<string, Budget>): string[] {
  return [
    ...kernels.flatMap((kernel) =>
      kernel.findings.programs.flatMap(
        (program) => notLoaded(kernel, program, budgets.get(program.name)) ?? [],
      ),
    ),
    ...overBudget(kernels, budgets),
  ];
}

function notLoaded(
  { findings, isLab }: Kernel,
  program: ProgramFinding,
  budget?: Budget,
): string | undefined {
  if (program.outcome === 'loaded') return undefined;
  const what = `${program.name}: on ${findings.release}`;
  if (program.outcome === 'refused') {
    return `${what} the verifier refuses it, ${program.errnoName}:\n    ${program.log.join('\n    ')}`;
  }
  const isExpected = !isLab || (budget?.since !== undefined && !isAtLeast(findings.release, budget.since));
  return isExpected ? undefined : `${what} ${program.section} is ${program.outcome} (${program.errnoName})`;
}

function overBudget(kernels: Kernel[], budgets: Map<string, Budget>): string[] {
  const most = new Map<string, { instructions: number; release: string }>();
  for (const { release, programs } of kernels.map(({ findings }) => findings)) {
    for (const { name, ...rest } of programs) {
      const instructions = rest.outcome === 'loaded' ? rest.instructions : 0;
      if (instructions >= (most.get(name)?.instructions ?? 0)) most.set(name, { instructions, release });
    }
  }
  const found: string[] = [];
  for (const [name, { instructions, release }] of most) {
    const processed = `the verifier processes up to ${instructions} instructions (${release})`;
    const budget = budgets.get(name);
    if (!budget) found.push(`${name}: has no budget, ${processed}; give it a line in vagrant/verify/budgets`);
    else if (instructions > budget.instructions) {
      found.push(`${name}: ${processed}, its budget is ${budget.instructions}`);
    }
  }
  for (const name of budgets.keys()) {
    if (!most.has(name))
      found.push(`${name}: has a budget and is no program; take its line out of vagrant/verify/budgets`);
  }
  return found;
}
