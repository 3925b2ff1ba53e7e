/**
 * What an agent's effective policy says of one action, for SDKs and proxies that ask before a tool call.
 *
 * In:     agent, category, target as a rule would name it, values of variables.
 * Out:    the same decision as explain's. Advice: paths are taken as written, for links are the host's to follow,
 *         and the kernel judges what is really done.
 * Throws: POLICY_NONE, POLICY_ACTION, POLICY_VARIABLE, POLICY_AGENT_ID.
 */
import { WarderError } from '../base/error.ts';
import { policyAddress } from '../contract/canonical.ts';
import { type CheckActionRequest, type CheckActionResponse, Reason, Verdict } from '../contract/messages.ts';
import { VARIABLES, type Variables } from '../contract/path-pattern.ts';
import { layerName, readPolicy } from '../contract/policy.ts';
import { parseAction, parseCategory } from './policy/action-text.ts';
import { decide, prepare, type ReadyPolicy, type Ruling, ruleOf } from './policy/decide.ts';
import { explain } from './policy/explain.ts';
import type { PolicySource } from './policy-authority.ts';

/** Policies made ready, by content and variables; the least recently asked goes first. */
const READY_POLICIES = 256;
const VERDICTS = { allow: Verdict.VERDICT_ALLOW, hold: Verdict.VERDICT_HOLD, deny: Verdict.VERDICT_DENY };
const REASONS = {
  rule: Reason.REASON_RULE,
  no_rule: Reason.REASON_NO_RULE,
  no_category: Reason.REASON_NO_CATEGORY,
};

interface Ready {
  address: string;
  ready: ReadyPolicy;
}

export interface ActionCheckerOptions {
  source: PolicySource;
  /** Grows with every change of what the source answers. */
  revision(): number;
}

export class ActionChecker {
  readonly #options: ActionCheckerOptions;
  readonly #ready = new Map<string, Ready>();
  #revision = -1;

  constructor(options: ActionCheckerOptions) {
    this.#options = options;
  }

  check(request: CheckActionRequest): CheckActionResponse {
    const variables = variablesOf(request.variables ?? {});
    const { ready, address } = this.#readyFor(request.agent ?? '', variables);
    const category = parseCategory(request.category ?? '');
    const action = parseAction(category, request.target ?? '', variables);
    const decision = decide(ready, action);
    // What would let it pass is asked for by what does not: a look at every rule is the dearer half.
    const changes = decision.would.verdict === 'allow' ? [] : explain(ready, action, decision).changes;
    return {
      verdict: VERDICTS[decision.verdict],
      reason: REASONS[decision.reason],
      rule: ruleOf(ready, decision),
      layer: lackingLayer(ready, decision),
      would: VERDICTS[decision.would.verdict],
      policy: address,
      changes,
    };
  }

  #readyFor(agent: string, variables: Variables): Ready {
    const revision = this.#options.revision();
    if (revision !== this.#revision) this.#ready.clear();
    this.#revision = revision;
    const key = JSON.stringify([agent, VARIABLES.map((name) => variables[name])]);
    const entry = this.#ready.get(key) ?? this.#prepare(agent, variables);
    this.#ready.delete(key);
    this.#ready.set(key, entry);
    if (this.#ready.size > READY_POLICIES) this.#ready.delete(this.#ready.keys().next().value!);
    return entry;
  }

  #prepare(agent: string, variables: Variables): Ready {
    const answer = this.#options.source(agent);
    if ('refusal' in answer) {
      throw new WarderError('POLICY_NONE', answer.refusal, 'put a document whose scope takes the agent in');
    }
    const policy = { ...answer.policy, agent };
    return { address: policyAddress(policy), ready: prepare(readPolicy(policy), { variables }) };
  }
}

function lackingLayer(ready: ReadyPolicy, ruling: Ruling): string {
  return ruling.reason === 'no_rule' ? layerName(ready.policy.layers[ruling.layer]!) : '';
}

function variablesOf(given: Record<string, string>): Variables {
  for (const name of Object.keys(given)) {
    if ((VARIABLES as readonly string[]).includes(name)) continue;
    throw new WarderError(
      'POLICY_ACTION',
      `'${name}' is no variable of a policy`,
      `give values for ${VARIABLES.join(', ')} only`,
    );
  }
  return given;
}
