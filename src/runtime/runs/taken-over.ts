/**
 * Runs that the runtime before this one, of the same instance, has left: they go on, governed throughout.
 *
 * In:  its pins and its sealed records.
 * Out: the runs, followed to their ends; processes under runs that nobody has a record of are told.
 */
import { readlinkSync } from 'node:fs';
import { WarderError } from '../../base/error.ts';
import { cgroupId } from '../budgets/of-runtime.ts';
import type { Kept } from '../kept.ts';
import { RunCgroup } from '../launch/cgroup.ts';
import { RunDirectory } from '../launch/run-directory.ts';
import { RunLimits } from '../walls/limits.ts';
import { WhyDirectory } from '../why/directory.ts';
import type { WhyPlace } from '../why/rows.ts';
import { type ActiveRun, isAdopted } from './active.ts';
import type { AdoptedRuns } from './adopted.ts';
import type { RunHost } from './host.ts';
import type { LaunchedRuns } from './launched.ts';
import type { RunRecord } from './records.ts';
import { endOf, environmentOf } from './resumed.ts';
import type { TakenOverRun } from './run.ts';
import { RunStrings } from './strings.ts';

const ORPHANS_NAMED = 20;

export interface TakeOverParts {
  host: RunHost;
  kept: Kept;
  launched: LaunchedRuns;
  adopted: AdoptedRuns;
}

/** Resolves with the runs once this runtime is in charge. */
export async function takeOver({ host, kept, launched, adopted }: TakeOverParts): Promise<TakenOverRun[]> {
  const { sensor, names, policies, pipeline, processes, attachment, options } = host;
  names.takeOver();
  const { records, problems } = kept.records.read(options.boot);
  for (const problem of problems) host.problem(problem);
  const state = kept.records.readState();
  const { inherited, isFollowing } = kept.pins;
  if (inherited) pipeline.reported = state.losses;
  for (const known of state.processes) processes.restore(known);
  options.uplink.follow([...new Set(records.flatMap(({ origins }) => origins))]);
  const claimed = await Promise.all(
    records.map(({ run, adopted: isOther }) => (isOther ? null : RunCgroup.claim(host.cgroup2, run))),
  );
  const runs = records.map((record, index) => resume(host, record, claimed[index]!, inherited));
  // Maps of another form are empty: nothing moves to them before it has its policy there.
  if (!inherited) await policies.renew(runs);
  sensor.policies.reserveRuns(Math.max(0, ...records.map(({ number }) => number)));
  const follows = isFollowing || runs.length > 0;
  if (follows) sensor.takeOver((take) => frozen(runs, take));
  else kept.pins.removeFormer();
  adopted.readopt(runs.filter(isAdopted), inherited);
  findOrphans(host);
  if (follows) attachment.taken();
  host.leaveWhenIdle();
  kept.begin(
    sensor,
    () => host.known(),
    () => processes.changes,
    (error) => host.problem(error),
  );
  host.drain();
  if (inherited) await policies.renew(runs);
  await tellAgain(host, runs);
  for (const run of runs) {
    if (isAdopted(run)) host.guards.begin(run.number, run.slot.compiled, run.variables.workspace);
    names.reach(run.number);
  }
  return runs.map((run) => {
    const { agent, pid = 0, cgroup } = run;
    if (isAdopted(run)) return { agent, what: run.adopted.what, ...adopted.follow(run) };
    const ended = launched.follow(run, endOf(run.run, cgroup, kept.records, host.closing.signal));
    ended.catch(() => {});
    return { agent, run: run.run, ended, pid };
  });
}

function resume(host: RunHost, record: RunRecord, cgroup: RunCgroup | null, inherited: boolean): ActiveRun {
  const { run, number, agent, variables, walled, launched, adopted, policy } = record;
  const { place } = placeOf(host, run, adopted !== undefined);
  const slot = host.policies.slot(number, variables, walled, place);
  host.budgets.enter({ number, run, agent, cgroup: cgroup ? cgroupId(cgroup.path) : undefined });
  if (policy && inherited) slot.resume(policy);
  const active: ActiveRun = {
    ...{ run, number, agent, variables, walled, slot, nameOf: host.nameOf(number, slot) },
    strings: new RunStrings(host.options.redactor.forRun(run)),
    cgroup,
    limits: adopted ? undefined : RunLimits.of(run),
    directory: launched?.directory ? RunDirectory.of(run) : undefined,
    // Its launcher speaks with nobody any more: what is held is refused.
    holds: undefined,
    ...(launched ? { pid: launched.pid } : {}),
    ...(adopted ? { adopted } : {}),
  };
  if (launched) active.strings.learn(environmentOf(launched.pid));
  host.enter(active);
  return active;
}

/** Runs nothing of theirs meanwhile, where they have a cgroup of ours. */
function frozen(runs: readonly ActiveRun[], take: () => void): void {
  const cgroups = runs.flatMap(({ cgroup }) => cgroup ?? []);
  try {
    for (const cgroup of cgroups) cgroup.freeze(true);
    take();
  } finally {
    for (const cgroup of cgroups) cgroup.freeze(false);
  }
}

/** Refusals from here on: what an earlier runtime told is not known here. */
async function tellAgain(host: RunHost, runs: readonly ActiveRun[]): Promise<void> {
  for (const run of runs) {
    const { place, directory } = placeOf(host, run.run, isAdopted(run));
    try {
      if (place) await host.tellRefusals(run, place, directory);
    } catch (error) {
      host.problem(error);
    }
  }
}

/** Where a run that an earlier runtime began is told; one that it started has a directory, if any. */
function placeOf(
  { telling }: RunHost,
  run: string,
  adopted: boolean,
): { place?: WhyPlace | undefined; directory?: WhyDirectory | undefined } {
  if (adopted) return { place: telling.adoptedPlace(run) };
  const directory = WhyDirectory.of(run);
  return { directory, place: directory && telling.ownPlace(directory) };
}

/** Labels without a run known here: whoever bears one may do nothing. */
function findOrphans(host: RunHost): void {
  const { sensor, runs, processes, execIds } = host;
  for (const number of sensor.policies.runs()) if (!runs.has(number)) sensor.policies.clearRun(number);
  const tasks = sensor.tasks.governed();
  const orphans = new Set(tasks.flatMap(({ run, tgid }) => (runs.has(run) ? [] : [tgid])));
  sensor.policies.reserveRuns(Math.max(0, ...tasks.map(({ run }) => run)));
  processes.keep(new Set(tasks.map(({ tgid, startNs }) => execIds.of(tgid, startNs))));
  for (const task of tasks) {
    const process = processes.of(task);
    process.parentExecId ||= execIds.of(task.parentTgid, task.parentStartNs);
    process.executable ||= executableOf(task.tgid);
  }
  host.orphans = orphans.size > 0;
  if (host.orphans) host.problem(orphaned([...orphans]));
}

function executableOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return ''; // it ended meanwhile
  }
}

function orphaned(pids: readonly number[]): WarderError {
  return new WarderError(
    'RUNTIME_ORPHANS',
    `${pids.length} processes are under runs that this runtime has no record of: ${pids.slice(0, ORPHANS_NAMED).join(', ')}`,
    'they may do nothing; end them, or take all of Warder out of the kernel with: warder detach',
  );
}
