/**
 * A policy from what was seen: the smallest readable allowlist under which the same work is refused nothing.
 *
 * In:  what was seen, a scope and a name.
 * Out: a document as text, with a comment on each rule; what was seen and is still not allowed, with why. It is parsed
 *      and asked about every single observation before it is given out.
 *
 * Nothing is learned of what was refused, and nothing into a place that is denied by default: there the work would
 * need a person to lift the deny.
 */
import { printable } from '../../../base/printable.ts';
import type { Variables } from '../../../contract/path-pattern.ts';
import { CATEGORIES, type Category, parsePattern } from '../../../contract/pattern.ts';
import { BUILTIN, readPolicy } from '../../../contract/policy.ts';
import { decide, prepare, type ReadyPolicy, ruleOf } from '../decide.ts';
import { type PolicyDocument, parsePolicyFile } from '../document.ts';
import { effectivePolicy } from '../layers.ts';
import { type LearnedRule, rulesFor } from './rules.ts';
import type { Observation, Seen } from './seen.ts';

export interface LearnOptions {
  /** SPIFFE ID of the agent that the policy is for. */
  agent: string;
  scope: string;
  name: string;
  mode: 'monitor' | 'enforce';
  /** Lines about where it was learned from. */
  source: readonly string[];
}

export interface Learned {
  text: string;
  rules: number;
  /** Seen, went ahead, and is not allowed: in a place that is denied by default, or not sayable in a rule. */
  uncovered: { what: string; why: string }[];
}

/** Libraries of the system, for a document that must have `load`. */
const LIBRARIES = ['/lib/**', '/usr/lib/**', '/usr/local/lib/**'];

export function learn(seen: Seen, options: LearnOptions): Learned {
  const all = seen.observations;
  const bare = readiesOf(emptyDocument(options), options);
  const needed = all.filter((one) => needsRule(bare(one.variables), one));
  const made = new Set(all.filter(({ action }) => action.category === 'write').map(({ path }) => path));
  const rules = new Map<Category, LearnedRule[]>();
  for (const category of CATEGORIES) {
    if (category === 'load') continue;
    const found = sayable(category, needed, made);
    if (found.length > 0) rules.set(category, found);
  }
  let text = documentText(rules, options, []);
  const loads = uncoveredBy(
    text,
    all.filter(({ action }) => action.category === 'load'),
    options,
  );
  const loaded = sayable(
    'load',
    loads.map(({ one }) => one),
    made,
  );
  if (loaded.length > 0) rules.set('load', [...loadRules(rules.get('exec') ?? []), ...loaded]);
  text = documentText(rules, options, []);
  const uncovered = uncoveredBy(text, all, options).map(({ one, why }) => ({ what: describe(one), why }));
  const count = [...rules.values()].reduce((sum, list) => sum + list.length, 0);
  return { text: documentText(rules, options, uncovered), rules: count, uncovered };
}

/** Rules of one category, without those that the grammar cannot say. */
function sayable(category: Category, seen: readonly Observation[], made: ReadonlySet<string>): LearnedRule[] {
  const own = seen.filter(({ action }) => action.category === category);
  return rulesFor(category, own, made).filter(({ pattern }) => !('fault' in parsePattern(category, pattern)));
}

/** What `exec` allows may be mapped where no layer has `load`; a document that has it must say so. */
function loadRules(exec: readonly LearnedRule[]): LearnedRule[] {
  const libraries = LIBRARIES.map((pattern) => ({
    pattern,
    count: 0,
    programs: [],
    things: 0,
    note: 'libraries of the system',
  }));
  const programs = exec
    .filter(({ pattern }) => !LIBRARIES.some((tree) => pattern.startsWith(tree.slice(0, -2))))
    .map((rule) => ({ ...rule, note: 'maps itself' }));
  return [...libraries, ...programs];
}

function needsRule(ready: ReadyPolicy, { action }: Observation): boolean {
  const { would } = decide(ready, action);
  if (would.verdict === 'allow') return false;
  return !isBuiltinDeny(ready, would.rule);
}

function isBuiltinDeny(ready: ReadyPolicy, rule: number): boolean {
  return rule > 0 && (ready.table.refs[rule - 1]?.layer ?? '').startsWith(`${BUILTIN}:credentials`);
}

function uncoveredBy(
  text: string,
  all: readonly Observation[],
  options: LearnOptions,
): { one: Observation; why: string }[] {
  const { documents, faults } = parsePolicyFile(text, 'learned');
  if (faults.length > 0) throw new Error(`a learned policy has faults: ${JSON.stringify(faults)}`);
  const ready = readiesOf(documents, options);
  return all.flatMap((one) => {
    const policy = ready(one.variables);
    const { would } = decide(policy, one.action);
    if (would.verdict === 'allow') return [];
    const rule = ruleOf(policy, would);
    return [
      { one, why: rule ? `${rule.layer} denies ${rule.pattern}: ${rule.because}` : 'no rule can say it' },
    ];
  });
}

/** Ready policies by the variables of a run. */
function readiesOf(
  documents: readonly PolicyDocument[],
  { agent }: LearnOptions,
): (variables: Variables) => ReadyPolicy {
  const answer = effectivePolicy(documents, agent);
  if ('refusal' in answer) throw new Error(answer.refusal);
  const policy = readPolicy(answer.policy);
  const made = new Map<string, ReadyPolicy>();
  return (variables) => {
    const key = JSON.stringify(variables);
    let ready = made.get(key);
    if (!ready) {
      ready = prepare(policy, { variables, homes: variables.home ? [variables.home] : [] });
      made.set(key, ready);
    }
    return ready;
  };
}

/** One that says nothing: what the built-in layers do by themselves. */
function emptyDocument(options: LearnOptions): PolicyDocument[] {
  return parsePolicyFile(documentText(new Map(), options, []), 'empty').documents;
}

function documentText(
  rules: ReadonlyMap<Category, readonly LearnedRule[]>,
  { scope, name, mode, source }: LearnOptions,
  uncovered: Learned['uncovered'],
): string {
  const lines = [
    ...source.map(comment),
    comment(
      'What is not here is denied. Read it before it is enforced: it allows what was done, not what was meant.',
    ),
    ...(uncovered.length > 0 ? [comment('Done, and not in here:')] : []),
    ...uncovered.slice(0, 20).map(({ what, why }) => comment(`  ${what} (${why})`)),
    ...(uncovered.length > 20 ? [comment(`  and ${uncovered.length - 20} more`)] : []),
    'apiVersion: warder.dev/v1',
    'kind: Policy',
    'metadata:',
    `  name: ${JSON.stringify(name)}`,
    `  scope: ${JSON.stringify(scope)}`,
    'spec:',
    `  mode: ${mode}`,
  ];
  for (const category of CATEGORIES) {
    const list = rules.get(category);
    if (!list) continue;
    lines.push(`  ${category}:`);
    for (const rule of list)
      lines.push(`    ${comment(seenText(rule))}`, `    - allow: ${scalar(rule.pattern)}`);
  }
  return `${lines.join('\n')}\n`;
}

/** `12 times by git, make; 4 different`. */
function seenText({ count, programs, things, note }: LearnedRule): string {
  const by = programs.length > 0 ? ` by ${programs.join(', ')}` : '';
  const seen =
    count > 0
      ? [`${count} ${count === 1 ? 'time' : 'times'}${by}${things > 1 ? `; ${things} different` : ''}`]
      : [];
  return [...seen, ...(note ? [note] : [])].join('; ');
}

function comment(text: string): string {
  return `# ${printable(text)}`;
}

/** Plain where YAML has no other reading of it, else in double quotes: JSON is YAML. */
function scalar(pattern: string): string {
  const plain =
    /^(?:\/|unix:\/|\d)[\w./:+@*-]*$/.test(pattern) &&
    !/[:*]$|\*\*\w|: /.test(pattern.replace(/\/\*\*$/, ''));
  return plain || /^[a-z][a-z_-]*$/.test(pattern) ? pattern : JSON.stringify(pattern);
}

function describe({ action, path }: Observation): string {
  if (path) return `${action.category} ${path}`;
  if ('unix' in action) return `${action.category} unix:${action.unix}`;
  if ('privilege' in action) return `privileged ${action.privilege}`;
  if ('port' in action)
    return `${action.category} ${action.protocol} ${action.host ?? [...(action.address ?? [])].join('.')}:${action.port}`;
  return action.category;
}
