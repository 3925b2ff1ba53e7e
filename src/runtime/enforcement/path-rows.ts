/**
 * Rows of the path trie of one category: prefixes, each with what all rules say that hold a path under it.
 *
 * In:  trees with what their rules add, and the places that `write` allows, for categories that run code.
 * Out: rows closed over shorter prefixes, so that the longest match alone answers (bpf/policy.h). The subtree
 *      /a/b has the prefixes "/a/b\0", its own name, and "/a/b/", all under it; / has "/" for both.
 *
 * A place that some layer's `write` allows is denied to run for each layer that does not name it: that has no
 * allowing or holding tree there as deep as the writing one. Denies hang on places, so they are rows here.
 */
import type { RuleMatch } from '../../kernel/policy-rows.ts';
import { addGuard, addRule, type Contribution, copyMatch, emptyMatch, saysNothing } from './rule-match.ts';

export interface Tree {
  root: string;
  subtree: boolean;
  rule: Contribution;
  /** Index of the layer whose rule names this place to run from; null where it does not. */
  names: number | null;
}

export interface WriteTree {
  root: string;
  subtree: boolean;
  /** What it adds where `layer` does not name the place. */
  denyFor: (layer: number) => Contribution;
}

export interface TrieRow {
  prefix: Buffer;
  match: RuleMatch;
}

interface Node {
  trees: Tree[];
  writes: WriteTree[];
}

interface Frame {
  prefix: Buffer;
  match: RuleMatch;
  writes: readonly WriteTree[];
  /** By layer: length of the longest root that names a place here; 0 for none. */
  named: readonly number[];
}

/** @param layers indexes of the layers that have the category */
export function pathRows(
  trees: readonly Tree[],
  writes: readonly WriteTree[],
  layers: readonly number[],
): TrieRow[] {
  const stack: Frame[] = [];
  const rows: TrieRow[] = [];
  for (const [prefix, node] of sortedNodes(trees, writes)) {
    while (stack.length > 0 && !startsWith(prefix, stack.at(-1)!.prefix)) stack.pop();
    const frame = extend(stack.at(-1), prefix, node);
    stack.push(frame);
    const match = copyMatch(frame.match);
    for (const write of frame.writes) {
      for (const layer of layers) {
        if ((frame.named[layer] ?? 0) < write.root.length) addGuard(match, write.denyFor(layer));
      }
    }
    if (!saysNothing(match)) rows.push({ prefix, match });
  }
  return rows;
}

/** Bits of every layer: what carries them is allowed unless a rule says otherwise. */
const EVERY_LAYER = 0xffff;

/** The directories above every place that a rule refuses, with the rules that refuse below them. */
export function pinnedRows(trees: readonly Tree[]): TrieRow[] {
  const rows = new Map<string, RuleMatch>();
  for (const { root, rule } of trees) {
    if (rule.effect === 'allow' || !root.startsWith('/')) continue;
    for (let end = root.lastIndexOf('/'); end > 0; end = root.lastIndexOf('/', end - 1)) {
      const above = root.slice(0, end);
      const match = rows.get(above) ?? { ...emptyMatch(), allow: EVERY_LAYER };
      addRule(match, rule);
      rows.set(above, match);
    }
  }
  return [...rows].map(([path, match]) => ({ prefix: Buffer.from(`${path}\0`), match }));
}

/** Nodes by prefix, in the order of bytes: a prefix comes before all that it begins. */
function sortedNodes(trees: readonly Tree[], writes: readonly WriteTree[]): [Buffer, Node][] {
  const nodes = new Map<string, Node>();
  const nodeAt = (prefix: string) => {
    const node = nodes.get(prefix) ?? { trees: [], writes: [] };
    nodes.set(prefix, node);
    return node;
  };
  for (const tree of trees) for (const prefix of prefixesOf(tree)) nodeAt(prefix).trees.push(tree);
  for (const write of writes) for (const prefix of prefixesOf(write)) nodeAt(prefix).writes.push(write);
  return [...nodes]
    .map(([prefix, node]): [Buffer, Node] => [Buffer.from(prefix), node])
    .sort(([a], [b]) => Buffer.compare(a, b));
}

function prefixesOf({ root, subtree }: { root: string; subtree: boolean }): string[] {
  if (root === '/') return [subtree ? '/' : '/\0'];
  return subtree ? [`${root}\0`, `${root}/`] : [`${root}\0`];
}

function startsWith(bytes: Buffer, prefix: Buffer): boolean {
  return bytes.length >= prefix.length && bytes.compare(prefix, 0, prefix.length, 0, prefix.length) === 0;
}

function extend(above: Frame | undefined, prefix: Buffer, node: Node): Frame {
  const match = above ? copyMatch(above.match) : emptyMatch();
  const named = [...(above?.named ?? [])];
  for (const { root, rule, names } of node.trees) {
    addRule(match, rule);
    if (names !== null) named[names] = Math.max(named[names] ?? 0, root.length);
  }
  const writes = node.writes.length > 0 ? [...(above?.writes ?? []), ...node.writes] : (above?.writes ?? []);
  return { prefix, match, writes, named };
}
