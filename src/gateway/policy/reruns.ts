/**
 * Documents as recorded runs would have had them: effective for the run's agent, made ready for its variables.
 *
 * In:  documents; `ready`, which knows the variables and the places of a run.
 * Out: for each run its policy, or a refusal: no document is for its agent, or one names a variable that the run did not
 *      set, so that it would not have started. At most a hundred are kept.
 * Throws: whatever else `ready` throws.
 */
import { WarderError } from '../../base/error.ts';
import type { EffectivePolicy, RunSummary } from '../../contract/messages.ts';
import type { ReadyPolicy } from './decide.ts';
import type { PolicyDocument } from './document.ts';
import { effectivePolicy } from './layers.ts';
import type { Rerun } from './redecide.ts';

const KEPT = 100;

export class Reruns {
  readonly #documents: readonly PolicyDocument[];
  readonly #ready: (policy: EffectivePolicy, run: RunSummary) => ReadyPolicy;
  readonly #made = new Map<string, Rerun>();

  constructor(
    documents: readonly PolicyDocument[],
    ready: (policy: EffectivePolicy, run: RunSummary) => ReadyPolicy,
  ) {
    this.#documents = documents;
    this.#ready = ready;
  }

  of(run: RunSummary): Rerun {
    // A rule with ${run} stands for another path in each run.
    const { workspace = '', user = '' } = run.started ?? {};
    const key = JSON.stringify([run.agent, workspace, user, run.run]);
    let made = this.#made.get(key);
    if (!made) {
      made = this.#make(run);
      if (this.#made.size >= KEPT) this.#made.clear();
      this.#made.set(key, made);
    }
    return made;
  }

  #make(run: RunSummary): Rerun {
    const answer = effectivePolicy(this.#documents, run.agent ?? '');
    if ('refusal' in answer) return answer;
    try {
      return { ready: this.#ready(answer.policy, run) };
    } catch (error) {
      if (!(error instanceof WarderError && error.code === 'POLICY_VARIABLE')) throw error;
      return { refusal: error.message };
    }
  }
}
