/**
 * A run under way, as the runtime of its host knows it.
 */
import type { Variables } from '../../contract/path-pattern.ts';
import type { RunIdentity } from '../event-builder.ts';
import type { RunCgroup } from '../launch/cgroup.ts';
import type { LaunchedAgent } from '../launch/launcher.ts';
import type { RunDirectory } from '../launch/run-directory.ts';
import type { RunLimits } from '../walls/limits.ts';
import type { RunHolds } from './holds.ts';
import type { PolicySlot } from './policy-slot.ts';
import type { AdoptedAs, RunResult } from './run.ts';

export interface ActiveRun extends RunIdentity {
  number: number;
  slot: PolicySlot;
  /** What its variables stand for, and whether it is behind walls. */
  variables: Variables;
  walled: boolean;
  /** Of a run that Warder started, while it is there. */
  cgroup: RunCgroup | null;
  limits: RunLimits | undefined;
  /** `${run}`, where the policy speaks of it. */
  directory: RunDirectory | undefined;
  /** Where somebody answers. */
  holds: RunHolds | undefined;
  /** First process of a run that Warder started. */
  pid?: number;
  agentProcess?: LaunchedAgent;
  /** Of a run that it did not. */
  adopted?: AdoptedAs;
  /** Sets an adopted run free. */
  release?: () => Promise<RunResult>;
}

export type LaunchedRun = ActiveRun & { cgroup: RunCgroup; limits: RunLimits };
export type AdoptedActiveRun = ActiveRun & { adopted: AdoptedAs };

export function isAdopted(run: ActiveRun): run is AdoptedActiveRun {
  return run.adopted !== undefined;
}

/** Variables without those that stand for nothing here. */
export function onlySet(variables: Record<keyof Variables, string | undefined>): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined));
}
