/**
 * The decision about a path, from compiled rows, in this process: what bpf/judge.h and bpf/decide.h say, for what is
 * told about a call that has been refused already. Nothing is let through or kept out by it. What a program's content
 * has to say is not in it.
 *
 * In: a compiled policy. Out: rulings as the kernel's records have them. test/policy/agreement.test.ts compares.
 */
import type { Category } from '../../contract/pattern.ts';
import { constants } from '../../kernel/generated/layout.ts';
import type { CompiledPolicy, RuleMatch } from '../../kernel/policy-rows.ts';
import { decideMatch, join, type MatchRuling } from './decide-match.ts';
import { emptyMatch } from './rule-match.ts';

export class PathJudge {
  readonly #policy: CompiledPolicy;
  /** By category and prefix: "read /a/b\0", "read /a/b/". */
  readonly #paths = new Map<string, RuleMatch>();
  readonly #names = new Map<string, RuleMatch>();

  constructor(policy: CompiledPolicy) {
    this.#policy = policy;
    for (const { category, prefix, match } of policy.paths) this.#paths.set(`${category} ${prefix}`, match);
    for (const { category, form, name, match } of policy.names)
      this.#names.set(`${category} ${form} ${name}`, match);
  }

  /** @param path absolute, resolved */
  judge(category: Category, path: string): MatchRuling {
    const match = this.#byPath(category, path);
    const parts = path.split('/').filter((part) => part !== '');
    for (const part of parts) join(match, this.#names.get(`${category} component ${part}`));
    for (const ending of extensions(parts.at(-1) ?? ''))
      join(match, this.#names.get(`${category} extension ${ending}`));
    const { masks } = this.#policy;
    return decideMatch(match, masks.layers[category], masks);
  }

  #byPath(category: Category, path: string): RuleMatch {
    const match = emptyMatch();
    let found = this.#paths.get(`${category} ${path}\0`);
    for (let at = path.lastIndexOf('/'); !found && at >= 0; at = path.lastIndexOf('/', at - 1)) {
      found = this.#paths.get(`${category} ${path.slice(0, at + 1)}`);
      if (at === 0) break;
    }
    join(match, found);
    return match;
  }
}

/** The endings that extension rules look at, the shortest first. */
function extensions(name: string): string[] {
  const found: string[] = [];
  for (let at = name.lastIndexOf('.'); at >= 0; at = name.lastIndexOf('.', at - 1)) {
    const ending = name.slice(at);
    if (found.length === constants.EXTENSION_DOTS || Buffer.byteLength(ending) > constants.NAME_RULE_BYTES)
      break;
    found.push(ending);
    if (at === 0) break;
  }
  return found;
}
