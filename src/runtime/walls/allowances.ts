/**
 * What a compiled policy allows under a path: the same rows that the kernel programs look up, asked here.
 *
 * In:  a compiled policy. Out: for a category and a path, whether the enforcing layers allow the path itself, or
 *      everything under it. As decide() in bpf/decide.h says it; layers that only monitor have no say.
 * Name and extension rules are not in here: they hold wherever a file lies, and only take away (see plan.ts).
 */
import type { Category } from '../../contract/pattern.ts';
import type { CompiledPolicy, LayerMasks, RuleMatch } from '../../kernel/policy-rows.ts';
import { emptyMatch } from '../enforcement/rule-match.ts';

const ALL_LAYERS = 0xffff;

/** Whether enforcing layers let an action with these matches go on. */
export function allows(match: RuleMatch, category: Category, masks: LayerMasks): boolean {
  const keep = ALL_LAYERS & ~masks.monitor;
  if (((match.deny | match.hold | match.guard) & keep) !== 0) return false;
  const having = masks.layers[category] & keep;
  if ((having & ~match.allow) !== 0) return false;
  return having !== 0 || match.allow === ALL_LAYERS;
}

/** Whether any layer of the policy enforces: one that only monitors prevents nothing. */
export function enforces({ masks }: CompiledPolicy): boolean {
  return (masks.all & ~masks.monitor) !== 0;
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

export class Allowances {
  /** By category, by prefix as the trie has it: "/a/b\0" and "/a/b/". */
  readonly #rows = new Map<Category, Map<string, boolean>>();
  readonly #nothing = new Map<Category, boolean>();
  readonly #policy: CompiledPolicy;

  constructor(policy: CompiledPolicy) {
    this.#policy = policy;
    for (const { category, prefix, match } of policy.paths) {
      const rows = this.#rows.get(category) ?? new Map<string, boolean>();
      rows.set(prefix.toString(), allows(match, category, policy.masks));
      this.#rows.set(category, rows);
    }
  }

  /** Every absolute path at which some rule of the category begins, without order. */
  boundaries(category: Category): string[] {
    const paths = [...(this.#rows.get(category)?.keys() ?? [])].map((prefix) => prefix.slice(0, -1) || '/');
    return [...new Set(paths)].filter((path) => path.startsWith('/'));
  }

  /** Abstract unix sockets, "@name", that the category allows. */
  abstract(category: Category): string[] {
    const rows = [...(this.#rows.get(category) ?? [])];
    return rows.filter(([prefix, allowed]) => allowed && prefix.startsWith('@')).map(([prefix]) => prefix);
  }

  /** The path itself. */
  self(category: Category, path: string): boolean {
    return (
      this.#rows.get(category)?.get(`${path}\0`) ?? this.under(category, path === '/' ? '/' : parentOf(path))
    );
  }

  /** What lies under it, as far as nothing deeper says otherwise. */
  under(category: Category, directory: string): boolean {
    const rows = this.#rows.get(category);
    for (let path = directory; rows; path = parentOf(path)) {
      const found = rows.get(path === '/' ? '/' : `${path}/`);
      if (found !== undefined) return found;
      if (path === '/') break;
    }
    return this.#withoutRow(category);
  }

  #withoutRow(category: Category): boolean {
    const known = this.#nothing.get(category);
    if (known !== undefined) return known;
    const allowed = allows(emptyMatch(), category, this.#policy.masks);
    this.#nothing.set(category, allowed);
    return allowed;
  }
}
