/**
 * The rows of a policy that let a run read what it is told, and that keep it from what other runs are told.
 *
 * In:  a compiled policy; the run's directory (directory.ts).
 * Out: the same with allows in every layer's name for that directory, and denies for those beside it. What a
 *      document denies or holds there stays denied or held: so an operator can switch the telling off.
 *
 * A socket of its own is let through only where it opens nothing else: where the kernel programs judge every unix socket, or
 * where the policy has the run make such sockets anyway. Else walls refuse all of them, and the file has to do.
 */
import { dirname } from 'node:path';
import type { Category } from '../../contract/pattern.ts';
import type { CompiledPolicy, PathRow, RuleMatch } from '../../kernel/policy-rows.ts';
import { addRule, copyMatch, emptyMatch } from '../enforcement/rule-match.ts';
import { RUN_DIRECTORIES } from '../launch/run-directory.ts';
import { Allowances, enforces } from '../walls/allowances.ts';
import { usesUnixSockets } from '../walls/sockets.ts';
import { WHY_DIRECTORIES } from './directory.ts';
import { WHY_SOCKET } from './words.ts';

const LAYER = 'builtin:why';
const ALL_LAYERS = 0xffff;

export interface WhyPlace {
  /** Of the run. */
  directory: string;
  /** The kernel programs of this host judge unix sockets. */
  socketsJudged: boolean;
  /** Where a run asks that was adopted: it has no walls, and nothing of its own in the directory. */
  socket?: string;
}

export function withWhy(policy: CompiledPolicy, place: WhyPlace): CompiledPolicy {
  const { directory, socketsJudged, socket } = place;
  const read = allowed(policy, 'read', directory, true);
  if (socket !== undefined) return allowed(ownInsteadOfAll(read), 'connect', socket, false);
  if (!socketsJudged && enforces(policy) && !usesUnixSockets(new Allowances(policy))) return read;
  return allowed(ownInsteadOfAll(read), 'connect', `${directory}/${WHY_SOCKET}`, false);
}

/** Who allows all of them (`unix:/run/warder/why/**`) means that of each run for itself. */
function ownInsteadOfAll(policy: CompiledPolicy): CompiledPolicy {
  const all = prefixesOf(WHY_DIRECTORIES, true);
  const says = ({ match }: PathRow) => (match.deny | match.hold) !== 0;
  const stays = (row: PathRow) => row.category !== 'connect' || !isIn(row, all) || says(row);
  return { ...policy, paths: policy.paths.filter(stays) };
}

/** For the kernel's maps alone: behind walls the others are not there. */
export function withoutOthers(policy: CompiledPolicy, { directory, socket }: WhyPlace): CompiledPolicy {
  const others = { tree: WHY_DIRECTORIES, because: 'what other runs are told is theirs' };
  const alone = (['read', 'write', 'connect'] as const).reduce(
    // Nobody but the runtime writes there, to its own place neither.
    (before, category) => refused(before, category, others, category === 'write' ? undefined : directory),
    policy,
  );
  const because = 'where runs are told and ask is not for them to change';
  // Moved away, what is in it would be somewhere else.
  const pinned = refused(alone, 'write', { itself: RUN_DIRECTORIES, because });
  return socket === undefined ? pinned : refused(pinned, 'write', { tree: dirname(socket), because });
}

/** Whether a run may have answers: who may not read what it is told may not ask either, whoever judges sockets. */
export function mayAsk(policy: CompiledPolicy, { directory, socket }: WhyPlace): boolean {
  const allowances = new Allowances(policy);
  const at = socket ?? `${directory}/${WHY_SOCKET}`;
  return allowances.self('connect', at) && allowances.self('read', directory);
}

function allowed(policy: CompiledPolicy, category: Category, path: string, subtree: boolean): CompiledPolicy {
  const pattern = subtree ? `${path}/**` : path;
  const because = 'the run is told what was refused';
  const rules = [
    ...policy.rules,
    { layer: LAYER, category, effect: 'allow', pattern, because, file: '', line: 0 },
  ];
  const match = copyMatch(matchAt(policy, category, path));
  addRule(match, { number: rules.length, effect: 'allow', layers: ALL_LAYERS, monitored: false });
  const prefixes = prefixesOf(path, subtree);
  const others = policy.paths.filter((row) => row.category !== category || !isIn(row, prefixes));
  return { ...policy, rules, paths: [...others, ...prefixes.map((prefix) => ({ category, prefix, match }))] };
}

/** @param but in the tree, and not refused */
function refused(
  policy: CompiledPolicy,
  category: Category,
  place: { tree: string; because: string } | { itself: string; because: string },
  but?: string,
): CompiledPolicy {
  const isTree = 'tree' in place;
  const path = isTree ? place.tree : place.itself;
  const pattern = isTree ? `${path}/**` : path;
  const { because } = place;
  const rules = [
    ...policy.rules,
    { layer: LAYER, category, effect: 'deny', pattern, because, file: '', line: 0 },
  ];
  const match = copyMatch(matchAt(policy, category, path));
  addRule(match, { number: rules.length, effect: 'deny', ...warderLayer(policy) });
  const prefixes = prefixesOf(path, isTree);
  const mine = but === undefined ? [] : prefixesOf(but, true);
  const kept = policy.paths.filter((row) => row.category !== category || !isIn(row, prefixes));
  // Its own place keeps what held there before.
  const missing = mine.filter(
    (prefix) => !kept.some((row) => row.category === category && row.prefix.equals(prefix)),
  );
  const before = copyMatch(matchAt(policy, category, but ?? path));
  return {
    ...policy,
    rules,
    paths: [
      ...kept,
      ...prefixes.map((prefix) => ({ category, prefix, match })),
      ...missing.map((prefix) => ({ category, prefix, match: before })),
    ],
  };
}

/** The layer of what Warder itself denies stands behind all others (enforcement/masks.ts). */
function warderLayer({ layers, masks }: CompiledPolicy): { layers: number; monitored: boolean } {
  const bit = 1 << (layers.length - 1);
  return { layers: bit, monitored: (masks.monitor & bit) !== 0 };
}

function prefixesOf(path: string, subtree: boolean): Buffer[] {
  const itself = Buffer.from(`${path}\0`);
  return subtree ? [itself, Buffer.from(`${path}/`)] : [itself];
}

function isIn({ prefix }: PathRow, prefixes: readonly Buffer[]): boolean {
  return prefixes.some((at) => prefix.equals(at));
}

/** What the rows say of a path. */
function matchAt(policy: CompiledPolicy, category: Category, path: string): RuleMatch {
  const itself = Buffer.from(`${path}\0`);
  const rows = policy.paths.filter(
    ({ category: of, prefix }) =>
      of === category &&
      (prefix.equals(itself) || (prefix.at(-1) !== 0 && path.startsWith(prefix.toString()))),
  );
  const longest = rows.sort((a, b) => b.prefix.length - a.prefix.length)[0];
  return longest?.match ?? emptyMatch();
}
