/**
 * The runtime of one host: owns the sensor, obeys one gateway, and runs agents under it.
 *
 * In:     a connected uplink (policy down, events up), run requests.
 * Out:    governed processes; sealed events, sent and told to `onEvent`.
 * Throws: KERNEL_… where the host cannot carry it, RUN_… and POLICY_… where a run cannot start; then nothing is
 *         half-started: no cgroup, no rows, no process stays.
 */
import type { EffectivePolicy } from '../contract/messages.ts';
import type { ProgramStatus } from '../kernel/addon.ts';
import type { LossCount } from '../kernel/events.ts';
import type { Mechanism } from '../kernel/mechanisms.ts';
import type { Server } from './egress/resolv-conf.ts';
import { isInRunCgroup } from './launch/cgroup.ts';
import type { RuntimeOptions } from './options.ts';
import { AdoptedRuns } from './runs/adopted.ts';
import { RunHost } from './runs/host.ts';
import { LaunchedRuns } from './runs/launched.ts';
import type {
  AdoptedRun,
  AdoptRequest,
  RunHandle,
  RunRequest,
  RunResult,
  RunSummary,
  TakenOverRun,
} from './runs/run.ts';
import { takeOver } from './runs/taken-over.ts';

export class Runtime {
  readonly #host: RunHost;
  readonly #launched: LaunchedRuns;
  readonly #adopted: AdoptedRuns;

  /** Loads the programs; they are attached while there are runs. Throws KERNEL_…. */
  constructor(options: RuntimeOptions) {
    this.#host = new RunHost(options);
    this.#launched = new LaunchedRuns(this.#host);
    this.#adopted = new AdoptedRuns(this.#host);
  }

  /**
   * Starts an agent. Resolves once its command has been executed.
   *
   * @param onRun told the run's id before its first event
   */
  async run(request: RunRequest, onRun?: (run: string) => void): Promise<RunHandle> {
    return await this.#launched.start(request, onRun);
  }

  /** Answers what processes of adopted runs ask, from here on. Throws LOCAL_LISTEN. */
  async listen(): Promise<void> {
    await this.#host.telling.listen();
  }

  /** Whether a process is an agent's, of this runtime or of another Warder on this host. */
  isGoverned(pid: number): boolean {
    return this.#host.sensor.tasks.runOf(pid) !== null || isInRunCgroup(pid);
  }

  /**
   * Brings processes under a new run that Warder did not start: those that there are, and those that will be.
   * @param request.workspace what `${workspace}` stands for, where the policy speaks of it
   */
  async adopt(request: AdoptRequest): Promise<AdoptedRun> {
    return await this.#adopted.adopt(request);
  }

  /** Sets the processes of an adopted run free, and those to come. Throws RUN_NOT_ADOPTED. */
  async release(run: string): Promise<RunResult> {
    return await this.#adopted.release(run);
  }

  /** What an adopted run is named by may be another file or directory by now: it is under the run as well. */
  refresh(run: string): void {
    this.#adopted.refresh(run);
  }

  /**
   * Takes over what the runtime before this one, of the same instance, has left: its runs go on, governed throughout.
   * Resolves with them once this one is in charge.
   */
  async takeOver(): Promise<TakenOverRun[]> {
    const { kept } = this.#host;
    if (!kept) throw new Error('takeOver() is for a runtime that is kept');
    return await takeOver({ host: this.#host, kept, launched: this.#launched, adopted: this.#adopted });
  }

  /** From here on names are asked of these DNS servers; undefined: the host's. */
  askServers(servers: readonly Server[] | undefined): void {
    this.#host.names.ask(servers);
  }

  /** Runs under way, for people and programs. */
  runs(): RunSummary[] {
    return [...this.#host.runs.values()].map(({ run, agent, pid, adopted }) => ({
      run,
      agent,
      ...(pid === undefined ? {} : { pid }),
      ...(adopted ? { adopted: adopted.what, by: adopted.by } : {}),
    }));
  }

  /** Processes of each run under way, by its id. */
  processCounts(): ReadonlyMap<string, number> {
    const seen = new Map<number, Set<number>>();
    for (const { run, tgid } of this.#host.sensor.tasks.governed()) {
      const pids = seen.get(run) ?? new Set();
      seen.set(run, pids.add(tgid));
    }
    return new Map([...this.#host.runs].map(([number, { run }]) => [run, seen.get(number)?.size ?? 0]));
  }

  /** What this host does about each category. */
  get mechanisms(): readonly Mechanism[] {
    return this.#host.mechanisms;
  }

  programs(): ProgramStatus[] {
    return this.#host.sensor.programs();
  }

  /** Records lost since the programs were loaded. */
  losses(): LossCount[] {
    return this.#host.sensor.lossCounts();
  }

  rings(): { ring: string; used: number; size: number }[] {
    return this.#host.sensor.rings();
  }

  /** In force, one for each agent with runs. */
  policies(): { agent: string; policy: EffectivePolicy }[] {
    const found = new Map<string, EffectivePolicy>();
    for (const { agent, slot } of this.#host.runs.values()) {
      if (slot.policy) found.set(agent, slot.policy.policy);
    }
    return [...found].map(([agent, policy]) => ({ agent, policy }));
  }

  /**
   * Tells what is left to tell, then lets go. Runs must have ended, but for a runtime that is kept: they go on, and all of
   * it stays in the kernel until the next one takes over. Idempotent.
   */
  async close(): Promise<void> {
    await this.#host.close();
  }
}
