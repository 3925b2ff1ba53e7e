/**
 * Which rules can match an action at all, by the paths that they stand for: a policy of thousands of rules is asked
 * as cheaply as one of ten.
 *
 * In:  rules of one category.
 * Out: for a path those that stand for it or for a directory above it, and all that are not about places. A rule
 *      that is left out does not match; of the others each is still to be asked.
 */
import type { Action } from '../../contract/action.ts';
import type { Matcher } from './matching.ts';

export class RuleIndex<R extends { matches: Matcher }> {
  readonly #byRoot = new Map<string, R[]>();
  readonly #others: R[] = [];

  add(rule: R): void {
    const { roots } = rule.matches;
    if (!roots) this.#others.push(rule);
    for (const root of new Set(roots)) {
      const there = this.#byRoot.get(root);
      if (there) there.push(rule);
      else this.#byRoot.set(root, [rule]);
    }
  }

  matching(action: Action): R[] {
    const found: R[] = [];
    for (const rule of this.#others) if (rule.matches.test(action)) found.push(rule);
    const path = 'path' in action ? action.path : 'unix' in action ? action.unix : null;
    // A name in the abstract namespace (`@name`) is below no directory.
    if (!path?.startsWith('/') || this.#byRoot.size === 0) return found;
    // `/a/b`: `/a/b`, `/a`, `/`.
    for (let end = path.length; end > 0; end = path.lastIndexOf('/', end - 1)) {
      this.#collect(path.slice(0, end), end === path.length, action, found);
    }
    if (path !== '/') this.#collect('/', false, action, found);
    return found;
  }

  #collect(root: string, isWhole: boolean, action: Action, found: R[]): void {
    for (const rule of this.#byRoot.get(root) ?? []) {
      const { takes, test, roots } = rule.matches;
      // A tree that begins on the way to the path holds it, whichever of its roots that is.
      if (takes === undefined ? !test(action) : takes === 'exact' && !isWhole) continue;
      // Only what has several roots can be there already.
      if (roots!.length === 1 || !found.includes(rule)) found.push(rule);
    }
  }
}
