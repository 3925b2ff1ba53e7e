/**
 * Runs of processes that Warder did not start: those that there are, and those that will be.
 *
 * Throws: RUN_ADOPT, RUN_NOT_ADOPTED, POLICY_…, what the target's finding throws; then nothing of it is governed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { WarderError } from '../../base/error.ts';
import type { EffectivePolicy } from '../../contract/messages.ts';
import type { Adoption } from '../../kernel/tasks.ts';
import { adoptProcesses, releaseProcesses } from '../adoption/processes.ts';
import { type ResolvedTarget, resolveTarget } from '../adoption/target.ts';
import { requirePrevention, shortfalls } from '../enforcement/prevention.ts';
import { newRunId } from '../identity/run-id.ts';
import { wantedLimits } from '../walls/limits.ts';
import { type AdoptedActiveRun, onlySet } from './active.ts';
import type { RunHost } from './host.ts';
import { environmentOf } from './resumed.ts';
import type { AdoptedRun, AdoptRequest, RunResult } from './run.ts';
import { RunStrings } from './strings.ts';

/** How often the processes of an adopted run are counted. */
const ADOPTED_POLL_MS = 500;
/** Processes of an adopted run whose environments are looked at for secrets. */
const LEARN_MOST = 64;

export class AdoptedRuns {
  readonly #host: RunHost;
  /** What is being adopted, until its run is among the others. */
  readonly #adopting = new Set<string>();

  constructor(host: RunHost) {
    this.#host = host;
  }

  /** @param request.workspace what `${workspace}` stands for, where the policy speaks of it */
  async adopt(request: AdoptRequest): Promise<AdoptedRun> {
    const { runs, sensor, cgroup2 } = this.#host;
    const resolved = resolveTarget(request.target, cgroup2);
    const { what, pid } = resolved;
    const other = [...runs.values()].find(({ adopted }) => adopted?.what === what);
    if (other || this.#adopting.has(what)) throw adoptedAlready(what, other?.run);
    const ofRun = pid === undefined ? undefined : runs.get(sensor.tasks.runOf(pid) ?? 0);
    if (ofRun) throw adoptedAlready(what, ofRun.run);
    this.#adopting.add(what);
    try {
      return await this.#adopt(request, resolved);
    } finally {
      this.#adopting.delete(what);
    }
  }

  async #adopt(request: AdoptRequest, resolved: ResolvedTarget): Promise<AdoptedRun> {
    const host = this.#host;
    const { agent, target, workspace, labels = {}, by = { uid: 0 } } = request;
    const run = newRunId();
    const policy = await host.options.uplink.policyFor(agent, run);
    const number = host.sensor.policies.nextRun();
    const variables = onlySet({ workspace, home: undefined, run: undefined, terminal: undefined });
    const strings = new RunStrings(host.options.redactor.forRun(run));
    const place = host.telling.adoptedPlace(run);
    const slot = host.policies.slot(number, variables, false, place);
    const { what, adoptions } = resolved;
    const active: AdoptedActiveRun = {
      ...{ number, run, agent, strings, slot, variables, walled: false, nameOf: host.nameOf(number, slot) },
      ...{ cgroup: null, limits: undefined, directory: undefined, holds: undefined },
      adopted: { what, adoptions, target, by },
    };
    try {
      host.budgets.enter({ number, run, agent, cgroup: undefined });
      slot.apply(policy);
      requirePrevention(policy.policy, slot.unenforced, host.mechanisms);
      if (place) await host.tellRefusals(active, place, undefined);
      host.begin(active);
      const guarded = host.guards.begin(number, slot.compiled, workspace);
      const unkept = [
        ...shortfalls(policy.policy, host.mechanisms),
        ...[...slot.unenforced, ...guarded].map(({ text }) => text),
        ...(wantsLimits(policy.policy)
          ? ['limits: they are set for what Warder starts, not for what it adopts']
          : []),
      ];
      await host.events.adopted(active, workspace ?? '', labels, unkept);
      await host.policies.learnPrograms(slot, workspace);
      await host.names.settled();
      adoptProcesses(host.sensor, number, resolved);
      host.names.reach(number);
      // A cgroup made since it was looked for, and before the kernel was told to look, is neither's.
      this.refresh(run);
      host.write(number);
    } catch (error) {
      if (host.runs.has(number)) await host.tellNotStarted(active, error, 0);
      host.forget(active);
      throw error;
    }
    this.#learn(active);
    return this.follow(active);
  }

  /** Sets the processes of an adopted run free, and those to come. */
  async release(run: string): Promise<RunResult> {
    const active = this.#host.find(run);
    if (!active?.release) throw notAdopted(run, active !== undefined);
    return await active.release();
  }

  /** What an adopted run is named by may be another file or directory by now: it is under the run as well. */
  refresh(run: string): void {
    const { sensor, cgroup2 } = this.#host;
    const active = this.#host.find(run);
    if (!active?.adopted || 'pid' in active.adopted.target) return;
    const { adoptions, target } = active.adopted;
    const more = resolveTarget(target, cgroup2).adoptions.filter(
      (one) => !adoptions.some((known) => sameAdoption(known, one)),
    );
    if (more.length === 0) return;
    for (const adoption of more) sensor.tasks.addAdoption(active.number, adoption);
    adoptions.push(...more);
    sensor.tasks.adopt();
    this.#host.write(active.number);
  }

  /** Those of an earlier runtime. @param inherited whether the kernel's maps are its own */
  readopt(runs: readonly AdoptedActiveRun[], inherited: boolean): void {
    const { sensor } = this.#host;
    if (!inherited) {
      for (const { number, adopted } of runs) {
        for (const adoption of adopted.adoptions) sensor.tasks.addAdoption(number, adoption);
      }
    }
    if (runs.length > 0) sensor.tasks.adopt();
    for (const run of runs) this.#learn(run);
  }

  /** The run from here on to its end, as whoever asked for it sees it. */
  follow(active: AdoptedActiveRun): AdoptedRun {
    const host = this.#host;
    const { run, number, adopted } = active;
    const released = Promise.withResolvers<void>();
    const ended = this.#end(active, released.promise);
    ended.catch(() => {}); // whoever asked for the run awaits it
    const release = async () => {
      if (host.runs.has(number)) releaseProcesses(host.sensor, number, adopted);
      released.resolve();
      return await ended;
    };
    active.release = release;
    return { run, ended, release, processes: () => host.processesOf(number).length };
  }

  /** Until it is released or, where nothing more can come under it, its last process has ended. */
  async #end(run: AdoptedActiveRun, released: Promise<void>): Promise<RunResult> {
    const host = this.#host;
    const open = run.adopted.adoptions.some((adoption) => !('cgroup' in adoption));
    let over = false;
    void released.then(() => {
      over = true;
    });
    while (!over && (open || host.processesOf(run.number).length > 0)) {
      await Promise.race([
        released,
        sleep(ADOPTED_POLL_MS, undefined, { ref: false, signal: host.closing.signal }),
      ]);
    }
    for (const adoption of run.adopted.adoptions) host.sensor.tasks.removeAdoption(adoption);
    await host.settle(run.number);
    await host.events.ended(run, {}, 0);
    host.forget(run);
    return { run: run.run, stragglers: 0, ...(await host.notInLog()) };
  }

  /** Secrets that the agent's processes were given by name. */
  #learn({ number, strings }: AdoptedActiveRun): void {
    const pids = this.#host.processesOf(number).slice(0, LEARN_MOST);
    for (const pid of pids) strings.learn(environmentOf(pid));
  }
}

function sameAdoption(one: Adoption, other: Adoption): boolean {
  const text = (adoption: Adoption) =>
    Object.entries(adoption)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join();
  return text(one) === text(other);
}

function adoptedAlready(what: string, run: string | undefined): WarderError {
  return new WarderError(
    'RUN_ADOPT',
    `${what} is governed already${run ? `, under the run ${run}` : ''}`,
    run ? `to adopt it otherwise, first: warder release ${run}` : 'wait until it is, and look again',
  );
}

function notAdopted(run: string, started: boolean): WarderError {
  return new WarderError(
    'RUN_NOT_ADOPTED',
    started
      ? `the run ${run} was not adopted: Warder started it`
      : `no adopted run of this host is called ${run}`,
    started
      ? `it ends with its command, or by: warder kill ${run}`
      : 'see which there are with: warder adopt --list',
  );
}

function wantsLimits(policy: EffectivePolicy): boolean {
  return Object.values(wantedLimits(policy)).some((limit) => limit > 0);
}
