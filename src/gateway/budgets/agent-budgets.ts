/**
 * What budgets an agent's runs count against: those of its policy in force.
 *
 * In:     ids of agents. Events name many that nobody here asks a policy for, so an answer is remembered for a moment.
 * Out:    its budgets; none where it has no policy, and so no run either.
 */
import { type Budget, readBudget } from '../../contract/budgets.ts';
import type { PolicySource } from '../policy-authority.ts';

const REMEMBERED_MS = 1000;
const REMEMBERED_MOST = 4096;

export interface AgentBudgetsOptions {
  source: PolicySource;
  onError(error: Error): void;
}

export class AgentBudgets {
  readonly #options: AgentBudgetsOptions;
  readonly #known = new Map<string, { budgets: readonly Budget[]; untilMs: number }>();

  constructor(options: AgentBudgetsOptions) {
    this.#options = options;
  }

  of(agent: string): readonly Budget[] {
    const known = this.#known.get(agent);
    return known && known.untilMs > Date.now() ? known.budgets : this.anew(agent);
  }

  /** As the policy has them now. */
  anew(agent: string): readonly Budget[] {
    if (this.#known.size > REMEMBERED_MOST) this.#known.clear();
    const budgets = this.#read(agent);
    this.#known.set(agent, { budgets, untilMs: Date.now() + REMEMBERED_MS });
    return budgets;
  }

  #read(agent: string): Budget[] {
    try {
      const answer = this.#options.source(agent);
      return 'refusal' in answer ? [] : (answer.policy.budgets ?? []).map(readBudget);
    } catch (error) {
      this.#options.onError(error as Error);
      return [];
    }
  }
}
