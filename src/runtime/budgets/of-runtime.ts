/**
 * The budgets of a runtime's runs, put together: the kernel's counts, the gateway's word, events, and what is done to a
 * run that has used up its own.
 */
import { statSync } from 'node:fs';
import type { Budget } from '../../contract/budgets.ts';
import type { Sensor } from '../../kernel/sensor.ts';
import type { EventBuilder } from '../event-builder.ts';
import type { Pipeline } from '../pipeline.ts';
import { ownText } from '../redaction/redacted.ts';
import type { RunCommands } from '../runs/commands.ts';
import type { Uplink } from '../uplink/uplink.ts';
import { BudgetKeeper, type Consequence } from './keeper.ts';

const NS_PER_MS = 1_000_000n;

export interface BudgetParts {
  sensor: Sensor;
  uplink: Uplink;
  commands: RunCommands;
  builder: EventBuilder;
  pipeline: Pipeline;
  onProblem(error: unknown): void;
}

export function budgetKeeper(parts: BudgetParts): BudgetKeeper {
  const { sensor, uplink, commands, builder, pipeline, onProblem } = parts;
  return new BudgetKeeper({
    kernel: sensor.budgets,
    countEgress: () => sensor.countEgress(),
    uplink,
    tell: (run, usage, unixMs) => pipeline.emit([builder.said(run, { usage }, BigInt(unixMs) * NS_PER_MS)]),
    act: (run, consequence, budget, used) => {
      const acts = consequence === 'suspend' || consequence === 'kill';
      const done = acts && run.cgroup === undefined ? 'none' : consequence;
      const work =
        done === 'suspend' || done === 'kill' ? commands.byBudget(run.run, done) : Promise.resolve();
      const notice = { kind: ownText('budget'), text: ownText(sentence(budget, used, done)) };
      const event = builder.said(run, { notice }, BigInt(Date.now()) * NS_PER_MS);
      Promise.all([work, pipeline.emit([event])]).catch(onProblem);
    },
    onProblem,
  });
}

const DONE: Record<Consequence | 'none', string> = {
  suspend: 'the run is suspended',
  kill: 'the run is ended',
  wait: 'more is refused, for other hosts that do not answer hold the rest, until they are back or the window ends',
  alone:
    'more is refused: the share of this host is used up, and the gateway has not said what others have left',
  none: 'more is refused: what Warder did not start it neither suspends nor ends',
};

/** The kernel's id of a cgroup2 directory. */
export function cgroupId(path: string): bigint {
  return statSync(path, { bigint: true }).ino;
}

function sentence(budget: Budget, used: number, done: Consequence | 'none'): string {
  const { layer, resource, amount, windowSeconds } = budget;
  const what = DONE[done];
  return `${resource} of ${layer}: ${used} used here, ${amount} allowed in ${windowSeconds} s: ${what}`;
}
