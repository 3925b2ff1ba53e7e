/**
 * An effective policy and the facts of a run into rows for the kernel's maps.
 *
 * In:  the EffectivePolicy as it was signed; the run's variables; which paths Warder keeps for itself.
 * Out: rows, masks, and the table that turns the kernel's rule numbers and layer bits back into text.
 * Throws: POLICY_VARIABLE for what is not set, POLICY_LIMIT for rules that no row can hold, POLICY_MESSAGE for
 *         a policy of another version; each with all there is to say, and then nothing is applied.
 */
import { WarderError } from '../../base/error.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { EffectivePolicy, RuleRef } from '../../contract/messages.ts';
import type { Variables } from '../../contract/path-pattern.ts';
import { CATEGORIES, type Category } from '../../contract/pattern.ts';
import type { PolicyLayers } from '../../contract/policy.ts';
import type { NumberedRule, RuleTable, WriteGuard } from '../../contract/rule-table.ts';
import { checkVariables } from '../../contract/variables.ts';
import type { CompiledPolicy } from '../../kernel/policy-rows.ts';
import { linkGaps } from './gaps.ts';
import { hostHomes } from './homes.ts';
import { HostPaths, type LinkReader } from './host-paths.ts';
import { type LayerBits, PROTECTED_LAYER } from './masks.ts';
import { pathRows, pinnedRows, type Tree, type WriteTree } from './path-rows.ts';
import { type PlacedRule, pathComplaints, placeRules } from './placing.ts';
import { of, type PlacedRows, PolicyParts } from './policy-parts.ts';

export interface CompileOptions {
  /** Absolute paths without `..`; followed to real ones here, once. */
  variables: Variables;
  /** Home directories of the host's users: built-in denies hold in each. Default: as homes.ts finds them. */
  homes?: readonly string[];
  /** Directories that no agent may read or write: Warder's own. */
  protect?: readonly string[];
  /** Places that no agent may change, whatever layers allow (host-controls.ts). */
  keep?: readonly string[];
  /** What links there are. Default: this host's. */
  readLink?: LinkReader;
}

export function compile(message: EffectivePolicy, options: CompileOptions): CompiledPolicy {
  return compileParts(new PolicyParts(message), options);
}

/** For the next run under a policy, or the first. What its paths lead to is looked at anew, each time. */
export function compileParts(parts: PolicyParts, options: CompileOptions): CompiledPolicy {
  const { policy, table } = parts;
  const paths = new HostPaths(options.readLink);
  const variables = realVariables(policy, options.variables, paths);
  const homes = realHomes(variables.home, options.homes ?? hostHomes(), paths);
  const placed = placeRules(policy, table.rules, { variables, homes, paths });
  const own = [
    ...protections(OWN, options.protect ?? [], paths),
    ...protections(CONTROLS, options.keep ?? [], paths),
  ];
  const { complaints, ...rows } = parts.placed(placesOf(placed, own), () => rowsAt(parts, placed, own));
  const compiled: CompiledPolicy = {
    ...parts.placeless,
    ...rows,
    unenforced: [...parts.gaps, ...linkGaps(placed, rows.rules)],
  };
  checkLimits(compiled, complaints);
  return compiled;
}

/** What rowsAt makes depends on nothing else. */
function placesOf(placed: readonly PlacedRule[], own: readonly Protected[]): string {
  return JSON.stringify([
    placed.map(({ number, roots, subtree }) => [number, subtree, ...roots]),
    own.map(({ category, directory, because, roots }) => [category, directory, because, ...roots]),
  ]);
}

function rowsAt(
  { table, bits }: PolicyParts,
  placed: readonly PlacedRule[],
  own: readonly Protected[],
): PlacedRows {
  const rules = [...table.refs];
  const trees = [...ruleTrees(table, placed, bits), ...protectedTrees(own, rules, bits)];
  const writes = writeTrees(table.guards, placed, bits);
  const paths = CATEGORIES.flatMap((category) =>
    pathRows(of(trees, category), of(writes, category), bits.having(category)).map((row) => ({
      category,
      ...row,
    })),
  );
  return { rules, paths, pinned: pinnedRows(trees), complaints: pathComplaints(placed) };
}

/** Checked as they are given, and again as what they lead to. */
function realVariables(policy: PolicyLayers, given: Variables, paths: HostPaths): Variables {
  const entries = Object.entries(checkVariables(policy, given));
  const real = entries.map(([name, path]) => [name, paths.resolve(path) ?? path]);
  return checkVariables(policy, Object.fromEntries(real) as Variables);
}

function realHomes(home: string | undefined, others: readonly string[], paths: HostPaths): string[] {
  const real = others.filter((path) => path.startsWith('/')).map((path) => paths.resolve(path) ?? path);
  return [...new Set([...(home === undefined ? [] : [home]), ...real])].filter((path) => path !== '/');
}

type CategoryTree = Tree & { category: Category };

/** Of rules by path, and of abstract unix sockets, whose names begin with @ where paths begin with a slash. */
function ruleTrees(table: RuleTable, placed: readonly PlacedRule[], bits: LayerBits): CategoryTree[] {
  const names = ({ layer, rule }: NumberedRule) =>
    bits.isOwn(layer) && rule.effect !== 'deny' ? layer : null;
  const byPath = placed.flatMap((rule) => {
    const contribution = bits.of(rule);
    return rule.roots.map((root): CategoryTree => {
      return { category: rule.category, root, subtree: rule.subtree, rule: contribution, names: names(rule) };
    });
  });
  const abstract = table.rules.flatMap((numbered): CategoryTree[] => {
    const { category, rule } = numbered;
    if (rule.pattern.kind !== 'abstract') return [];
    return [
      { category, root: `@${rule.pattern.name}`, subtree: false, rule: bits.of(numbered), names: null },
    ];
  });
  return [...byPath, ...abstract];
}

interface Protection {
  categories: readonly Category[];
  because: string;
}
const OWN: Protection = { categories: ['read', 'write'], because: "Warder's own files are not for agents" };
const CONTROLS: Protection = {
  categories: ['write'],
  because: 'through it processes of the host are held or made: it is not for agents to change',
};

/** One place that no layer can give, as it is on this host. */
interface Protected {
  category: Category;
  directory: string;
  because: string;
  roots: readonly string[];
}

function protections(
  { categories, because }: Protection,
  directories: readonly string[],
  paths: HostPaths,
): Protected[] {
  return categories.flatMap((category) =>
    directories.map((directory) => {
      return { category, directory, because, roots: paths.namesOf(directory, () => false) };
    }),
  );
}

/** Denies of them. They are numbered behind all others. */
function protectedTrees(own: readonly Protected[], refs: RuleRef[], bits: LayerBits): CategoryTree[] {
  return own.flatMap(({ category, directory, because, roots }) => {
    const pattern = `${directory}/**`;
    const ref = { layer: PROTECTED_LAYER, category, effect: 'deny', pattern, because, file: '', line: 0 };
    const rule = bits.protecting(refs.push(ref));
    return roots.map((root): CategoryTree => ({ category, root, subtree: true, rule, names: null }));
  });
}

type CategoryWrite = WriteTree & { category: Category };

function writeTrees(
  guards: readonly WriteGuard[],
  placed: readonly PlacedRule[],
  bits: LayerBits,
): CategoryWrite[] {
  const places = new Map(placed.map((rule) => [rule.number, rule]));
  return guards.flatMap(({ number, category, write }) => {
    const place = places.get(write.number);
    if (!place) return [];
    const denyFor = (layer: number) => bits.guarding(number, write.layer, layer);
    return place.roots.map((root): CategoryWrite => ({ category, root, subtree: place.subtree, denyFor }));
  });
}

function checkLimits(
  { paths, names, contents, addresses, portSets }: CompiledPolicy,
  complaints: readonly string[],
): void {
  const rows = {
    path: paths.length,
    name: names.length,
    content: contents.length,
    address: addresses.length,
    port: portSets.flat().length,
  };
  const tooMany = Object.entries(rows)
    .filter(([, count]) => count > LIMITS.rows)
    .map(([kind, count]) => `the policy takes ${count} ${kind} rows, at most ${LIMITS.rows} can be kept`);
  const all = [...complaints, ...tooMany];
  if (all.length === 0) return;
  throw new WarderError(
    'POLICY_LIMIT',
    `the policy cannot be applied on this host: ${all.join('; ')}`,
    'name directories further up, or fewer networks with ports of their own; docs/policy.md has the limits',
  );
}
