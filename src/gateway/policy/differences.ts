/**
 * What another policy would have changed of recorded actions, by agent and rule, with counts: the answer of
 * `warder policy what-if` and of the console's page.
 *
 * In:  one recorded event after another, with what its run would have had; how an action is told in few words.
 * Out: groups of those whose answer differs, and how many are the same or cannot be decided from the record.
 */
import type { Event } from '../../contract/messages.ts';
import type { Verdict } from './decide.ts';
import { type Difference, decideAgain, type Rerun } from './redecide.ts';

/** Actions of one agent that one rule would have answered in another way. */
export interface Group {
  agent: string;
  difference: Difference;
  category: string;
  after: Verdict;
  why: string;
  count: number;
  /** The first few that are told differently. */
  examples: string[];
}

const EXAMPLES = 3;

export class Differences {
  readonly #tell: (event: Event) => string;
  readonly #groups = new Map<string, Group>();
  same = 0;
  undecided = 0;

  /** @param tell the action in few words, for the examples */
  constructor(tell: (event: Event) => string) {
    this.#tell = tell;
  }

  /** An event that nothing was decided about is left out. */
  add(agent: string, event: Event, rerun: Rerun): void {
    const again = decideAgain(rerun, event);
    if (!again) return;
    const { difference, category, after, why } = again;
    if (difference === 'same') this.same++;
    if (difference === 'undecided') this.undecided++;
    if (difference === 'same' || after === undefined) return;
    const key = JSON.stringify([agent, difference, category, after, why]);
    let group = this.#groups.get(key);
    if (!group) {
      group = { agent, difference, category, after, why, count: 0, examples: [] };
      this.#groups.set(key, group);
    }
    group.count++;
    if (group.examples.length >= EXAMPLES) return;
    const example = this.#tell(event);
    if (!group.examples.includes(example)) group.examples.push(example);
  }

  /** Those of most actions first. */
  groups(): Group[] {
    return [...this.#groups.values()].sort((a, b) => b.count - a.count);
  }
}
