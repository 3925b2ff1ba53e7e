/**
 * The decision about a path, from compiled rows, in this process: what bpf/judge.h and bpf/decide.h say, for what is
 * told about a call that has been refused already. Nothing is let through or kept out by it. What a program's content
 * has to say is not in it.
 *
 * In: a compiled policy. Out: rulings as the kernel's records have them. test/policy/agreement.test.ts compares.
 */
import type { Category } from '../../contract/pattern.ts';
import type { KernelRuling } from '../../kernel/events.ts';
import { constants } from '../../kernel/generated/layout.ts';
import type { CompiledPolicy, RuleMatch } from '../../kernel/policy-rows.ts';
import { emptyMatch } from './rule-match.ts';

const ALL_LAYERS = 0xffff;

export interface PathRuling {
  ruling: KernelRuling;
  /** The same object where no monitoring layer says otherwise. */
  would: KernelRuling;
}

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
  judge(category: Category, path: string): PathRuling {
    const match = this.#byPath(category, path);
    const parts = path.split('/').filter((part) => part !== '');
    for (const part of parts) join(match, this.#names.get(`${category} component ${part}`));
    for (const ending of extensions(parts.at(-1) ?? ''))
      join(match, this.#names.get(`${category} extension ${ending}`));
    return decide(match, category, this.#policy);
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

/** match_join of bpf/decide.h. */
function join(match: RuleMatch, more: RuleMatch | undefined): void {
  if (!more) return;
  match.allow |= more.allow;
  match.hold |= more.hold;
  match.deny |= more.deny;
  match.guard |= more.guard;
  for (const at of [0, 1] as const) {
    match.allowRule[at] = first(match.allowRule[at], more.allowRule[at]);
    match.holdRule[at] = first(match.holdRule[at], more.holdRule[at]);
    match.denyRule[at] = first(match.denyRule[at], more.denyRule[at]);
  }
}

/** The lower of two rule numbers, where 0 is none. */
function first(a: number, b: number): number {
  if (a === 0 || b === 0) return a || b;
  return Math.min(a, b);
}

function decide(match: RuleMatch, category: Category, { masks }: CompiledPolicy): PathRuling {
  const layers = masks.layers[category];
  const keep = ALL_LAYERS & ~masks.monitor;
  const would = ruled(match, layers, ALL_LAYERS, true);
  if (masks.all !== 0 && (masks.all & keep) === 0) return { ruling: { ...would, verdict: 'allow' }, would };
  return { ruling: masks.monitor === 0 ? would : ruled(match, layers, keep, false), would };
}

/** rule() of bpf/decide.h. */
function ruled(match: RuleMatch, layers: number, keep: number, monitored: boolean): KernelRuling {
  const missing = layers & keep & ~(match.allow | match.hold);
  const by = (verdict: KernelRuling['verdict'], [own, theirs]: [number, number]): KernelRuling => ({
    verdict,
    reason: 'rule',
    layer: 0,
    rule: monitored ? first(own, theirs) : own,
  });
  if ((match.deny | match.guard) & keep) return by('deny', match.denyRule);
  if (missing !== 0) return { verdict: 'deny', reason: 'no_rule', layer: lowestBit(missing), rule: 0 };
  if (match.hold & keep) return by('hold', match.holdRule);
  if ((layers & keep) === 0 && match.allow !== ALL_LAYERS)
    return { verdict: 'deny', reason: 'no_category', layer: 0, rule: 0 };
  return by('allow', match.allowRule);
}

function lowestBit(mask: number): number {
  return 31 - Math.clz32(mask & -mask);
}
