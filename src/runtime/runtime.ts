/**
 * The runtime of one host: owns the sensor, obeys one gateway, and runs agents under it.
 *
 * In:     a connected uplink (policy down, events up), run requests.
 * Out:    governed processes; sealed events, sent and told to `onEvent`.
 * Throws: KERNEL_… where the host cannot carry it, RUN_… and POLICY_… where a run cannot start; then nothing is
 *         half-started: no cgroup, no rows, no process stays.
 */
import { fileURLToPath } from 'node:url';
import { WarderError } from '../base/error.ts';
import { Effect, type EffectivePolicy } from '../contract/messages.ts';
import type { Variables } from '../contract/path-pattern.ts';
import { loadAddon } from '../kernel/addon.ts';
import { requireHost } from '../kernel/capability.ts';
import { BootClock } from '../kernel/clock.ts';
import { type Mechanism, mechanisms } from '../kernel/mechanisms.ts';
import type { CompiledPolicy } from '../kernel/policy-rows.ts';
import { Sensor } from '../kernel/sensor.ts';
import { kernelBytes } from '../kernel/text.ts';
import { DecisionTexts } from './decision-texts.ts';
import { contentCandidates } from './enforcement/content-candidates.ts';
import { Contents } from './enforcement/contents.ts';
import { requirePrevention, shortfalls } from './enforcement/prevention.ts';
import { EventBuilder, type RunIdentity, type SealedEvent } from './event-builder.ts';
import { HOLD_TIMES, HoldDesk, type Holds, type HoldTimes } from './holds.ts';
import { ExecIds } from './identity/exec-id.ts';
import { Processes } from './identity/processes.ts';
import { newRunId } from './identity/run-id.ts';
import { Users } from './identity/users.ts';
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
import type { RunHandle, RunRequest, RunResult } from './run.ts';
import { RunHolds } from './run-holds.ts';
import { RunStrings } from './run-strings.ts';
import type { PolicyEvent, Uplink } from './uplink.ts';
import { describeWalls } from './walls/description.ts';
import { ThisHost } from './walls/host-files.ts';
import { RunLimits, wantedLimits } from './walls/limits.ts';
import { planWalls, type WallPlan } from './walls/plan.ts';
import { scanCut } from './walls/scan-cut.ts';
import { behindWalls } from './walls/strength.ts';

/**
 * A burst waits in the kernel's ring, where a record is 150 to 250 bytes, rather than here, where it is an object
 * of more than a kilobyte: 32 MiB hold about 180,000 opens, 4 MiB of them are under way in this process.
 */
const BUFFERS = { observationsBytes: 32 << 20, decisionsBytes: 8 << 20, backlogBytes: 4 << 20 };
/** How often the kernel's loss counters are looked at. */
const LOSS_POLL_MS = 200;
const LAUNCHER = fileURLToPath(new URL('../../build/warder-launch', import.meta.url));

export interface RuntimeOptions {
  uplink: Uplink;
  redactor: HostRedactor;
  /** Boot id of the kernel, a UUID. */
  boot: string;
  onEvent: (event: SealedEvent) => void;
  /** Something that the operator should know and that stops nothing. */
  onProblem: (error: WarderError) => void;
  /** Directories of Warder's own that no agent may read or write. */
  protect: readonly string[];
  /** Who answers for what policies hold; nobody where absent: all of it is refused. */
  holds?: Holds | undefined;
  holdTimes?: HoldTimes | undefined;
}

interface ActiveRun extends RunIdentity {
  number: number;
  slot: PolicySlot;
  cgroup: RunCgroup;
  limits: RunLimits;
  /** `${run}`, where the policy speaks of it. */
  directory: RunDirectory | undefined;
  /** Where somebody answers. */
  holds: RunHolds | undefined;
}

export class Runtime {
  readonly #options: RuntimeOptions;
  readonly #cgroup2: string;
  readonly #sensor: Sensor;
  readonly #clock: BootClock;
  readonly #mechanisms: readonly Mechanism[];
  readonly #users = new Users();
  readonly #runs = new Map<number, ActiveRun>();
  readonly #decisions = new Map<number, DecisionTexts>();
  readonly #builder: EventBuilder;
  readonly #pipeline: Pipeline;
  readonly #contents: Contents;
  readonly #lossPoll: NodeJS.Timeout;
  #lastRun = 0;
  #lastPolicy = 0;

  /** Loads the programs; they are attached while there are runs. Throws KERNEL_…. */
  constructor(options: RuntimeOptions) {
    this.#options = options;
    this.#cgroup2 = requireHost().cgroup2;
    this.#sensor = Sensor.open({ cgroup2: this.#cgroup2, ...BUFFERS });
    this.#mechanisms = mechanisms(this.#sensor.loaded());
    this.#clock = new BootClock(() => loadAddon().clocks());
    this.#builder = new EventBuilder({
      processes: new Processes(new ExecIds(options.boot)),
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
      onEvent: options.onEvent,
      onUnknownContent: ({ path }) => {
        this.#contents.learn(kernelBytes(path)).catch((error) => this.#problem(error));
      },
      losses: () => this.#sensor.lossCounts(),
      nowUnixNs: () => this.#clock.unixNs(),
      observe: (event) => this.#runs.get(event.run)?.holds?.onEvent(event),
      judgeOf: (run) => this.#runs.get(run)?.slot.judge,
    });
    this.#sensor.start((batch) => this.#pipeline.batch(batch).catch((error) => this.#problem(error)));
    this.#lossPoll = setInterval(() => void this.#watchLosses(), LOSS_POLL_MS).unref();
    options.uplink.onPolicy((event) => this.#policyChanged(event));
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
    const number = ++this.#lastRun;
    const account = request.user === undefined ? undefined : this.#users.account(request.user);
    const cgroup = await RunCgroup.create(this.#cgroup2, run);
    let directory: RunDirectory | undefined;
    let slot: PolicySlot | undefined;
    let limits: RunLimits | undefined;
    let active: ActiveRun | undefined;
    try {
      if (usesRunDirectory(policy.policy)) directory = new RunDirectory(run, account);
      const waits = this.#options.holds !== undefined && holdsExecs(policy.policy);
      const walled = waits || request.privateTmp === true || this.#needsWalls();
      slot = this.#policySlot(
        number,
        onlySet({
          workspace: request.workspace,
          home: account?.home ?? request.environment.HOME,
          run: directory?.path,
          terminal: terminalAmong(request.onBehalf?.descriptors),
        }),
        walled,
      );
      slot.apply(policy);
      const walls = walled ? runWalls(slot.compiled!, request, this.#options.holds !== undefined) : null;
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
        cgroup,
        limits,
        directory,
        holds: this.#runHolds(run, request, slot, strings),
      };
      if (this.#runs.size === 0) this.#sensor.attach();
      this.#runs.set(number, active);
      const unkept = [...shortfalls(policy.policy, kept), ...unenforced.map(({ text }) => text)];
      await this.#tellStarted(active, request, unkept);
      await this.#learnContents(active, request);
      const agent = await this.#launch(active, request, walls);
      const ended = this.#follow(active, agent);
      ended.catch(() => {}); // whoever asked for the run awaits it
      return { run, pid: agent.pid, signal: agent.signal, kill: () => cgroup.kill(), ended };
    } catch (error) {
      const left = await cgroup.end();
      limits?.end();
      directory?.remove();
      if (active) await this.#tellNotStarted(active, error, left);
      if (slot) this.#forget(number, run, slot);
      throw error;
    }
  }

  /** Whether a process is an agent's, of this runtime or of another Warder on this host. */
  isGoverned(pid: number): boolean {
    return this.#sensor.runOf(pid) !== null || isInRunCgroup(pid);
  }

  /** Tells what is left to tell, then detaches and unloads. Runs must have ended. Idempotent. */
  async close(): Promise<void> {
    clearInterval(this.#lossPoll);
    this.#contents.close();
    this.#sensor.close();
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

  #policySlot(run: number, variables: Variables, walled: boolean): PolicySlot {
    return new PolicySlot({
      sensor: this.#sensor,
      run,
      compile: { variables, protect: this.#options.protect },
      redactor: this.#options.redactor,
      decisions: this.#decisions,
      walled,
      nextPolicy: () => ++this.#lastPolicy,
    });
  }

  #runHolds(run: string, { agent }: RunRequest, slot: PolicySlot, strings: RunStrings): RunHolds | undefined {
    const { holds, holdTimes = HOLD_TIMES } = this.#options;
    if (!holds) return undefined;
    return new RunHolds({
      run,
      agent,
      desk: new HoldDesk(holds, holdTimes),
      strings,
      judge: () => slot.judge,
      grant: (grant, ms) => slot.grant(grant, ms),
      onProblem: (error) => this.#problem(error),
    });
  }

  async #launch(run: ActiveRun, request: RunRequest, walls: WallPlan | null): Promise<LaunchedAgent> {
    const agent = await launch({
      launcher: LAUNCHER,
      cgroupPath: run.cgroup.path,
      command: request.command,
      workingDirectory: request.workingDirectory,
      environment: {
        ...agentEnvironment(request.environment, run.slot.policy!.policy),
        ...(run.directory ? { WARDER_RUN_DIR: run.directory.path } : {}),
      },
      user: request.user,
      onBehalf: request.onBehalf,
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
      await this.#sensor.flush();
      await this.#pipeline.emit([this.#builder.refusedCall(run, call, this.#clock.unixNs())]);
    } catch (error) {
      this.#problem(error);
    }
  }

  /** From the first process's end to the last word of the run in the gateway's log. */
  async #follow(run: ActiveRun, agent: LaunchedAgent): Promise<RunResult> {
    let status: ExitStatus;
    let stragglers: number;
    try {
      status = await agent.ended;
    } finally {
      stragglers = await run.cgroup.end();
      run.limits.end();
      await this.#sensor.flush();
      await this.#pipeline.reportLosses();
    }
    await this.#tellEnded(run, status, stragglers);
    run.directory?.remove();
    this.#forget(run.number, run.run, run.slot);
    return { run: run.run, ...status, stragglers, unstored: await this.#unstored() };
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

  #forget(number: number, run: string, slot: PolicySlot): void {
    this.#runs.get(number)?.holds?.end();
    this.#runs.delete(number);
    this.#options.redactor.forget(run);
    slot.clear();
    if (this.#runs.size === 0) this.#sensor.detach();
  }

  #policyChanged(event: PolicyEvent): void {
    for (const run of this.#runs.values()) {
      if (run.agent !== event.agent) continue;
      if ('problem' in event) {
        this.#options.onProblem(event.problem);
        continue;
      }
      try {
        run.slot.apply(event.policy);
      } catch (error) {
        this.#problem(error);
      }
    }
  }

  async #watchLosses(): Promise<void> {
    try {
      const lost = await this.#pipeline.reportLosses();
      // A child without its label would be free: its run ends with it.
      if (lost.some(({ cause }) => cause === 'label')) {
        for (const run of this.#runs.values()) run.cgroup.kill();
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

  async #tellEnded(run: ActiveRun, status: ExitStatus, stragglers: number): Promise<void> {
    run.strings.begin();
    const runEnded = { code: status.code ?? 0, signal: status.signal ?? 0, stragglers };
    await this.#pipeline.emit([this.#builder.own(run, { runEnded }, this.#clock.unixNs())]);
  }

  /** A run that was told to start and did not: its end is told too, with the status that env(1) would have. */
  async #tellNotStarted(run: ActiveRun, error: unknown, stragglers: number): Promise<void> {
    try {
      await this.#sensor.flush();
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

/** 127 not found, 126 not executable, 125 for a failure of Warder's own. */
function notStartedStatus(error: unknown): number {
  const code = error instanceof WarderError ? error.code : '';
  return { RUN_PROGRAM_MISSING: 127, RUN_PROGRAM: 126 }[code] ?? 125;
}

/** Null where the policy only monitors. Throws RUN_PRIVATE_TMP for what cannot be had without walls. */
function runWalls(
  policy: CompiledPolicy,
  { workspace, privateTmp }: RunRequest,
  answered: boolean,
): WallPlan | null {
  const walls = planWalls(policy, new ThisHost(), {
    privateTmp: privateTmp ? workspace : undefined,
    answered,
  });
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
