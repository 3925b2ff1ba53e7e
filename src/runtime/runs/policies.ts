/**
 * Policies of the runs of one host: each run's slot in the kernel, and what comes into it when the gateway's word
 * changes.
 *
 * Throws: POLICY_… where one cannot be put into the kernel; of runs under way that is told, and what was in force stays.
 */
import { WarderError } from '../../base/error.ts';
import { readBudget } from '../../contract/budgets.ts';
import type { Variables } from '../../contract/path-pattern.ts';
import type { VerifiedPolicy } from '../../contract/signing.ts';
import { loadAddon } from '../../kernel/addon.ts';
import type { Mechanism } from '../../kernel/mechanisms.ts';
import type { Sensor } from '../../kernel/sensor.ts';
import type { BudgetKeeper } from '../budgets/keeper.ts';
import type { DecisionTexts } from '../decision-texts.ts';
import type { Names } from '../egress/names.ts';
import { contentCandidates } from '../enforcement/content-candidates.ts';
import type { Contents } from '../enforcement/contents.ts';
import { hostControls } from '../enforcement/host-controls.ts';
import { hostLinks } from '../enforcement/host-paths.ts';
import { KnownPolicies } from '../enforcement/known-policies.ts';
import { unprevented } from '../enforcement/prevention.ts';
import { agentEnvironment } from '../launch/environment.ts';
import type { RuleTexts } from '../rule-texts.ts';
import type { PolicyEvent } from '../uplink/asked-policies.ts';
import type { Uplink } from '../uplink/uplink.ts';
import type { FileGuards } from '../walls/file-guard.ts';
import type { WhyPlace } from '../why/rows.ts';
import type { ActiveRun } from './active.ts';
import type { RunEvents } from './events.ts';
import { PolicySlot } from './policy-slot.ts';
import type { RunRequest } from './run.ts';

/** One call of the kernel each: a policy looks at some hundred paths, before each run. */
const LINKS = hostLinks((path) => loadAddon().linkAt(path));

export interface RunPolicyParts {
  sensor: Sensor;
  uplink: Uplink;
  texts: RuleTexts;
  mechanisms: readonly Mechanism[];
  /** Directories of Warder's own that no agent may read or write. */
  protect: readonly string[];
  runs: ReadonlyMap<number, ActiveRun>;
  decisions: Map<number, DecisionTexts>;
  budgets: BudgetKeeper;
  names: Names;
  guards: FileGuards;
  contents: Contents;
  events: RunEvents;
  /** Of a run, whose record is to be written anew. */
  onApplied(run: number): void;
  onProblem(error: unknown): void;
}

export class RunPolicies {
  readonly #parts: RunPolicyParts;
  readonly #known = new KnownPolicies();

  constructor(parts: RunPolicyParts) {
    this.#parts = parts;
    parts.uplink.onPolicy((event) => this.#changed(event));
  }

  slot(run: number, variables: Variables, walled: boolean, why: WhyPlace | undefined): PolicySlot {
    const { sensor, texts, protect, decisions, budgets, names, onApplied } = this.#parts;
    return new PolicySlot({
      sensor,
      run,
      compile: { variables, protect, keep: hostControls(), readLink: LINKS },
      known: this.#known,
      texts,
      decisions,
      walled,
      why,
      nextPolicy: () => sensor.policies.nextPolicy(),
      onApplying: ({ policy }, layers) => budgets.apply(run, (policy.budgets ?? []).map(readBudget), layers),
      names,
      onApplied: () => onApplied(run),
    });
  }

  /** Each its policy anew. Without an answer the one in force stays until its lease ends. */
  async renew(runs: readonly ActiveRun[]): Promise<void> {
    await Promise.all(
      runs.map(async (active) => {
        const { agent, run, slot, variables } = active;
        try {
          this.#apply(active, await this.#parts.uplink.policyFor(agent, run));
          await this.learnPrograms(slot, variables.workspace);
        } catch (error) {
          this.#parts.onProblem(error);
        }
      }),
    );
  }

  /** What the run is most likely to start, so that rules by content do not refuse the first try of it. */
  async learnContents({ compiled, policy }: PolicySlot, request: RunRequest): Promise<void> {
    const { command, workingDirectory, workspace } = request;
    const path = agentEnvironment(request.environment, policy!.policy).PATH;
    const candidates = contentCandidates(compiled!, { command, workingDirectory, path, workspace });
    for (const candidate of candidates) await this.#parts.contents.learn(candidate);
  }

  /** The same for a run whose command is not known here. */
  async learnPrograms({ compiled }: PolicySlot, workspace = '/'): Promise<void> {
    if (!compiled) return;
    const known = { command: [], workingDirectory: '/', path: undefined, workspace };
    for (const candidate of contentCandidates(compiled, known)) await this.#parts.contents.learn(candidate);
  }

  #changed(event: PolicyEvent): void {
    const { runs, guards, onProblem } = this.#parts;
    for (const run of runs.values()) {
      if (run.agent !== event.agent) continue;
      if ('problem' in event) {
        onProblem(event.problem);
        continue;
      }
      try {
        this.#apply(run, event.policy);
        if (run.adopted) guards.begin(run.number, run.slot.compiled, run.variables.workspace);
      } catch (error) {
        onProblem(error);
      }
    }
  }

  /**
   * To a run under way. Its walls stand as they were built, for the policy that it began with: of another one nothing
   * is prevented by them.
   */
  #apply(run: ActiveRun, policy: VerifiedPolicy): void {
    const { mechanisms, events, onProblem } = this.#parts;
    run.slot.apply(policy, (unenforced) => {
      const fault = unprevented(policy.policy, unenforced, mechanisms);
      if (!fault) return true;
      const { code, message, fix } = fault;
      const all = `${message}; until another policy is in force everything that is governed is refused`;
      onProblem(new WarderError(code, all, fix));
      events.policyNotice(run, all).catch(onProblem);
      return false;
    });
  }
}
