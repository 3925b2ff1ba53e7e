/**
 * The decision in plain words: which rules match an action, and what they say together.
 *
 * The reference for bpf/decide.h, which decides in the kernel over compiled rows; test/policy compares the
 * two on generated policies. Pure: same inputs, same answer.
 *
 * In:  a narrowed policy, the values of variables, an action.
 * Out: the ruling in force, and the one that would be were every monitoring layer enforcing.
 * Throws: POLICY_VARIABLE from `prepare`.
 */
import type { Action } from '../../contract/action.ts';
import type { RuleRef } from '../../contract/messages.ts';
import type { Variables } from '../../contract/path-pattern.ts';
import type { Policy } from '../../contract/policy.ts';
import { numberRules, type RuleTable } from '../../contract/rule-table.ts';
import { checkVariables } from '../../contract/variables.ts';
import { type Matcher, matcher, type Places } from './matching.ts';
import { RuleIndex } from './rule-index.ts';

export type Verdict = 'allow' | 'hold' | 'deny';
export type Reason = 'rule' | 'no_rule' | 'no_category';

export interface Ruling {
  verdict: Verdict;
  reason: Reason;
  /** For no_rule: index of the layer that does not allow; else 0. */
  layer: number;
  /** For rule: its number; else 0. */
  rule: number;
}

export interface Decision extends Ruling {
  would: Ruling;
}

/** A rule that can match, ready to ask. */
export interface ReadyRule {
  number: number;
  effect: Verdict;
  /** A deny to run what may be written, and whether what its layer says of the content lifts it. */
  guard?: { lifted: boolean };
  /** Index of the layer it counts for; 'every' for what base allows. */
  layer: number | 'every';
  matches: Matcher;
}

export interface ReadyPolicy {
  policy: Policy;
  table: RuleTable;
  /** By category. */
  rules: ReadonlyMap<string, RuleIndex<ReadyRule>>;
  guards: readonly ReadyGuard[];
}

interface ReadyGuard {
  number: number;
  category: string;
  /** Of the rule that allows writing. */
  layer: number;
  write: Matcher;
  /** Rules that name places to run from. */
  naming: readonly { layer: number; matcher: Matcher }[];
}

export interface Setting {
  variables: Variables;
  /** Home directories of the host's users, for built-in rules. */
  homes?: readonly string[];
  /** What rules by path stand for on a host, by number; left out: each its own path. */
  roots?: ReadonlyMap<number, readonly string[]>;
}

/** More than any rule's number. */
const NO_RULE = Number.POSITIVE_INFINITY;

export function prepare(policy: Policy, setting: Setting): ReadyPolicy {
  const places: Places = {
    variables: checkVariables(policy, setting.variables),
    homes: setting.homes ?? [],
  };
  const table = numberRules(policy);
  const rules = new Map<string, RuleIndex<ReadyRule>>();
  const matchers = new Map<number, Matcher>();
  for (const { number, category, layer, rule } of table.rules) {
    const { builtin } = policy.layers[layer]!;
    const matches = matcher(rule.pattern, places, builtin, setting.roots?.get(number));
    matchers.set(number, matches);
    const counts = builtin && rule.effect === 'allow' ? 'every' : layer;
    const index = rules.get(category) ?? new RuleIndex();
    index.add({ number, effect: rule.effect, layer: counts, matches });
    rules.set(category, index);
  }
  const naming = (category: string) =>
    table.rules
      .filter(({ rule, layer }) => rule.effect !== 'deny' && !policy.layers[layer]!.builtin)
      .filter((rule) => rule.category === category)
      .map(({ number, layer }) => ({ layer, matcher: matchers.get(number)! }));
  const namingExec = naming('exec');
  const namingLoad = naming('load');
  const guards = table.guards.map(
    ({ number, category, write }): ReadyGuard => ({
      number,
      category,
      layer: write.layer,
      write: matchers.get(write.number)!,
      naming: category === 'exec' ? namingExec : namingLoad,
    }),
  );
  return { policy, table, rules, guards };
}

export function decide(ready: ReadyPolicy, action: Action): Decision {
  const { layers } = ready.policy;
  const all = meeting(ready, action);
  const would = rule(ready, action, all, () => true);
  const enforcing = (layer: number) => layers[layer]!.mode === 'enforce';
  if (!layers.some(({ mode, builtin }) => mode === 'enforce' && !builtin))
    return { ...would, verdict: 'allow', would };
  return layers.every(({ mode }) => mode === 'enforce')
    ? { ...would, would }
    : { ...rule(ready, action, all, enforcing), would };
}

/**
 * @param keep layers that have a say
 * @param asked of those the ones whose yes is needed, if they have the category at all
 */
export function decideAmong(
  ready: ReadyPolicy,
  action: Action,
  keep: (layer: number) => boolean,
  asked: (layer: number) => boolean,
): Ruling {
  return rule(ready, action, meeting(ready, action), keep, asked);
}

/** Every rule that an action meets, write-xor-run denies included unless they are lifted. */
export function matchingRules(ready: ReadyPolicy, action: Action): ReadyRule[] {
  return meeting(ready, action).filter(stands);
}

function meeting(ready: ReadyPolicy, action: Action): ReadyRule[] {
  const matching = ready.rules.get(action.category)?.matching(action) ?? [];
  if (!ready.guards.some(({ category }) => category === action.category)) return matching;
  const byContent = new Set(
    matching.filter(({ matches, effect }) => matches.content && effect !== 'deny').map(({ layer }) => layer),
  );
  return [...matching, ...guardsMatching(ready, action, byContent)];
}

function stands({ guard }: ReadyRule): boolean {
  return !guard?.lifted;
}

/**
 * Deny beats all; then every layer that has the category must allow or hold; then hold beats allow. Only layers in
 * `keep` have a say.
 */
function rule(
  { policy }: ReadyPolicy,
  { category }: Action,
  matching: readonly ReadyRule[],
  keep: (layer: number) => boolean,
  asked: (layer: number) => boolean = () => true,
): Ruling {
  const lowest: Record<Verdict, number> = { allow: NO_RULE, hold: NO_RULE, deny: NO_RULE };
  const agreeing = new Set<ReadyRule['layer']>();
  let denied = false;
  for (const each of matching) {
    const { layer, effect, number } = each;
    if (layer !== 'every' && !keep(layer)) continue;
    if (effect !== 'deny') agreeing.add(layer);
    else if (stands(each)) denied = true;
    // The number as the kernel keeps it: of all that denied before contents were looked at.
    lowest[effect] = Math.min(lowest[effect], number);
  }
  if (denied) return { verdict: 'deny', reason: 'rule', layer: 0, rule: lowest.deny };
  const has = (index: number): boolean => {
    const layer = policy.layers[index]!;
    return !layer.builtin && layer.categories.has(category) && keep(index) && asked(index);
  };
  const having = [...policy.layers.keys()].filter(has);
  const agrees = (layer: number) => agreeing.has('every') || agreeing.has(layer);
  const missing = having.find((layer) => !agrees(layer));
  if (missing !== undefined) return { verdict: 'deny', reason: 'no_rule', layer: missing, rule: 0 };
  if (lowest.hold !== NO_RULE) return { verdict: 'hold', reason: 'rule', layer: 0, rule: lowest.hold };
  if (lowest.allow === NO_RULE || (having.length === 0 && !agreeing.has('every'))) {
    return { verdict: 'deny', reason: 'no_category', layer: 0, rule: 0 };
  }
  return { verdict: 'allow', reason: 'rule', layer: 0, rule: lowest.allow };
}

/**
 * A file that one layer's `write` allows may not run, for every layer that has the category and does not name
 * that place: with a path as deep as the writing rule's, or with the same name. What a layer allows or holds by its
 * content is named wherever it lies.
 *
 * The deny counts for the layer that lacks a name, unless that one enforces and the writing layer only monitors.
 */
function guardsMatching(
  { policy, guards }: ReadyPolicy,
  action: Action,
  byContent: ReadonlySet<ReadyRule['layer']>,
): ReadyRule[] {
  if (!('path' in action)) return [];
  const { layers } = policy;
  return guards
    .filter(({ category, write }) => category === action.category && write.test(action))
    .flatMap((guard) =>
      layers.flatMap((layer, index): ReadyRule[] => {
        if (layer.builtin || !layer.categories.has(action.category)) return [];
        if (guard.naming.some((by) => by.layer === index && names(by.matcher, guard.write, action.path)))
          return [];
        const eased = layers[guard.layer]!.mode === 'monitor' && layer.mode === 'enforce';
        const counts = eased ? guard.layer : index;
        const lifted = byContent.has(counts);
        return [
          { number: guard.number, effect: 'deny', layer: counts, matches: guard.write, guard: { lifted } },
        ];
      }),
    );
}

/** Whether a rule names the place that a writing rule is about. */
function names(by: Matcher, write: Matcher, path: string): boolean {
  return write.name === null ? by.depth(path) >= write.depth(path) : by.name === write.name;
}

/** The rule that decided, as people wrote it. */
export function ruleOf(ready: ReadyPolicy, { rule }: Ruling): RuleRef | null {
  return ready.table.refs[rule - 1] ?? null;
}
