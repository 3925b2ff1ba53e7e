/**
 * The policy of one run in the kernel: installed whole, then switched to by one write, then the one before
 * taken away. There is no moment with half a policy and none without one.
 *
 * Throws: what compile() throws for a policy that this host cannot keep; the policy in force then stays.
 */
import type { VerifiedPolicy } from '../../contract/signing.ts';
import type { Grant } from '../../kernel/grants.ts';
import {
  type CompiledPolicy,
  encodeRows,
  type PolicyRows,
  type Unenforced,
} from '../../kernel/policy-rows.ts';
import type { Sensor } from '../../kernel/sensor.ts';
import { DecisionTexts, type PolicyTables } from '../decision-texts.ts';
import type { Names } from '../egress/names.ts';
import { type CompileOptions, compileParts } from '../enforcement/compile.ts';
import { NameJudge } from '../enforcement/judge-name.ts';
import { PathJudge } from '../enforcement/judge-path.ts';
import type { KnownPolicies } from '../enforcement/known-policies.ts';
import type { RuleTexts } from '../rule-texts.ts';
import { withOwnProc, withOwnTerminals } from '../walls/own-places.ts';
import { type WhyPlace, withoutOthers, withWhy } from '../why/rows.ts';

/** Rows of a policy that is no longer in force go after this time: a hook may still be reading them. */
const GRACE_MS = 1_000;
const LEASE_OVER = -1;

export interface PolicySlotOptions {
  sensor: Sensor;
  /** Number of the run in the kernel. */
  run: number;
  compile: CompileOptions;
  /** Compiled before, for whichever run. */
  known: KnownPolicies;
  texts: RuleTexts;
  /** Texts by kernel policy number, shared with the event builder. */
  decisions: Map<number, DecisionTexts>;
  /** The run is behind walls (walls/plan.ts). */
  walled: boolean;
  /** Where the run is told what was refused, if it is. */
  why: WhyPlace | undefined;
  /** Next free kernel policy number. */
  nextPolicy: () => number;
  /** Another policy is about to be in force. */
  onApplying?: (policy: VerifiedPolicy, layers: readonly string[]) => void;
  names: Pick<Names, 'enter' | 'leave'>;
  /** Another policy is in force. */
  onApplied?: () => void;
}

interface InForce {
  /** What a renewal of its lease is written with. */
  head: Pick<PolicyRows, 'policy' | 'head'>;
  /**
   * Its rows made once more, to be taken away: a key has room for the longest path, so that they are 2.6 KB a rule, which every
   * run would hold until its end.
   */
  rows(): PolicyRows;
  policy: VerifiedPolicy;
  refusesAll: boolean;
}

export class PolicySlot {
  readonly #options: PolicySlotOptions;
  /** What is to be taken away once nobody can be reading it. */
  readonly #leaving = new Map<NodeJS.Timeout, () => void>();
  #tables: (PolicyTables & { number: number }) | undefined;
  /** Number of the policy that another process put in force; its rows are not known here. */
  #resumed: number | undefined;
  #inForce: InForce | undefined;
  /** What the policy says and this host does not keep as said. */
  unenforced: readonly Unenforced[] = [];
  /** The policy in force as rows; what a run's walls are built from, once, at its start. */
  compiled: CompiledPolicy | undefined;
  /** Says of a host name what the resolver says. */
  nameJudge: NameJudge | undefined;
  /** Says of a path what the kernel programs say. */
  judge: PathJudge | undefined;

  constructor(options: PolicySlotOptions) {
    this.#options = options;
  }

  get policy(): VerifiedPolicy | undefined {
    return this.#inForce?.policy;
  }

  /** The tables of the policy in force, under its number in the kernel. */
  get tables(): (PolicyTables & { number: number }) | undefined {
    return this.#tables;
  }

  /** Another process put this one in force: it is, until the first that is applied here. */
  resume(tables: PolicyTables & { number: number }): void {
    const { decisions, texts } = this.#options;
    decisions.set(tables.number, new DecisionTexts(tables, texts));
    this.#tables = tables;
    this.#resumed = tables.number;
  }

  /**
   * Puts a policy in force; the same content again only renews its lease.
   *
   * @param keeps whether the host can keep it, of what it is known not to enforce. What it cannot is in force with its
   *   lease over, for as long as it is the policy: everything that is governed is refused.
   */
  apply(policy: VerifiedPolicy, keeps: (unenforced: readonly Unenforced[]) => boolean = () => true): void {
    const { sensor, run, known, texts, decisions, names } = this.#options;
    const before = this.#inForce;
    if (before && before.policy.address === policy.address) {
      if (!before.refusesAll) sensor.policies.renewLease(before.head, policy.leaseMs);
      before.policy = policy;
      return;
    }
    const { walled, why } = this.#options;
    const written = compileParts(known.of(policy), this.#options.compile);
    const own = walled ? withOwnTerminals(written) : written;
    const compiled = why ? withWhy(own, why) : own;
    const number = this.#options.nextPolicy();
    const alone = why ? withoutOthers(compiled, why) : compiled;
    const behindWalls = walled ? withOwnProc(alone) : alone;
    const rows = encodeRows(behindWalls, number);
    const tables = { address: policy.address, rules: behindWalls.rules, layers: compiled.layers };
    decisions.set(number, new DecisionTexts(tables, texts));
    const follows = before !== undefined || this.#resumed !== undefined;
    const refusesAll = !keeps(compiled.unenforced);
    try {
      sensor.policies.install(rows, refusesAll ? LEASE_OVER : policy.leaseMs);
      this.#options.onApplying?.(policy, compiled.layers);
      names.enter(run, number, behindWalls, follows);
      sensor.policies.setRun(run, number, { terminate: true });
    } catch (error) {
      names.leave(run, number);
      sensor.policies.remove(rows);
      decisions.delete(number);
      throw error;
    }
    this.unenforced = compiled.unenforced;
    this.compiled = compiled;
    this.judge = new PathJudge(behindWalls);
    this.nameJudge = new NameJudge(behindWalls);
    const head = { policy: rows.policy, head: rows.head };
    this.#inForce = { head, rows: () => encodeRows(behindWalls, number), policy, refusesAll };
    this.#tables = { ...tables, number };
    if (before) {
      this.#removeLater(before.head.policy, () => {
        names.leave(run, before.head.policy);
        sensor.policies.remove(before.rows());
      });
    }
    const resumed = this.#resumed;
    this.#resumed = undefined;
    if (resumed !== undefined) this.#removeLater(resumed, () => sensor.policies.sweep(resumed));
    this.#options.onApplied?.();
  }

  /** A person's yes to what the policy in force holds; a policy that comes after it asks anew. */
  grant(grant: Grant, ms: number): () => void {
    const number = this.#inForce?.head.policy;
    return number === undefined ? () => {} : this.#options.sensor.policies.grant(grant, number, ms);
  }

  /** Takes the run and its rows out of the kernel: whatever still carries its label may do nothing more. */
  clear(): void {
    this.#options.sensor.policies.clearRun(this.#options.run);
    for (const [timer, leave] of this.#leaving) {
      clearTimeout(timer);
      leave();
    }
    if (this.#inForce) {
      this.#options.names.leave(this.#options.run, this.#inForce.head.policy);
      this.#options.sensor.policies.remove(this.#inForce.rows());
    }
    if (this.#resumed !== undefined) this.#options.sensor.policies.sweep(this.#resumed);
    this.#inForce = undefined;
    this.#resumed = undefined;
  }

  #removeLater(number: number, remove: () => void): void {
    const leave = () => {
      this.#leaving.delete(timer);
      remove();
      this.#options.decisions.delete(number);
    };
    const timer = setTimeout(leave, GRACE_MS);
    this.#leaving.set(timer, leave);
  }
}
