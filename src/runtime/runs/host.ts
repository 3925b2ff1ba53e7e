/**
 * What the runs of one host share: the sensor, the pipeline of events, whoever answers names, budgets, holds and
 * commands, and the list of the runs themselves.
 *
 * In:     a connected uplink; records of the kernel.
 * Out:    sealed events, sent and told to `onEvent`; the list of runs.
 * Throws: KERNEL_… where the host cannot carry it.
 */
import { WarderError } from '../../base/error.ts';
import { loadAddon } from '../../kernel/addon.ts';
import { requireHost } from '../../kernel/capability.ts';
import { BootClock } from '../../kernel/clock.ts';
import { type Mechanism, mechanisms } from '../../kernel/mechanisms.ts';
import type { Asker } from '../../kernel/named.ts';
import type { Sensor } from '../../kernel/sensor.ts';
import { kernelBytes } from '../../kernel/text.ts';
import { Attachment } from '../attachment.ts';
import type { BudgetKeeper } from '../budgets/keeper.ts';
import { budgetKeeper } from '../budgets/of-runtime.ts';
import { DecisionTexts } from '../decision-texts.ts';
import type { LookupTold } from '../egress/lookup.ts';
import { Names } from '../egress/names.ts';
import { ToldLookups } from '../egress/told-lookups.ts';
import { Contents } from '../enforcement/contents.ts';
import { EventBuilder } from '../event-builder.ts';
import { ExecIds } from '../identity/exec-id.ts';
import { Processes } from '../identity/processes.ts';
import { Users } from '../identity/users.ts';
import type { Kept } from '../kept.ts';
import type { RuntimeOptions } from '../options.ts';
import { Pipeline } from '../pipeline.ts';
import { RuleTexts } from '../rule-texts.ts';
import { FileGuards } from '../walls/file-guard.ts';
import type { WhyDirectory } from '../why/directory.ts';
import type { WhyPlace } from '../why/rows.ts';
import { Telling } from '../why/telling.ts';
import type { ActiveRun } from './active.ts';
import { RunCommands } from './commands.ts';
import { RunEvents } from './events.ts';
import { RunPolicies } from './policies.ts';
import type { PolicySlot } from './policy-slot.ts';
import type { KnownState } from './records.ts';
import type { NotInLog } from './run.ts';

/** How often the kernel's loss counters are looked at. */
const LOSS_POLL_MS = 200;

const UNSTORED_FIX =
  'they are lost for the log; the agent was governed all the same. Mend what is named before the next run';
const WAITING_FIX =
  "they wait on this host's disk and are sent again; the agent was governed all the same. Mend what is named";

export class RunHost {
  readonly options: RuntimeOptions;
  readonly cgroup2: string;
  readonly sensor: Sensor;
  readonly attachment: Attachment;
  readonly mechanisms: readonly Mechanism[];
  readonly users = new Users();
  readonly guards: FileGuards;
  /** By number. */
  readonly runs = new Map<number, ActiveRun>();
  readonly decisions = new Map<number, DecisionTexts>();
  readonly telling: Telling;
  readonly events: RunEvents;
  readonly policies: RunPolicies;
  readonly pipeline: Pipeline;
  readonly processes: Processes;
  readonly execIds: ExecIds;
  readonly budgets: BudgetKeeper;
  readonly names: Names;
  readonly kept: Kept | undefined;
  /** Ends waits for runs that this process did not start. */
  readonly closing = new AbortController();
  /** Processes under runs that nobody knows: programs stay attached, and refuse them everything. */
  orphans = false;
  readonly #contents: Contents;
  readonly #texts: RuleTexts;
  readonly #builder: EventBuilder;
  readonly #clock: BootClock;
  readonly #commands: RunCommands;
  readonly #lookups: ToldLookups;
  readonly #lossPoll: NodeJS.Timeout;

  /** Waits for the programs; they are attached while there are runs. Throws KERNEL_…. */
  constructor(options: RuntimeOptions) {
    this.options = options;
    this.#texts = new RuleTexts(options.redactor);
    const onProblem = (error: unknown) => this.problem(error);
    this.cgroup2 = requireHost().cgroup2;
    this.kept = options.programs.kept;
    this.sensor = options.programs.loaded();
    this.attachment = new Attachment(this.sensor, onProblem);
    this.execIds = new ExecIds(options.boot);
    this.processes = new Processes(this.execIds);
    this.mechanisms = mechanisms(this.sensor.loaded());
    this.telling = new Telling({
      socket: options.whySocket,
      socketsJudged: this.mechanisms.some(({ category, by }) => category === 'connect' && by.includes('lsm')),
      runOf: (pid) => this.runs.get(this.sensor.tasks.runOf(pid) ?? 0)?.run,
      onProblem,
    });
    this.guards = new FileGuards(this.sensor, this.needsWalls());
    this.#clock = new BootClock(() => loadAddon().clocks());
    this.#builder = new EventBuilder({
      processes: this.processes,
      users: this.users,
      runs: this.runs,
      decisions: this.decisions,
      undecided: new DecisionTexts({ address: '', rules: [], layers: [] }, this.#texts),
      toUnixNs: this.#clock.toUnixNs,
    });
    this.#contents = new Contents(this.sensor.contents);
    this.pipeline = this.#openPipeline();
    this.events = new RunEvents({ builder: this.#builder, pipeline: this.pipeline, clock: this.#clock });
    this.#lossPoll = setInterval(() => void this.#watchLosses(), LOSS_POLL_MS).unref();
    this.#lookups = new ToldLookups((events) => this.pipeline.emit(events), onProblem);
    this.names = new Names(this.sensor.resolvers, {
      tell: (asker, told, unixNs) => this.#tellLookup(asker, told, unixNs),
      holdsSecret: (run, text) => this.runs.get(run)?.strings.holdsSecret(text) ?? true,
      onProblem,
      servers: options.servers,
      processes: () => this.sensor.tasks.governed(),
      isOf: (run, pid) => this.sensor.tasks.runOf(pid) === run,
    });
    this.#commands = new RunCommands(options.uplink);
    this.budgets = budgetKeeper({
      sensor: this.sensor,
      uplink: options.uplink,
      commands: this.#commands,
      builder: this.#builder,
      pipeline: this.pipeline,
      onProblem,
    });
    this.policies = this.#openPolicies();
    if (!this.kept) this.drain();
  }

  #openPipeline(): Pipeline {
    const { uplink, onEvent } = this.options;
    return new Pipeline({
      builder: this.#builder,
      send: (events) => uplink.sendEvents(events),
      onEvent: (event) => {
        this.telling.onEvent(event);
        onEvent(event);
      },
      onUnknownContent: ({ path }) => {
        this.#contents.learn(kernelBytes(path)).catch((error) => this.problem(error));
      },
      losses: () => this.sensor.lossCounts(),
      nowUnixNs: () => this.#clock.unixNs(),
      observe: (event) => {
        this.runs.get(event.run)?.holds?.onEvent(event);
        if (event.ruling.reason === 'budget') this.budgets.wake();
        if (event.ruling.reason === 'resolver') this.names.unanswered(event.run, event.tgid);
      },
      judgeOf: (run) => this.runs.get(run)?.slot.judge,
    });
  }

  #openPolicies(): RunPolicies {
    const { uplink, protect } = this.options;
    const texts = this.#texts;
    const { sensor, mechanisms, runs, decisions, budgets, names, guards, events } = this;
    return new RunPolicies({
      ...{ uplink, texts, protect, sensor, mechanisms, runs, decisions, budgets, names, guards, events },
      contents: this.#contents,
      onApplied: (run) => this.write(run),
      onProblem: (error) => this.problem(error),
    });
  }

  /** Takes in what the kernel tells, from here on. */
  drain(): void {
    const { onBatch } = this.options;
    this.sensor.start(async (batch) => {
      const since = performance.now();
      // A connection is told with the name that its address was given for before it.
      this.names.drain();
      await this.pipeline.batch(batch).catch((error) => this.problem(error));
      onBatch?.((performance.now() - since) / 1000);
    });
  }

  /**
   * Where LSM programs refuse every change to a file, walls would only refuse first, and what they refuse is
   * told with less: the name as it was passed instead of what it leads to.
   */
  needsWalls(): boolean {
    return !this.judges('write');
  }

  /** Whether LSM programs refuse all of a category. */
  judges(wanted: string): boolean {
    return this.mechanisms.some(({ category, by }) => category === wanted && by === 'lsm');
  }

  find(run: string): ActiveRun | undefined {
    return [...this.runs.values()].find((one) => one.run === run);
  }

  /** Processes of a run. */
  processesOf(number: number): number[] {
    return [
      ...new Set(this.sensor.tasks.governed().flatMap((task) => (task.run === number ? [task.tgid] : []))),
    ];
  }

  /** From here on it is governed. */
  begin(run: ActiveRun): void {
    if (this.runs.size === 0 && !this.orphans) this.attachment.enter();
    this.enter(run);
    this.write(run.number);
  }

  /** Commands are for runs with a cgroup of their own: those that were adopted share theirs with others. */
  enter(active: ActiveRun): void {
    this.runs.set(active.number, active);
    const { run, agent, cgroup } = active;
    if (cgroup) this.#commands.add({ run, agent, cgroup });
  }

  /** Whatever there is of it here and in the kernel. */
  forget({ number, run, slot }: Pick<ActiveRun, 'number' | 'run' | 'slot'>): void {
    this.runs.get(number)?.holds?.end();
    this.telling.end(run);
    this.#commands.remove(run);
    this.budgets.leave(number);
    this.runs.delete(number);
    this.guards.end(number);
    this.names.forget(number);
    this.options.redactor.forget(run);
    slot.clear();
    this.kept?.records.remove(run);
    if (![...this.runs.values()].some((other) => other.adopted)) this.sensor.tasks.clearAdoptions();
    this.leaveWhenIdle();
  }

  leaveWhenIdle(): void {
    if (this.runs.size === 0 && !this.orphans) this.attachment.leave();
  }

  /** What the next runtime has to know of a run. */
  write(number: number): void {
    const active = this.runs.get(number);
    if (!active || !this.kept) return;
    const { run, agent, variables, walled, pid, directory, adopted, slot } = active;
    const { boot, uplink } = this.options;
    this.kept.records.write({
      ...{ boot, run, number, agent, variables, walled, origins: uplink.origins },
      ...(pid === undefined ? {} : { launched: { pid, directory: directory !== undefined } }),
      ...(adopted ? { adopted } : {}),
      ...(slot.tables ? { policy: slot.tables } : {}),
    });
  }

  /** … and of processes and losses. */
  known(): KnownState {
    return { processes: this.processes.live(), losses: this.pipeline.reported };
  }

  nameOf(number: number, slot: PolicySlot): (address: string, rule: number) => string | undefined {
    return (address, rule) => this.names.nameOf(number, address, rule, slot.nameJudge);
  }

  /** @param directory of a run that Warder started: where its agent reads */
  async tellRefusals(run: ActiveRun, place: WhyPlace, directory: WhyDirectory | undefined): Promise<void> {
    await this.telling.begin({
      ...{ run: run.run, agent: run.agent, variables: run.variables, inForce: run.slot, place, directory },
      redactor: this.options.redactor.forRun(run.run),
      judge: this.options.judgeAction,
      flush: () => this.flush(),
      onProblem: (error) => this.problem(error),
    });
  }

  /** All that has happened so far is on its way. */
  async flush(): Promise<void> {
    await this.sensor.flush();
    await this.names.settled();
    await this.#lookups.flush();
  }

  /** … and is told, with what was lost and what it used. */
  async settle(number: number): Promise<void> {
    await this.flush();
    await this.pipeline.reportLosses();
    await this.budgets.settle(number);
  }

  /** Waits for the gateway's log; what it does not take (its disk is full) is counted, and no reason to fail. */
  async notInLog(): Promise<NotInLog> {
    const { uplink, onProblem } = this.options;
    try {
      await uplink.flush();
      return { unstored: 0, waiting: 0 };
    } catch (error) {
      const { message } = error as Error;
      const count = uplink.unacknowledged;
      if (uplink.keepsEvents) {
        onProblem(new WarderError('RUN_WAITING', message, WAITING_FIX, { cause: error }));
        return { unstored: 0, waiting: count };
      }
      onProblem(new WarderError('RUN_UNSTORED', message, UNSTORED_FIX, { cause: error }));
      return { unstored: count, waiting: 0 };
    }
  }

  /** A run that was told to start and did not: its end is told too, with the status that env(1) would have. */
  async tellNotStarted(run: ActiveRun, error: unknown, stragglers: number): Promise<void> {
    try {
      await this.flush();
      await this.events.ended(run, { code: notStartedStatus(error) }, stragglers);
      await this.notInLog();
    } catch (problem) {
      this.problem(problem);
    }
  }

  problem(error: unknown): void {
    this.options.onProblem(
      error instanceof WarderError
        ? error
        : new WarderError('RUNTIME_FAULT', (error as Error).message, 'report this with the log', {
            cause: error,
          }),
    );
  }

  async close(): Promise<void> {
    clearInterval(this.#lossPoll);
    await this.#commands.close();
    this.budgets.close();
    this.names.close();
    await this.#lookups.flush();
    this.#contents.close();
    this.closing.abort();
    const stays = this.runs.size > 0 || this.orphans;
    for (const run of this.runs.values()) {
      run.agentProcess?.release();
      run.cgroup?.release();
    }
    this.telling.close();
    this.runs.clear();
    this.guards.endAll();
    this.attachment.close();
    this.kept?.end(stays, () => this.known());
    this.sensor.close();
  }

  #tellLookup(asker: Asker, told: LookupTold, unixNs: bigint): void {
    const run = this.runs.get(asker.run);
    if (!run) return;
    try {
      this.#lookups.add(this.#builder.lookup(run, asker, told, unixNs));
    } catch (error) {
      this.problem(error);
    }
  }

  async #watchLosses(): Promise<void> {
    try {
      const lost = await this.pipeline.reportLosses();
      // A child without its label would be free: its run ends with it.
      if (lost.some(({ cause }) => cause === 'label')) {
        for (const run of this.runs.values()) run.cgroup?.kill();
        this.sensor.tasks.adopt();
      }
    } catch (error) {
      this.problem(error);
    }
  }
}

/** 127 not found, 126 not executable, 125 for a failure of Warder's own. */
function notStartedStatus(error: unknown): number {
  const code = error instanceof WarderError ? error.code : '';
  return { RUN_PROGRAM_MISSING: 127, RUN_PROGRAM: 126 }[code] ?? 125;
}
