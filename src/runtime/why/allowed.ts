/**
 * What a policy lets a run do, for the run itself: places and addresses that documents allow, as they are in force.
 * What is denied is not listed: a run learns of a deny when it meets it. Nor is what every program may (builtin:base).
 *
 * In:  a compiled policy, the judge of its rows, a redactor.
 * Out: lists, at most LISTED a category; `nearest` the few of them that are closest to something refused.
 */
import type { RuleRef } from '../../contract/messages.ts';
import { CATEGORIES, type Category } from '../../contract/pattern.ts';
import type { CompiledPolicy, RuleMatch } from '../../kernel/policy-rows.ts';
import type { PathJudge } from '../enforcement/judge-path.ts';
import type { Redactor } from '../redaction/redacted.ts';
import type { Allowed, AllowedPlaces } from './words.ts';

const LISTED = 64;
const NEAREST = 5;
const BUILTIN = 'builtin:';

type Effect = 'allow' | 'hold';

export function allowedOf(policy: CompiledPolicy, judge: PathJudge, redactor: Redactor): Allowed {
  const lister = new Lister(policy, judge);
  return Object.fromEntries(
    CATEGORIES.flatMap((category): [Category, AllowedPlaces][] => {
      const { allow, hold } = lister.of(category);
      const redacted = (texts: string[]) =>
        texts
          .slice(0, LISTED)
          .map((text) => (text.startsWith('/') ? redactor.path(text, {}) : redactor.text(text, {})));
      if (allow.length + hold.length === 0) return [];
      const more = Math.max(0, allow.length - LISTED) + Math.max(0, hold.length - LISTED);
      return [[category, { allow: redacted(allow), hold: redacted(hold), more }]];
    }),
  );
}

class Lister {
  readonly #policy: CompiledPolicy;
  readonly #judge: PathJudge;

  constructor(policy: CompiledPolicy, judge: PathJudge) {
    this.#policy = policy;
    this.#judge = judge;
  }

  of(category: Category): Record<Effect, string[]> {
    if (category === 'privileged') return { allow: this.#policy.privileges.granted, hold: [] };
    const places = this.#places(category);
    const others = this.#rules(category);
    const both = (effect: Effect) => [...new Set([...places[effect], ...others[effect]])].sort();
    return { allow: both('allow'), hold: both('hold') };
  }

  /** By path, as the kernel's rows have them: what a rule's path leads to on this host, variables filled in. */
  #places(category: Category): Record<Effect, string[]> {
    const found: Record<Effect, string[]> = { allow: [], hold: [] };
    const network = category === 'connect' || category === 'listen';
    const byName = this.#policy.names.some((row) => row.category === category && this.#isWritten(row.match));
    const trees = new Set<string>();
    for (const { category: of, prefix, match } of this.#policy.paths) {
      // Most rows are of built-in rules alone, whatever the verdict.
      if (of !== category || !(byName || this.#isWritten(match))) continue;
      const text = prefix.toString();
      const path = text.slice(0, -1) || '/';
      // … or would be left out below: it is allowed or not, and all around it is.
      if (!byName && match.hold === 0 && isUnderOne(path, trees)) continue;
      const { verdict, rule } = this.#judge.judge(
        category,
        text.endsWith('\0') ? path : `${path === '/' ? '' : path}/*`,
      ).ruling;
      if (verdict !== 'allow' && verdict !== 'hold') continue;
      const by = this.#policy.rules[rule - 1];
      if (!by || isBuiltin(by)) continue;
      if (verdict === 'allow' && !text.endsWith('\0')) trees.add(path === '/' ? '' : path);
      found[verdict].push(
        `${network ? 'unix:' : ''}${text.endsWith('\0') ? path : `${path === '/' ? '' : path}/**`}`,
      );
    }
    return { allow: outermostOf(found.allow), hold: outermostOf(found.hold) };
  }

  /** Whether a rule of some document has a say. */
  #isWritten({ allowRule, holdRule, denyRule }: RuleMatch): boolean {
    return [...allowRule, ...holdRule, ...denyRule].some((number) => {
      const rule = this.#policy.rules[number - 1];
      return rule !== undefined && !isBuiltin(rule);
    });
  }

  /** By name, content or address, as written: where several layers have the category, all of them have to allow. */
  #rules(category: Category): Record<Effect, string[]> {
    const rules = this.#policy.rules.filter(
      (rule) => rule.category === category && !isBuiltin(rule) && !isPath(rule.pattern ?? ''),
    );
    const layers = this.#policy.masks.layers[category];
    const several = (layers & (layers - 1)) !== 0;
    const of = (effect: Effect) =>
      rules
        .filter((rule) => rule.effect === effect)
        .map(({ pattern, layer }) => (several ? `${pattern} (as far as ${layer} says)` : (pattern ?? '')));
    return { allow: of('allow'), hold: of('hold') };
  }
}

/** The entries closest to a target: the same name, then the most parts of a path or host in common. */
export function nearest(places: AllowedPlaces | undefined, target: string): string[] {
  const all = [
    ...(places?.allow ?? []),
    ...(places?.hold ?? []).map((text) => `${text} (a person is asked)`),
  ];
  const score = (text: string) => likeness(text.replace(/ \(.*$/, ''), target);
  return all
    .map((text) => ({ text, score: score(text) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, NEAREST)
    .map(({ text }) => text);
}

function likeness(text: string, target: string): number {
  const [ours, theirs] = [text, target].map((path) =>
    path.split(/[/.:]/).filter((part) => part !== '' && part !== '**'),
  );
  const common = ours!.findIndex((part, index) => part !== theirs![index]);
  const shared = common < 0 ? ours!.length : common;
  return shared + (ours!.at(-1) === theirs!.at(-1) ? 10 : 0);
}

function isBuiltin({ layer }: RuleRef): boolean {
  return layer?.startsWith(BUILTIN) ?? false;
}

/** Those have rows, and are listed by them. */
function isPath(pattern: string): boolean {
  return /^(unix:)?(\/|@|\$\{)/.test(pattern);
}

/** Without what a tree among them says already. */
function outermostOf(texts: readonly string[]): string[] {
  const isTree = (text: string) => text.endsWith('/**');
  const trees = new Set(texts.filter(isTree).map((text) => text.slice(0, -3)));
  return texts.filter((text) => {
    if (isTree(text)) return !isUnderOne(text.slice(0, -3), trees);
    return !trees.has(text) && !isUnderOne(text, trees);
  });
}

/** @param trees their roots, '' for all */
function isUnderOne(place: string, trees: ReadonlySet<string>): boolean {
  for (let at = place.lastIndexOf('/'); at >= 0; at = at > 0 ? place.lastIndexOf('/', at - 1) : -1)
    if (trees.has(place.slice(0, at))) return true;
  return false;
}
