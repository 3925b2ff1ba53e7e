/**
 * Runs that Warder starts: from the request to the last word in the gateway's log.
 *
 * Throws: RUN_… and POLICY_… where a run cannot start; then nothing is half-started: no cgroup, no rows, no process stays.
 */
import { constants } from 'node:os';
import { WarderError } from '../../base/error.ts';
import { atRoot } from '../../base/root.ts';
import { Effect, type EffectivePolicy } from '../../contract/messages.ts';
import type { CompiledPolicy } from '../../kernel/policy-rows.ts';
import { cgroupId } from '../budgets/of-runtime.ts';
import { requirePrevention, shortfalls } from '../enforcement/prevention.ts';
import { HOLD_TIMES, HoldDesk } from '../holds.ts';
import { newRunId } from '../identity/run-id.ts';
import { RunCgroup } from '../launch/cgroup.ts';
import { agentEnvironment } from '../launch/environment.ts';
import { type ExitStatus, type LaunchedAgent, launch, type RefusedCall } from '../launch/launcher.ts';
import { sweepLeftovers } from '../launch/leftovers.ts';
import { RunDirectory } from '../launch/run-directory.ts';
import { terminalAmong } from '../launch/terminal.ts';
import { describeWalls } from '../walls/description.ts';
import { ThisHost } from '../walls/host-files.ts';
import { RunLimits, wantedLimits } from '../walls/limits.ts';
import { type PlanOptions, planWalls, type WallPlan } from '../walls/plan.ts';
import { scanCut } from '../walls/scan-cut.ts';
import { behindWalls } from '../walls/strength.ts';
import { WhyDirectory } from '../why/directory.ts';
import { WHY_VARIABLE } from '../why/words.ts';
import { type ActiveRun, type LaunchedRun, onlySet } from './active.ts';
import { RunHolds } from './holds.ts';
import type { RunHost } from './host.ts';
import type { PolicySlot } from './policy-slot.ts';
import type { RunHandle, RunRequest, RunResult } from './run.ts';
import { RunStrings } from './strings.ts';

const LAUNCHER = atRoot('build/warder-launch');

export class LaunchedRuns {
  readonly #host: RunHost;

  constructor(host: RunHost) {
    this.#host = host;
  }

  /**
   * Starts an agent. Resolves once its command has been executed.
   *
   * @param onRun told the run's id before its first event
   */
  async start(request: RunRequest, onRun?: (run: string) => void): Promise<RunHandle> {
    const host = this.#host;
    const { uplink, redactor, onProblem } = host.options;
    const answered = host.options.holds !== undefined;
    const run = newRunId();
    onRun?.(run);
    await sweepLeftovers(host.cgroup2, onProblem);
    const policy = await uplink.policyFor(request.agent, run);
    const number = host.sensor.policies.nextRun();
    const account = request.user === undefined ? undefined : await host.users.account(request.user);
    const cgroup = await RunCgroup.create(host.cgroup2, run);
    let directory: RunDirectory | undefined;
    let told: WhyDirectory | undefined;
    let slot: PolicySlot | undefined;
    let limits: RunLimits | undefined;
    let active: ActiveRun | undefined;
    try {
      if (usesRunDirectory(policy.policy)) directory = RunDirectory.make(run, account);
      const waits = answered && holdsExecs(policy.policy);
      const walled = waits || request.privateTmp === true || host.needsWalls();
      const variables = onlySet({
        workspace: request.workspace,
        home: account ? account.home : request.environment.HOME,
        run: directory?.path,
        terminal: terminalAmong(request.onBehalf?.descriptors),
      });
      told = WhyDirectory.make(run, account);
      const place = host.telling.ownPlace(told);
      slot = host.policies.slot(number, variables, walled, place);
      host.budgets.enter({ number, run, agent: request.agent, cgroup: cgroupId(cgroup.path) });
      slot.apply(policy);
      const options = { answered, judged: host.judges('load'), why: told.path };
      const walls = walled ? runWalls(slot.compiled!, request, options) : null;
      const kept = behindWalls(host.mechanisms, walls);
      limits = new RunLimits(wantedLimits(policy.policy), run, cgroup.path);
      const unenforced = [...slot.unenforced, ...(walls?.unenforced ?? []), ...limits.unkept];
      requirePrevention(policy.policy, unenforced, kept);
      const strings = new RunStrings(redactor.forRun(run));
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
        holds: this.#holds(run, request, slot, strings),
        nameOf: host.nameOf(number, slot),
      };
      await host.tellRefusals(active, place, told);
      host.begin(active);
      const unkept = [...shortfalls(policy.policy, kept), ...unenforced.map(({ text }) => text)];
      await host.events.started(active, request, unkept);
      await host.policies.learnContents(slot, request);
      await host.names.settled();
      await host.budgets.roomFor(number);
      const agent = await this.#launch({ ...active, cgroup, limits }, request, walls);
      active.pid = agent.pid;
      active.agentProcess = agent;
      host.write(number);
      const ended = this.follow(active, agent.ended);
      ended.catch(() => {}); // whoever asked for the run awaits it
      return { run, pid: agent.pid, signal: agent.signal, kill: () => cgroup.kill(), ended };
    } catch (error) {
      const left = await cgroup.end();
      limits?.end();
      directory?.remove();
      told?.remove();
      if (active) await host.tellNotStarted(active, error, left);
      if (slot) host.forget({ number, run, slot });
      throw error;
    }
  }

  /** From the first process's end to the last word of the run in the gateway's log. */
  async follow(run: ActiveRun, end: Promise<ExitStatus>): Promise<RunResult> {
    const host = this.#host;
    let stragglers = 0;
    let failure: unknown;
    const status = await end.catch((error): ExitStatus => {
      // A runtime that closes leaves its runs to the next one.
      if (host.closing.signal.aborted) throw error;
      // Nobody said how the agent ended: it has by what is done here. The log has its end all the same.
      failure = error;
      return { signal: constants.signals.SIGKILL };
    });
    if (!host.closing.signal.aborted) {
      stragglers = (await run.cgroup?.end()) ?? 0;
      run.limits?.end();
      await host.settle(run.number);
    }
    await host.events.ended(run, status, stragglers);
    // The gateway stores while the kernel's maps are cleared.
    const notInLog = host.notInLog();
    run.directory?.remove();
    host.forget(run);
    const counted = await notInLog;
    if (failure) throw failure;
    return { run: run.run, ...status, stragglers, ...counted };
  }

  #holds(
    run: string,
    { agent, startedBy }: RunRequest,
    slot: PolicySlot,
    strings: RunStrings,
  ): RunHolds | undefined {
    const host = this.#host;
    const { holds, holdTimes = HOLD_TIMES } = host.options;
    if (!holds) return undefined;
    return new RunHolds({
      run,
      agent,
      startedBy,
      desk: new HoldDesk(holds, holdTimes),
      strings,
      judge: () => slot.judge,
      rule: (rule, policy = slot.tables?.number) => host.decisions.get(policy ?? 0)?.rule(rule),
      grant: (grant, ms) => slot.grant(grant, ms),
      onProblem: (error) => host.problem(error),
    });
  }

  async #launch(run: LaunchedRun, request: RunRequest, walls: WallPlan | null): Promise<LaunchedAgent> {
    const host = this.#host;
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
      survive: host.kept?.records.endPath(run.run),
      walls: walls ? describeWalls(walls.lines) : undefined,
      onRefused: (call) => this.#tellRefused(run, call),
      onExec: (call, agent) =>
        run.holds?.onExec(call, agent).catch((error) => host.problem(error)) ?? agent.answer(call.id, true),
      label: (pid) => {
        run.limits.join(pid);
        host.sensor.tasks.label(pid, run.number);
      },
    });
    run.holds?.launched(agent);
    await agent.started;
    if (agent.walls?.cut) host.problem(scanCut(agent.walls));
    return agent;
  }

  /** Behind what the kernel told before: the process that was refused is known by then. */
  async #tellRefused(run: ActiveRun, call: RefusedCall): Promise<void> {
    try {
      await this.#host.flush();
      await this.#host.events.refused(run, call);
    } catch (error) {
      this.#host.problem(error);
    }
  }
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
