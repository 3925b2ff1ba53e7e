/**
 * The paths that rules stand for on this host: variables set, links followed.
 *
 * In:  numbered rules, variables and home directories as real paths, the host's links.
 * Out: each rule by path with its roots, and where else it leads; complaints about paths that no row can hold.
 *
 * A link that the agent could change is never followed for a rule. What it could change is what `write`
 * allows: for rules that allow, by any layer; for rules that refuse, by every layer that has `write`. So both
 * err on the strict side, and a layer more never lets more through. Layers that only monitor have no say
 * where another enforces.
 */
import { LIMITS } from '../../contract/limits.ts';
import { treeContains, treePath, type Variables } from '../../contract/path-pattern.ts';
import type { TreePattern } from '../../contract/pattern.ts';
import type { PolicyLayers } from '../../contract/policy.ts';
import type { NumberedRule } from '../../contract/rule-table.ts';
import type { HostPaths } from './host-paths.ts';

export interface PlacedRule extends NumberedRule {
  /** '/…' without a slash at the end, or '/'. */
  roots: readonly string[];
  /** Where it leads through links that the agent may change, and so does not hold. */
  unfollowed: readonly string[];
  subtree: boolean;
}

export interface Host {
  variables: Variables;
  /** What `${home}` is in built-in rules. */
  homes: readonly string[];
  paths: HostPaths;
}

type MayChange = (path: string) => boolean;

export function placeRules(policy: PolicyLayers, rules: readonly NumberedRule[], host: Host): PlacedRule[] {
  const { some, every } = changeable(policy, rules, host);
  return rules.flatMap((rule) => place(policy, rule, host, rule.rule.effect === 'allow' ? some : every));
}

export function pathComplaints(rules: readonly PlacedRule[]): string[] {
  return rules.flatMap(({ roots, category, rule }) =>
    roots.flatMap((root) => {
      const bytes = Buffer.byteLength(root);
      if (bytes <= LIMITS.pathBytes) return [];
      const line = rule.line > 0 ? ` (line ${rule.line})` : '';
      return [
        `${category} ${rule.text}${line} stands for a path of ${bytes} bytes, at most ${LIMITS.pathBytes} can be kept`,
      ];
    }),
  );
}

function place(policy: PolicyLayers, numbered: NumberedRule, host: Host, mayChange: MayChange): PlacedRule[] {
  const { pattern } = numbered.rule;
  const tree = pattern.kind === 'unix' ? pattern.target : pattern;
  if (tree.kind !== 'exact' && tree.kind !== 'subtree') return [];
  const written = writtenPaths(tree, policy.layers[numbered.layer]!.builtin, host);
  const roots = new Set(written.flatMap((path) => host.paths.namesOf(path, mayChange)));
  const leads = written.flatMap((path) => host.paths.resolve(path) ?? []);
  const unfollowed = leads.filter((path) => !roots.has(path));
  return [{ ...numbered, roots: [...roots], unfollowed, subtree: tree.kind === 'subtree' }];
}

function writtenPaths(tree: TreePattern, builtin: boolean, { variables, homes }: Host): string[] {
  if (builtin && tree.variable === 'home') return homes.map((home) => home + tree.path);
  const path = treePath(tree, variables);
  return path === null ? [] : [path];
}

/**
 * What the agent may change depends on what its writing rules stand for, and that on links it may not change:
 * from the rules' own names on, until nothing is added.
 */
function changeable(
  policy: PolicyLayers,
  rules: readonly NumberedRule[],
  host: Host,
): { some: MayChange; every: MayChange } {
  const enforcing = policy.layers.some(({ builtin, mode }) => !builtin && mode === 'enforce');
  const counts = policy.layers.map(({ builtin, mode }) => !builtin && (mode === 'enforce' || !enforcing));
  const writes = rules.filter(({ category, layer }) => category === 'write' && counts[layer]);
  const allowing = writes.filter(({ rule }) => rule.effect === 'allow');
  const roots = new Map(allowing.map(({ number }) => [number, new Set<string>()]));
  const layers = [
    ...new Set(
      policy.layers.flatMap(({ categories }, layer) =>
        counts[layer] && categories.has('write') ? [layer] : [],
      ),
    ),
  ];
  const bySome: MayChange = (path) => allowing.some((rule) => holds(rule, roots.get(rule.number)!, path));
  const byEvery: MayChange = (path) =>
    layers.length > 0 &&
    layers.every((layer) =>
      allowing.some((rule) => rule.layer === layer && holds(rule, roots.get(rule.number)!, path)),
    );
  for (let mayChange: MayChange = () => true, added = true; added; mayChange = bySome) {
    added = mayChange !== bySome;
    for (const rule of allowing) {
      const known = roots.get(rule.number)!;
      const before = known.size;
      for (const root of place(policy, rule, host, mayChange).flatMap((placed) => placed.roots))
        known.add(root);
      added ||= known.size > before;
    }
  }
  return { some: bySome, every: byEvery };
}

/** Whether a writing rule holds the path or a directory above it, whose change would change it as well. */
function holds({ rule }: NumberedRule, roots: ReadonlySet<string>, path: string): boolean {
  const { pattern } = rule;
  const parts = path.slice(1).split('/');
  if (pattern.kind === 'name') return parts.includes(pattern.name);
  if (pattern.kind === 'extension') return parts.some((part) => part.endsWith(pattern.extension));
  const above = parts.map((_, index) => `/${parts.slice(0, index + 1).join('/')}`);
  const kind = pattern.kind === 'subtree' ? 'subtree' : 'exact';
  return [...roots].some((root) => above.some((prefix) => treeContains(kind, root, prefix)));
}
