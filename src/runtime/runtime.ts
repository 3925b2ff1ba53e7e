/**
 * The runtime of one host: owns the sensor, obeys one gateway, and runs agents under it.
 *
 * In:     a connected uplink (policy down, events up), run requests.
 * Out:    governed processes; sealed events, sent and told to `onEvent`.
 * Throws: KERNEL_… where the host cannot carry it, RUN_… and POLICY_… where a run cannot start; then nothing is
 *         half-started: no cgroup, no rows, no process stays.
 */
import { readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { WarderError } from '../base/error.ts';
import { atRoot } from '../base/root.ts';
import { readBudget } from '../contract/budgets.ts';
import { Effect, type EffectivePolicy } from '../contract/messages.ts';
import type { Variables } from '../contract/path-pattern.ts';
import type { VerifiedPolicy } from '../contract/signing.ts';
import { loadAddon, type ProgramStatus } from '../kernel/addon.ts';
import { requireHost } from '../kernel/capability.ts';
import { BootClock } from '../kernel/clock.ts';
import type { LossCount } from '../kernel/events.ts';
import { type Mechanism, mechanisms } from '../kernel/mechanisms.ts';
import type { Asker } from '../kernel/named.ts';
import type { CompiledPolicy } from '../kernel/policy-rows.ts';
import { type Adoption, Sensor } from '../kernel/sensor.ts';
import { kernelBytes } from '../kernel/text.ts';
import { adoptProcesses, releaseProcesses } from './adoption/processes.ts';
import { type ResolvedTarget, resolveTarget } from './adoption/target.ts';
import { Attachment } from './attachment.ts';
import type { BudgetKeeper } from './budgets/keeper.ts';
import { budgetKeeper, cgroupId } from './budgets/of-runtime.ts';
import { DecisionTexts } from './decision-texts.ts';
import type { LookupTold } from './egress/lookup.ts';
import { Names } from './egress/names.ts';
import type { Server } from './egress/resolv-conf.ts';
import { ToldLookups } from './egress/told-lookups.ts';
import { contentCandidates } from './enforcement/content-candidates.ts';
import { Contents } from './enforcement/contents.ts';
import { hostControls } from './enforcement/host-controls.ts';
import { requirePrevention, shortfalls, unprevented } from './enforcement/prevention.ts';
import { EventBuilder, type RunIdentity, type SealedEvent } from './event-builder.ts';
import { HOLD_TIMES, HoldDesk, type Holds, type HoldTimes } from './holds.ts';
import { ExecIds } from './identity/exec-id.ts';
import { Processes } from './identity/processes.ts';
import { newRunId } from './identity/run-id.ts';
import { Users } from './identity/users.ts';
import { Kept, type KeptOptions } from './kept.ts';
import { isInRunCgroup, RunCgroup } from './launch/cgroup.ts';
import { commandStart } from './launch/command-start.ts';
import { agentEnvironment } from './launch/environment.ts';
import { type ExitStatus, type LaunchedAgent, launch, type RefusedCall } from './launch/launcher.ts';
import { sweepLeftovers } from './launch/leftovers.ts';
import { RunDirectory } from './launch/run-directory.ts';
import { terminalAmong } from './launch/terminal.ts';
import { Pipeline } from './pipeline.ts';
import { PolicySlot } from './policy-slot.ts';
import { type HostRedactor, ownText } from './redaction/redacted.ts';
import { endOf, environmentOf } from './resumed.ts';
import type {
  AdoptedAs,
  AdoptedRun,
  AdoptRequest,
  RunHandle,
  RunRequest,
  RunResult,
  RunSummary,
  TakenOverRun,
} from './run.ts';
import { RunCommands } from './run-commands.ts';
import { RunHolds } from './run-holds.ts';
import type { KnownState, RunRecord } from './run-records.ts';
import { RunStrings } from './run-strings.ts';
import type { PolicyEvent, Uplink } from './uplink.ts';
import { describeWalls } from './walls/description.ts';
import { FileGuards } from './walls/file-guard.ts';
import { ThisHost } from './walls/host-files.ts';
import { RunLimits, wantedLimits } from './walls/limits.ts';
import { type PlanOptions, planWalls, type WallPlan } from './walls/plan.ts';
import { scanCut } from './walls/scan-cut.ts';
import { behindWalls } from './walls/strength.ts';
import { WhyDirectory } from './why/directory.ts';
import type { ActionJudge } from './why/may.ts';
import type { WhyPlace } from './why/rows.ts';
import { Telling } from './why/telling.ts';
import { WHY_VARIABLE } from './why/words.ts';

/**
 * A burst waits in the kernel's ring, where a record is 150 to 250 bytes, and then on the spool's disk, rather than here,
 * where it is an object of more than a kilobyte: 16 MiB hold about 90,000 opens, 1 MiB of them is under way here.
 */
const BUFFERS = { observationsBytes: 16 << 20, decisionsBytes: 4 << 20, backlogBytes: 1 << 20 };
/** How often the kernel's loss counters are looked at. */
const LOSS_POLL_MS = 200;
/** How often the processes of an adopted run are counted. */
const ADOPTED_POLL_MS = 500;
/** Processes of an adopted run whose environments are looked at for secrets. */
const LEARN_MOST = 64;
const ORPHANS_NAMED = 20;
/** Of what is adopted, told in its first event. */
const LABELS_MOST = 32;
const LABEL_LENGTH = 256;
const LAUNCHER = atRoot('build/warder-launch');

export interface RuntimeOptions {
  uplink: Uplink;
  redactor: HostRedactor;
  /** Boot id of the kernel, a UUID. */
  boot: string;
  onEvent: (event: SealedEvent) => void;
  /** Something that the operator should know and that stops nothing. */
  onProblem: (error: WarderError) => void;
  /** Told of each batch of records how many seconds it took until its events were taken over. */
  onBatch?: ((seconds: number) => void) | undefined;
  /** Directories of Warder's own that no agent may read or write. */
  protect: readonly string[];
  /** Who answers for what policies hold; nobody where absent: all of it is refused. */
  holds?: Holds | undefined;
  holdTimes?: HoldTimes | undefined;
  /** Where processes of adopted runs ask what was refused; they are told nothing where absent. */
  whySocket?: string | undefined;
  /** What agents are told that ask about addresses and privileges (why/may.ts); they are told to try where absent. */
  judgeAction?: ActionJudge | undefined;
  /** DNS servers that names are asked of, in place of the host's; none: the host's. */
  servers?: readonly Server[] | undefined;
  /**
   * Runs go on, governed, when this process ends, however it does; the next runtime of the same instance takes them over
   * by takeOver(), which is to be called once, before anything else. Absent: runs end with this process.
   */
  kept?: KeptOptions | undefined;
}

interface ActiveRun extends RunIdentity {
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

type LaunchedRun = ActiveRun & { cgroup: RunCgroup; limits: RunLimits };

export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #cgroup2: string;
  readonly #sensor: Sensor;
  readonly #attachment: Attachment;
  readonly #clock: BootClock;
  readonly #mechanisms: readonly Mechanism[];
  readonly #users = new Users();
  readonly #guards: FileGuards;
  readonly #runs = new Map<number, ActiveRun>();
  /** What is being adopted, until its run is among the others. */
  readonly #adopting = new Set<string>();
  readonly #decisions = new Map<number, DecisionTexts>();
  readonly #telling: Telling;
  readonly #builder: EventBuilder;
  readonly #pipeline: Pipeline;
  readonly #contents: Contents;
  readonly #processes: Processes;
  readonly #execIds: ExecIds;
  readonly #commands: RunCommands;
  readonly #budgets: BudgetKeeper;
  readonly #names: Names;
  readonly #lookups: ToldLookups;
  readonly #lossPoll: NodeJS.Timeout;
  readonly #kept: Kept | undefined;
  /** Ends waits for runs that this process did not start. */
  readonly #closing = new AbortController();
  /** Processes under runs that nobody knows: programs stay attached, and refuse them everything. */
  #orphans = false;

  /** Loads the programs; they are attached while there are runs. Throws KERNEL_…. */
  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.#cgroup2 = requireHost().cgroup2;
    this.#kept = options.kept && new Kept(options.kept, BUFFERS);
    this.#sensor = this.#openSensor();
    this.#attachment = new Attachment(this.#sensor, (error) => this.#problem(error));
    this.#execIds = new ExecIds(options.boot);
    this.#processes = new Processes(this.#execIds);
    this.#mechanisms = mechanisms(this.#sensor.loaded());
    this.#telling = new Telling({
      socket: options.whySocket,
      socketsJudged: this.#mechanisms.some(
        ({ category, by }) => category === 'connect' && by.includes('lsm'),
      ),
      runOf: (pid) => this.#runs.get(this.#sensor.runOf(pid) ?? 0)?.run,
      onProblem: (error) => this.#problem(error),
    });
    this.#guards = new FileGuards(this.#sensor, this.#needsWalls());
    this.#clock = new BootClock(() => loadAddon().clocks());
    this.#builder = new EventBuilder({
      processes: this.#processes,
      users: this.#users,
      runs: this.#runs,
      decisions: this.#decisions,
      undecided: new DecisionTexts({ address: '', rules: [], layers: [] }, options.redactor),
      toUnixNs: this.#clock.toUnixNs,
    });
    this.#contents = new Contents(this.#sensor.contents);
    this.#pipeline = new Pipeline({
      builder: this.#builder,
      send: (events) => options.uplink.sendEvents(events),
      onEvent: (event) => {
        this.#telling.onEvent(event);
        options.onEvent(event);
      },
      onUnknownContent: ({ path }) => {
        this.#contents.learn(kernelBytes(path)).catch((error) => this.#problem(error));
      },
      losses: () => this.#sensor.lossCounts(),
      nowUnixNs: () => this.#clock.unixNs(),
      observe: (event) => {
        this.#runs.get(event.run)?.holds?.onEvent(event);
        if (event.ruling.reason === 'budget') this.#budgets.wake();
        if (event.ruling.reason === 'resolver') this.#names.unanswered(event.run, event.tgid);
      },
      judgeOf: (run) => this.#runs.get(run)?.slot.judge,
    });
    this.#lossPoll = setInterval(() => void this.#watchLosses(), LOSS_POLL_MS).unref();
    this.#lookups = new ToldLookups(
      (events) => this.#pipeline.emit(events),
      (error) => this.#problem(error),
    );
    this.#names = new Names(this.#sensor.resolvers, {
      tell: (asker, told, unixNs) => this.#tellLookup(asker, told, unixNs),
      holdsSecret: (run, text) => this.#runs.get(run)?.strings.holdsSecret(text) ?? true,
      onProblem: (error) => this.#problem(error),
      servers: options.servers,
      processes: () => this.#sensor.governed(),
      isOf: (run, pid) => this.#sensor.runOf(pid) === run,
    });
    options.uplink.onPolicy((event) => this.#policyChanged(event));
    this.#commands = new RunCommands(options.uplink);
    this.#budgets = budgetKeeper({
      sensor: this.#sensor,
      uplink: options.uplink,
      commands: this.#commands,
      builder: this.#builder,
      pipeline: this.#pipeline,
      onProblem: (error) => this.#problem(error),
    });
    if (!this.#kept) this.#drain();
  }

  #openSensor(): Sensor {
    const pins = this.#kept?.pins;
    try {
      return Sensor.open({ cgroup2: this.#cgroup2, ...BUFFERS, ...(pins ? { pins } : {}) });
    } catch (error) {
      pins?.release();
      throw error;
    }
  }

  #drain(): void {
    const { onBatch } = this.#options;
    this.#sensor.start(async (batch) => {
      const since = performance.now();
      // A connection is told with the name that its address was given for before it.
      this.#names.drain();
      await this.#pipeline.batch(batch).catch((error) => this.#problem(error));
      onBatch?.((performance.now() - since) / 1000);
    });
  }

  /**
   * Starts an agent. Resolves once its command has been executed.
   *
   * @param onRun told the run's id before its first event
   */
  async run(request: RunRequest, onRun?: (run: string) => void): Promise<RunHandle> {
    const run = newRunId();
    onRun?.(run);
    await sweepLeftovers(this.#cgroup2, this.#options.onProblem);
    const policy = await this.#options.uplink.policyFor(request.agent, run);
    const number = this.#sensor.nextRun();
    const account = request.user === undefined ? undefined : await this.#users.account(request.user);
    const cgroup = await RunCgroup.create(this.#cgroup2, run);
    let directory: RunDirectory | undefined;
    let told: WhyDirectory | undefined;
    let slot: PolicySlot | undefined;
    let limits: RunLimits | undefined;
    let active: ActiveRun | undefined;
    try {
      if (usesRunDirectory(policy.policy)) directory = RunDirectory.make(run, account);
      const waits = this.#options.holds !== undefined && holdsExecs(policy.policy);
      const walled = waits || request.privateTmp === true || this.#needsWalls();
      const variables = onlySet({
        workspace: request.workspace,
        home: account ? account.home : request.environment.HOME,
        run: directory?.path,
        terminal: terminalAmong(request.onBehalf?.descriptors),
      });
      told = WhyDirectory.make(run, account);
      const place = this.#telling.ownPlace(told);
      slot = this.#policySlot(number, variables, walled, place);
      this.#budgets.enter({ number, run, agent: request.agent, cgroup: cgroupId(cgroup.path) });
      slot.apply(policy);
      const options = { answered: this.#options.holds !== undefined, why: told.path };
      const walls = walled ? runWalls(slot.compiled!, request, options) : null;
      const kept = behindWalls(this.#mechanisms, walls);
      limits = new RunLimits(wantedLimits(policy.policy), run, cgroup.path);
      const unenforced = [...slot.unenforced, ...(walls?.unenforced ?? []), ...limits.unkept];
      requirePrevention(policy.policy, unenforced, kept);
      const strings = new RunStrings(this.#options.redactor.forRun(run));
      strings.learn(request.environment);
      active = {
        number,
        run,
        agent: request.agent,
        strings,
        slot,
        variables,
        walled,
        cgroup,
        limits,
        directory,
        holds: this.#runHolds(run, request, slot, strings),
        nameOf: this.#nameOf(number, slot),
      };
      await this.#tellRefusals(active, place, told);
      this.#begin(active);
      const unkept = [...shortfalls(policy.policy, kept), ...unenforced.map(({ text }) => text)];
      await this.#tellStarted(active, request, unkept);
      await this.#learnContents(active, request);
      await this.#names.settled();
      const agent = await this.#launch({ ...active, cgroup, limits }, request, walls);
      active.pid = agent.pid;
      active.agentProcess = agent;
      this.#write(number);
      const ended = this.#follow(active, agent.ended);
      ended.catch(() => {}); // whoever asked for the run awaits it
      return { run, pid: agent.pid, signal: agent.signal, kill: () => cgroup.kill(), ended };
    } catch (error) {
      const left = await cgroup.end();
      limits?.end();
      directory?.remove();
      told?.remove();
      if (active) await this.#tellNotStarted(active, error, left);
      if (slot) this.#forget({ number, run, slot });
      throw error;
    }
  }

  /** Answers what processes of adopted runs ask, from here on. Throws LOCAL_LISTEN. */
  async listen(): Promise<void> {
    await this.#telling.listen();
  }

  /** Whether a process is an agent's, of this runtime or of another Warder on this host. */
  isGoverned(pid: number): boolean {
    return this.#sensor.runOf(pid) !== null || isInRunCgroup(pid);
  }

  /**
   * Brings processes under a new run that Warder did not start: those that there are, and those that will be.
   * @param request.workspace what `${workspace}` stands for, where the policy speaks of it
   */
  async adopt(request: AdoptRequest): Promise<AdoptedRun> {
    const resolved = resolveTarget(request.target, this.#cgroup2);
    const { what } = resolved;
    const other = [...this.#runs.values()].find(({ adopted }) => adopted?.what === what);
    if (other || this.#adopting.has(what)) throw adoptedAlready(what, other?.run);
    const { pid } = resolved;
    const ofRun = pid === undefined ? undefined : this.#runs.get(this.#sensor.runOf(pid) ?? 0);
    if (ofRun) throw adoptedAlready(what, ofRun.run);
    this.#adopting.add(what);
    try {
      return await this.#adopt(request, resolved);
    } finally {
      this.#adopting.delete(what);
    }
  }

  async #adopt(request: AdoptRequest, resolved: ResolvedTarget): Promise<AdoptedRun> {
    const { agent, target, workspace, labels = {}, by = { uid: 0 } } = request;
    const run = newRunId();
    const policy = await this.#options.uplink.policyFor(agent, run);
    const number = this.#sensor.nextRun();
    const variables = onlySet({ workspace, home: undefined, run: undefined, terminal: undefined });
    const strings = new RunStrings(this.#options.redactor.forRun(run));
    const place = this.#telling.adoptedPlace(run);
    const slot = this.#policySlot(number, variables, false, place);
    const { what, adoptions } = resolved;
    const active: ActiveRun = {
      ...{ number, run, agent, strings, slot, variables, walled: false, nameOf: this.#nameOf(number, slot) },
      ...{
        cgroup: null,
        limits: undefined,
        directory: undefined,
        holds: undefined,
        adopted: { what, adoptions, target, by },
      },
    };
    try {
      this.#budgets.enter({ number, run, agent, cgroup: undefined });
      slot.apply(policy);
      requirePrevention(policy.policy, slot.unenforced, this.#mechanisms);
      if (place) await this.#tellRefusals(active, place, undefined);
      this.#begin(active);
      const guarded = this.#guards.begin(number, slot.compiled, workspace);
      const unkept = [
        ...shortfalls(policy.policy, this.#mechanisms),
        ...[...slot.unenforced, ...guarded].map(({ text }) => text),
        ...(wantsLimits(policy.policy)
          ? ['limits: they are set for what Warder starts, not for what it adopts']
          : []),
      ];
      await this.#tellAdopted(active, workspace ?? '', labels, unkept);
      await this.#learnPrograms(slot, workspace);
      await this.#names.settled();
      adoptProcesses(this.#sensor, number, resolved);
      this.#names.reach(number);
      // A cgroup made since it was looked for, and before the kernel was told to look, is neither's.
      this.refresh(run);
      this.#write(number);
    } catch (error) {
      if (this.#runs.has(number)) await this.#tellNotStarted(active, error, 0);
      this.#forget(active);
      throw error;
    }
    this.#learn(active);
    return this.#adoptedRun(active);
  }

  /** Sets the processes of an adopted run free, and those to come. Throws RUN_NOT_ADOPTED. */
  async release(run: string): Promise<RunResult> {
    const active = [...this.#runs.values()].find((one) => one.run === run);
    if (!active?.release) throw notAdopted(run, active !== undefined);
    return await active.release();
  }

  /** What an adopted run is named by may be another file or directory by now: it is under the run as well. */
  refresh(run: string): void {
    const active = [...this.#runs.values()].find((one) => one.run === run);
    if (!active?.adopted || 'pid' in active.adopted.target) return;
    const { adoptions, target } = active.adopted;
    const more = resolveTarget(target, this.#cgroup2).adoptions.filter(
      (one) => !adoptions.some((known) => sameAdoption(known, one)),
    );
    if (more.length === 0) return;
    for (const adoption of more) this.#sensor.addAdoption(active.number, adoption);
    adoptions.push(...more);
    this.#sensor.adoptTasks();
    this.#write(active.number);
  }

  /**
   * Takes over what the runtime before this one, of the same instance, has left: its runs go on, governed throughout.
   * Resolves with them once this one is in charge.
   */
  async takeOver(): Promise<TakenOverRun[]> {
    const kept = this.#kept;
    if (!kept) throw new Error('takeOver() is for a runtime that is kept');
    this.#names.takeOver();
    const { records, problems } = kept.records.read(this.#options.boot);
    for (const problem of problems) this.#problem(problem);
    const { processes, losses } = kept.records.readState();
    const { inherited, isFollowing } = kept.pins;
    if (inherited) this.#pipeline.reported = losses;
    for (const known of processes) this.#processes.restore(known);
    this.#options.uplink.follow([...new Set(records.flatMap(({ origins }) => origins))]);
    const runs = records.map((record) => this.#resume(record, inherited));
    // Maps of another form are empty: nothing moves to them before it has its policy there.
    if (!inherited) await this.#policiesOf(runs);
    this.#sensor.reserveRuns(Math.max(0, ...records.map(({ number }) => number)));
    if (isFollowing || runs.length > 0) this.#sensor.takeOver((take) => this.#frozen(runs, take));
    else kept.pins.removeFormer();
    this.#readopt(runs, inherited);
    this.#findOrphans();
    if (isFollowing || runs.length > 0) this.#attachment.taken();
    if (this.#runs.size === 0 && !this.#orphans) this.#attachment.leave();
    kept.begin(
      this.#sensor,
      () => this.#known(),
      () => this.#processes.changes,
      (error) => this.#problem(error),
    );
    this.#drain();
    if (inherited) await this.#policiesOf(runs);
    await this.#tellAgain(runs);
    for (const { adopted, number, slot, variables } of runs) {
      if (adopted) this.#guards.begin(number, slot.compiled, variables.workspace);
      this.#names.reach(number);
    }
    return runs.map((run) => this.#followResumed(run));
  }

  /** From here on names are asked of these DNS servers; undefined: the host's. */
  askServers(servers: readonly Server[] | undefined): void {
    this.#names.ask(servers);
  }

  /** Runs under way, for people and programs. */
  runs(): RunSummary[] {
    return [...this.#runs.values()].map(({ run, agent, pid, adopted }) => ({
      run,
      agent,
      ...(pid === undefined ? {} : { pid }),
      ...(adopted ? { adopted: adopted.what, by: adopted.by } : {}),
    }));
  }

  /** What this host does about each category. */
  get mechanisms(): readonly Mechanism[] {
    return this.#mechanisms;
  }

  programs(): ProgramStatus[] {
    return this.#sensor.programs();
  }

  /** Records lost since the programs were loaded. */
  losses(): LossCount[] {
    return this.#sensor.lossCounts();
  }

  rings(): { ring: string; used: number; size: number }[] {
    return this.#sensor.rings();
  }

  /** In force, one for each agent with runs. */
  policies(): { agent: string; policy: EffectivePolicy }[] {
    const found = new Map<string, EffectivePolicy>();
    for (const { agent, slot } of this.#runs.values()) if (slot.policy) found.set(agent, slot.policy.policy);
    return [...found].map(([agent, policy]) => ({ agent, policy }));
  }

  /**
   * Tells what is left to tell, then lets go. Runs must have ended, but for a runtime that is kept: they go on, and all of
   * it stays in the kernel until the next one takes over. Idempotent.
   */
  async close(): Promise<void> {
    clearInterval(this.#lossPoll);
    await this.#commands.close();
    this.#budgets.close();
    this.#names.close();
    await this.#lookups.flush();
    this.#contents.close();
    this.#closing.abort();
    const stays = this.#runs.size > 0 || this.#orphans;
    for (const run of this.#runs.values()) {
      run.agentProcess?.release();
      run.cgroup?.release();
    }
    this.#telling.close();
    this.#runs.clear();
    this.#guards.endAll();
    this.#attachment.close();
    this.#kept?.end(stays, () => this.#known());
    this.#sensor.close();
  }

  #begin(run: ActiveRun): void {
    if (this.#runs.size === 0 && !this.#orphans) this.#attachment.enter();
    this.#runs.set(run.number, run);
    this.#obey(run);
    this.#write(run.number);
  }

  /** Commands are for runs with a cgroup of their own: those that were adopted share theirs with others. */
  #obey({ run, agent, cgroup }: ActiveRun): void {
    if (cgroup) this.#commands.add({ run, agent, cgroup });
  }

  #known(): KnownState {
    return { processes: this.#processes.live(), losses: this.#pipeline.reported };
  }

  /** What the next runtime has to know of a run. */
  #write(number: number): void {
    const active = this.#runs.get(number);
    if (!active || !this.#kept) return;
    const { run, agent, variables, walled, pid, directory, adopted, slot } = active;
    const { boot, uplink } = this.#options;
    this.#kept.records.write({
      ...{ boot, run, number, agent, variables, walled, origins: uplink.origins },
      ...(pid === undefined ? {} : { launched: { pid, directory: directory !== undefined } }),
      ...(adopted ? { adopted } : {}),
      ...(slot.tables ? { policy: slot.tables } : {}),
    });
  }

  #resume(record: RunRecord, inherited: boolean): ActiveRun {
    const { run, number, agent, variables, walled, launched, adopted, policy } = record;
    const slot = this.#policySlot(number, variables, walled, this.#placeOf(run, adopted !== undefined).place);
    const cgroup = adopted ? null : RunCgroup.adopt(this.#cgroup2, run);
    this.#budgets.enter({ number, run, agent, cgroup: cgroup ? cgroupId(cgroup.path) : undefined });
    if (policy && inherited) slot.resume(policy);
    const active: ActiveRun = {
      ...{ run, number, agent, variables, walled, slot, nameOf: this.#nameOf(number, slot) },
      strings: new RunStrings(this.#options.redactor.forRun(run)),
      cgroup,
      limits: adopted ? undefined : RunLimits.of(run),
      directory: launched?.directory ? RunDirectory.of(run) : undefined,
      // Its launcher speaks with nobody any more: what is held is refused.
      holds: undefined,
      ...(launched ? { pid: launched.pid } : {}),
      ...(adopted ? { adopted } : {}),
    };
    if (launched) active.strings.learn(environmentOf(launched.pid));
    this.#runs.set(number, active);
    this.#obey(active);
    return active;
  }

  /** Refusals from here on: what an earlier runtime told is not known here. */
  async #tellAgain(runs: readonly ActiveRun[]): Promise<void> {
    for (const run of runs) {
      const { place, directory } = this.#placeOf(run.run, run.adopted !== undefined);
      try {
        if (place) await this.#tellRefusals(run, place, directory);
      } catch (error) {
        this.#problem(error);
      }
    }
  }

  /** Each its policy anew. Without an answer the one in force stays until its lease ends. */
  async #policiesOf(runs: readonly ActiveRun[]): Promise<void> {
    await Promise.all(
      runs.map(async (active) => {
        const { agent, run, slot, variables } = active;
        try {
          this.#apply(active, await this.#options.uplink.policyFor(agent, run));
          await this.#learnPrograms(slot, variables.workspace);
        } catch (error) {
          this.#problem(error);
        }
      }),
    );
  }

  /** Runs nothing of theirs meanwhile, where they have a cgroup of ours. */
  #frozen(runs: readonly ActiveRun[], take: () => void): void {
    const cgroups = runs.flatMap(({ cgroup }) => cgroup ?? []);
    try {
      for (const cgroup of cgroups) cgroup.freeze(true);
      take();
    } finally {
      for (const cgroup of cgroups) cgroup.freeze(false);
    }
  }

  #readopt(runs: readonly ActiveRun[], inherited: boolean): void {
    const adopted = runs.filter((run) => run.adopted);
    if (!inherited) {
      for (const { number, adopted: of } of adopted) {
        for (const adoption of of?.adoptions ?? []) this.#sensor.addAdoption(number, adoption);
      }
    }
    if (adopted.length > 0) this.#sensor.adoptTasks();
    for (const run of adopted) this.#learn(run);
  }

  /** Secrets that the agent's processes were given by name. */
  #learn({ number, strings }: ActiveRun): void {
    const pids = new Set(this.#sensor.governed().flatMap((task) => (task.run === number ? [task.tgid] : [])));
    for (const pid of [...pids].slice(0, LEARN_MOST)) strings.learn(environmentOf(pid));
  }

  /** Labels without a run known here: whoever bears one may do nothing. */
  #findOrphans(): void {
    for (const number of this.#sensor.runs()) if (!this.#runs.has(number)) this.#sensor.clearRun(number);
    const tasks = this.#sensor.governed();
    const orphans = new Set(tasks.flatMap(({ run, tgid }) => (this.#runs.has(run) ? [] : [tgid])));
    this.#sensor.reserveRuns(Math.max(0, ...tasks.map(({ run }) => run)));
    this.#processes.keep(new Set(tasks.map(({ tgid, startNs }) => this.#execIds.of(tgid, startNs))));
    for (const task of tasks) {
      const process = this.#processes.of(task);
      process.parentExecId ||= this.#execIds.of(task.parentTgid, task.parentStartNs);
      process.executable ||= executableOf(task.tgid);
    }
    this.#orphans = orphans.size > 0;
    if (this.#orphans) this.#problem(orphaned([...orphans]));
  }

  #followResumed(active: ActiveRun): TakenOverRun {
    const { run, agent, adopted } = active;
    if (adopted) return { agent, what: adopted.what, ...this.#adoptedRun(active) };
    const records = this.#kept!.records;
    const ended = this.#follow(active, endOf(run, active.cgroup, records, this.#closing.signal));
    ended.catch(() => {});
    return { agent, run, ended, pid: active.pid ?? 0 };
  }

  #adoptedRun(active: ActiveRun): AdoptedRun {
    const { run, number, adopted } = active;
    const released = Promise.withResolvers<void>();
    const ended = this.#followAdopted(active, released.promise);
    ended.catch(() => {}); // whoever asked for the run awaits it
    const release = async () => {
      if (this.#runs.has(number)) releaseProcesses(this.#sensor, number, adopted!);
      released.resolve();
      return await ended;
    };
    active.release = release;
    return { run, ended, release, processes: () => this.#processesOf(number).length };
  }

  /** Processes of each run under way, by its id. */
  processCounts(): ReadonlyMap<string, number> {
    const seen = new Map<number, Set<number>>();
    for (const { run, tgid } of this.#sensor.governed()) {
      const pids = seen.get(run) ?? new Set();
      seen.set(run, pids.add(tgid));
    }
    return new Map([...this.#runs].map(([number, { run }]) => [run, seen.get(number)?.size ?? 0]));
  }

  #processesOf(number: number): number[] {
    return [...new Set(this.#sensor.governed().flatMap((task) => (task.run === number ? [task.tgid] : [])))];
  }

  /**
   * Where LSM programs refuse every change to a file, walls would only refuse first, and what they refuse is
   * told with less: the name as it was passed instead of what it leads to.
   */
  #needsWalls(): boolean {
    return !this.#mechanisms.some(({ category, by }) => category === 'write' && by === 'lsm');
  }

  /** What the run is most likely to start, so that rules by content do not refuse the first try of it. */
  async #learnContents({ slot }: ActiveRun, request: RunRequest): Promise<void> {
    const { command, workingDirectory, workspace } = request;
    const path = agentEnvironment(request.environment, slot.policy!.policy).PATH;
    const candidates = contentCandidates(slot.compiled!, { command, workingDirectory, path, workspace });
    for (const candidate of candidates) await this.#contents.learn(candidate);
  }

  /** The same for a run whose command is not known here. */
  async #learnPrograms({ compiled }: PolicySlot, workspace = '/'): Promise<void> {
    if (!compiled) return;
    const candidates = contentCandidates(compiled, {
      command: [],
      workingDirectory: '/',
      path: undefined,
      workspace,
    });
    for (const candidate of candidates) await this.#contents.learn(candidate);
  }

  #policySlot(run: number, variables: Variables, walled: boolean, why: WhyPlace | undefined): PolicySlot {
    return new PolicySlot({
      sensor: this.#sensor,
      run,
      compile: { variables, protect: this.#options.protect, keep: hostControls() },
      redactor: this.#options.redactor,
      decisions: this.#decisions,
      walled,
      why,
      nextPolicy: () => this.#sensor.nextPolicy(),
      onApplying: ({ policy }, layers) =>
        this.#budgets.apply(run, (policy.budgets ?? []).map(readBudget), layers),
      names: this.#names,
      onApplied: () => this.#write(run),
    });
  }

  #nameOf(number: number, slot: PolicySlot): (address: string, rule: number) => string | undefined {
    return (address, rule) => this.#names.nameOf(number, address, rule, slot.nameJudge);
  }

  /** Where a run that an earlier runtime began is told; one that it started has a directory, if any. */
  #placeOf(
    run: string,
    adopted: boolean,
  ): { place?: WhyPlace | undefined; directory?: WhyDirectory | undefined } {
    if (adopted) return { place: this.#telling.adoptedPlace(run) };
    const directory = WhyDirectory.of(run);
    return { directory, place: directory && this.#telling.ownPlace(directory) };
  }

  async #tellRefusals(run: ActiveRun, place: WhyPlace, directory: WhyDirectory | undefined): Promise<void> {
    await this.#telling.begin({
      ...{ run: run.run, agent: run.agent, variables: run.variables, inForce: run.slot, place, directory },
      redactor: this.#options.redactor.forRun(run.run),
      judge: this.#options.judgeAction,
      flush: () => this.#flush(),
      onProblem: (error) => this.#problem(error),
    });
  }

  #runHolds(
    run: string,
    { agent, startedBy }: RunRequest,
    slot: PolicySlot,
    strings: RunStrings,
  ): RunHolds | undefined {
    const { holds, holdTimes = HOLD_TIMES } = this.#options;
    if (!holds) return undefined;
    return new RunHolds({
      run,
      agent,
      startedBy,
      desk: new HoldDesk(holds, holdTimes),
      strings,
      judge: () => slot.judge,
      rule: (rule, policy = slot.tables?.number) => this.#decisions.get(policy ?? 0)?.rule(rule),
      grant: (grant, ms) => slot.grant(grant, ms),
      onProblem: (error) => this.#problem(error),
    });
  }

  async #launch(run: LaunchedRun, request: RunRequest, walls: WallPlan | null): Promise<LaunchedAgent> {
    const agent = await launch({
      launcher: LAUNCHER,
      cgroupPath: run.cgroup.path,
      command: request.command,
      workingDirectory: request.workingDirectory,
      environment: {
        ...agentEnvironment(request.environment, run.slot.policy!.policy),
        ...(run.directory ? { WARDER_RUN_DIR: run.directory.path } : {}),
        [WHY_VARIABLE]: WhyDirectory.pathOf(run.run),
      },
      user: request.user,
      onBehalf: request.onBehalf,
      survive: this.#kept?.records.endPath(run.run),
      walls: walls ? describeWalls(walls.lines) : undefined,
      onRefused: (call) => this.#tellRefused(run, call),
      onExec: (call, agent) =>
        run.holds?.onExec(call, agent).catch((error) => this.#problem(error)) ?? agent.answer(call.id, true),
      label: (pid) => {
        run.limits.join(pid);
        this.#sensor.label(pid, run.number);
      },
    });
    run.holds?.launched(agent);
    await agent.started;
    if (agent.walls?.cut) this.#problem(scanCut(agent.walls));
    return agent;
  }

  /** Behind what the kernel told before: the process that was refused is known by then. */
  async #tellRefused(run: ActiveRun, call: RefusedCall): Promise<void> {
    try {
      await this.#flush();
      await this.#pipeline.emit([this.#builder.refusedCall(run, call, this.#clock.unixNs())]);
    } catch (error) {
      this.#problem(error);
    }
  }

  /** All that has happened so far is on its way. */
  async #flush(): Promise<void> {
    await this.#sensor.flush();
    await this.#names.settled();
    await this.#lookups.flush();
  }

  #tellLookup(asker: Asker, told: LookupTold, unixNs: bigint): void {
    const run = this.#runs.get(asker.run);
    if (!run) return;
    try {
      this.#lookups.add(this.#builder.lookup(run, asker, told, unixNs));
    } catch (error) {
      this.#problem(error);
    }
  }

  /** From the first process's end to the last word of the run in the gateway's log. */
  async #follow(run: ActiveRun, end: Promise<ExitStatus>): Promise<RunResult> {
    let status: ExitStatus;
    let stragglers = 0;
    try {
      status = await end;
    } finally {
      if (!this.#closing.signal.aborted) {
        stragglers = (await run.cgroup?.end()) ?? 0;
        run.limits?.end();
        await this.#flush();
        await this.#pipeline.reportLosses();
        await this.#budgets.settle(run.number);
      }
    }
    await this.#tellEnded(run, status, stragglers);
    // The gateway stores while the kernel's maps are cleared.
    const unstored = this.#unstored();
    run.directory?.remove();
    this.#forget(run);
    return { run: run.run, ...status, stragglers, unstored: await unstored };
  }

  /** Until it is released or, where nothing more can come under it, its last process has ended. */
  async #followAdopted(run: ActiveRun, released: Promise<void>): Promise<RunResult> {
    const open = run.adopted!.adoptions.some((adoption) => !('cgroup' in adoption));
    let over = false;
    void released.then(() => {
      over = true;
    });
    while (!over && (open || this.#processesOf(run.number).length > 0)) {
      await Promise.race([
        released,
        sleep(ADOPTED_POLL_MS, undefined, { ref: false, signal: this.#closing.signal }),
      ]);
    }
    for (const adoption of run.adopted!.adoptions) this.#sensor.removeAdoption(adoption);
    await this.#flush();
    await this.#pipeline.reportLosses();
    await this.#budgets.settle(run.number);
    await this.#tellEnded(run, {}, 0);
    this.#forget(run);
    return { run: run.run, stragglers: 0, unstored: await this.#unstored() };
  }

  /** Waits for the gateway's log; what it does not take (its disk is full) is counted, and no reason to fail. */
  async #unstored(): Promise<number> {
    const { uplink, onProblem } = this.#options;
    try {
      await uplink.flush();
      return 0;
    } catch (error) {
      onProblem(
        new WarderError(
          'RUN_UNSTORED',
          (error as Error).message,
          'they are lost for the log; the agent was governed all the same. Mend what is named before the next run',
          { cause: error },
        ),
      );
      return uplink.unacknowledged;
    }
  }

  #forget({ number, run, slot }: Pick<ActiveRun, 'number' | 'run' | 'slot'>): void {
    this.#runs.get(number)?.holds?.end();
    this.#telling.end(run);
    this.#commands.remove(run);
    this.#budgets.leave(number);
    this.#runs.delete(number);
    this.#guards.end(number);
    this.#names.forget(number);
    this.#options.redactor.forget(run);
    slot.clear();
    this.#kept?.records.remove(run);
    if (![...this.#runs.values()].some((other) => other.adopted)) this.#sensor.clearAdoptions();
    if (this.#runs.size === 0 && !this.#orphans) this.#attachment.leave();
  }

  #policyChanged(event: PolicyEvent): void {
    for (const run of this.#runs.values()) {
      if (run.agent !== event.agent) continue;
      if ('problem' in event) {
        this.#options.onProblem(event.problem);
        continue;
      }
      try {
        this.#apply(run, event.policy);
        if (run.adopted) this.#guards.begin(run.number, run.slot.compiled, run.variables.workspace);
      } catch (error) {
        this.#problem(error);
      }
    }
  }

  /**
   * To a run under way. Its walls stand as they were built, for the policy that it began with: of another one nothing
   * is prevented by them.
   */
  #apply(run: ActiveRun, policy: VerifiedPolicy): void {
    run.slot.apply(policy, (unenforced) => {
      const fault = unprevented(policy.policy, unenforced, this.#mechanisms);
      if (!fault) return true;
      const { code, message, fix } = fault;
      const all = `${message}; until another policy is in force everything that is governed is refused`;
      this.#problem(new WarderError(code, all, fix));
      run.strings.begin();
      const notice = { kind: ownText('policy'), text: run.strings.text(all) };
      const event = this.#builder.said(run, { notice }, this.#clock.unixNs());
      this.#pipeline.emit([event]).catch((error) => this.#problem(error));
      return false;
    });
  }

  async #watchLosses(): Promise<void> {
    try {
      const lost = await this.#pipeline.reportLosses();
      // A child without its label would be free: its run ends with it.
      if (lost.some(({ cause }) => cause === 'label')) {
        for (const run of this.#runs.values()) run.cgroup?.kill();
        this.#sensor.adoptTasks();
      }
    } catch (error) {
      this.#problem(error);
    }
  }

  /** @param unkept what of the policy this host keeps by less than prevention, or not at all */
  async #tellStarted(run: ActiveRun, request: RunRequest, unkept: readonly string[]): Promise<void> {
    const { strings } = run;
    const { argv, cut } = commandStart(request.command);
    strings.begin();
    const runStarted = {
      argv: strings.argv(argv, cut),
      argvCut: cut,
      workspace: strings.path(request.workspace),
      user: strings.name(request.user ?? ''),
      policy: ownText(run.slot.policy!.address),
      unenforced: unkept.map((text) => strings.text(text)),
    };
    await this.#pipeline.emit([this.#builder.own(run, { runStarted }, this.#clock.unixNs())]);
  }

  async #tellAdopted(
    run: ActiveRun,
    workspace: string,
    labels: Readonly<Record<string, string>>,
    unkept: readonly string[],
  ): Promise<void> {
    const { strings } = run;
    strings.begin();
    const runStarted = {
      adopted: strings.text(run.adopted!.what),
      labels: Object.entries(labels)
        .slice(0, LABELS_MOST)
        .map(([key, value]) => ({
          key: strings.text(key.slice(0, LABEL_LENGTH)),
          value: strings.text(value.slice(0, LABEL_LENGTH)),
        })),
      workspace: strings.path(workspace),
      policy: ownText(run.slot.policy!.address),
      unenforced: unkept.map((text) => strings.text(text)),
    };
    await this.#pipeline.emit([this.#builder.own(run, { runStarted }, this.#clock.unixNs())]);
  }

  async #tellEnded(run: ActiveRun, status: ExitStatus, stragglers: number): Promise<void> {
    run.strings.begin();
    const runEnded = { code: status.code ?? 0, signal: status.signal ?? 0, stragglers };
    await this.#pipeline.emit([this.#builder.own(run, { runEnded }, this.#clock.unixNs())]);
  }

  /** A run that was told to start and did not: its end is told too, with the status that env(1) would have. */
  async #tellNotStarted(run: ActiveRun, error: unknown, stragglers: number): Promise<void> {
    try {
      await this.#flush();
      await this.#tellEnded(run, { code: notStartedStatus(error) }, stragglers);
      await this.#unstored();
    } catch (problem) {
      this.#problem(problem);
    }
  }

  #problem(error: unknown): void {
    this.#options.onProblem(
      error instanceof WarderError
        ? error
        : new WarderError('RUNTIME_FAULT', (error as Error).message, 'report this with the log', {
            cause: error,
          }),
    );
  }
}

function executableOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return ''; // it ended meanwhile
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

function orphaned(pids: readonly number[]): WarderError {
  return new WarderError(
    'RUNTIME_ORPHANS',
    `${pids.length} processes are under runs that this runtime has no record of: ${pids.slice(0, ORPHANS_NAMED).join(', ')}`,
    'they may do nothing; end them, or take all of Warder out of the kernel with: warder detach',
  );
}

function wantsLimits(policy: EffectivePolicy): boolean {
  return Object.values(wantedLimits(policy)).some((limit) => limit > 0);
}

/** 127 not found, 126 not executable, 125 for a failure of Warder's own. */
function notStartedStatus(error: unknown): number {
  const code = error instanceof WarderError ? error.code : '';
  return { RUN_PROGRAM_MISSING: 127, RUN_PROGRAM: 126 }[code] ?? 125;
}

/** Null where the policy only monitors. Throws RUN_PRIVATE_TMP for what cannot be had without walls. */
function runWalls(
  policy: CompiledPolicy,
  { workspace, privateTmp }: RunRequest,
  options: PlanOptions,
): WallPlan | null {
  const privately = privateTmp ? workspace : undefined;
  const walls = planWalls(policy, new ThisHost(), { privateTmp: privately, ...options });
  if (walls || !privateTmp) return walls;
  throw new WarderError(
    'RUN_PRIVATE_TMP',
    '--private-tmp needs walls, and a policy that only monitors puts up none',
    'leave it out, or set mode: enforce',
  );
}

function onlySet(variables: Record<keyof Variables, string | undefined>): Variables {
  return Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== undefined));
}

/** A held exec waits in the launcher's walls, on hosts too that need none. */
function holdsExecs({ layers }: EffectivePolicy): boolean {
  const categories = (layers ?? []).flatMap((layer) => layer.categories ?? []);
  return categories.some(
    ({ category, rules }) =>
      category === 'exec' && rules?.some(({ effect }) => effect === Effect.EFFECT_HOLD),
  );
}

function usesRunDirectory({ layers }: EffectivePolicy): boolean {
  const rules = (layers ?? []).flatMap((layer) => layer.categories ?? []).flatMap(({ rules }) => rules ?? []);
  return rules.some(({ pattern }) => pattern?.includes('${run}'));
}
