/**
 * What a run behind walls has as its own, and may therefore use without a rule of a document:
 *
 *   /proc       shows the run's own processes and what `read` allows; all else in it is hidden (proc.ts). Without
 *               this a `ps` would be terminated by the second line for what the first one lets it see.
 *   /dev/pts    terminals that the run makes itself; nobody else's are there. Without walls it is the host's, where
 *               such a rule would open other people's terminals, so that base cannot allow it.
 *
 * In: a compiled policy. Out: the same with allows in every layer's name; denies stay. `base: none` leaves terminals
 * to the documents.
 */
import type { Category } from '../../contract/pattern.ts';
import type { CompiledPolicy, PathRow, RuleMatch } from '../../kernel/policy-rows.ts';
import { addRule, copyMatch, emptyMatch } from '../enforcement/rule-match.ts';
import { Allowances, enforces } from './allowances.ts';

const ALL_LAYERS = 0xffff;
const BASE = 'builtin:base';

interface Place {
  category: Category;
  /** Absolute, and a directory with what is under it, or one file. */
  path: string;
  directory: boolean;
  because: string;
}

const PROC: Place = {
  category: 'read',
  path: '/proc',
  directory: true,
  because: 'the run has a /proc of its own',
};

const TERMINALS: readonly Place[] = (['read', 'write'] as const).flatMap((category) => [
  { category, path: '/dev/ptmx', directory: false, because: 'the run has terminals of its own' },
  { category, path: '/dev/pts', directory: true, because: 'the run has terminals of its own' },
]);

export function withOwnProc(policy: CompiledPolicy): CompiledPolicy {
  const mounts = policy.privileges.granted.includes('mount');
  if (!enforces(policy) || mounts || !new Allowances(policy).under('read', '/proc/self')) return policy;
  return widened(policy, PROC);
}

export function withOwnTerminals(policy: CompiledPolicy): CompiledPolicy {
  if (!enforces(policy) || !policy.rules.some(({ layer }) => layer === BASE)) return policy;
  return TERMINALS.reduce(widened, policy);
}

function widened(policy: CompiledPolicy, { category, path, directory, because }: Place): CompiledPolicy {
  const pattern = directory ? `${path}/**` : path;
  const own = { layer: 'builtin:walls', category, effect: 'allow', pattern, because, file: '', line: 0 };
  const rules = [...policy.rules, own];
  const allow = { number: rules.length, effect: 'allow', layers: ALL_LAYERS, monitored: false } as const;
  const row = (prefix: Buffer, match: RuleMatch): PathRow => {
    const copy = copyMatch(match);
    addRule(copy, allow);
    return { category, prefix, match: copy };
  };
  const itself = Buffer.from(`${path}\0`);
  const under = Buffer.from(`${path}/`);
  const isHere = (at: PathRow) =>
    at.category === category &&
    (at.prefix.equals(itself) || (directory && at.prefix.subarray(0, under.length).equals(under)));
  const here = policy.paths.filter(isHere);
  const wanted = directory ? [itself, under] : [itself];
  const missing = wanted.filter((prefix) => !here.some((at) => at.prefix.equals(prefix)));
  const around = nearest(policy, category, path);
  return {
    ...policy,
    rules,
    paths: [
      ...policy.paths.filter((at) => !isHere(at)),
      ...here.map(({ prefix, match }) => row(prefix, match)),
      ...missing.map((prefix) => row(prefix, around)),
    ],
  };
}

/** What the rows say of a path that has none of its own. */
function nearest(policy: CompiledPolicy, category: Category, path: string): RuleMatch {
  const above = policy.paths.filter(
    (row) => row.category === category && row.prefix.at(-1) !== 0 && path.startsWith(row.prefix.toString()),
  );
  const longest = above.sort((a, b) => b.prefix.length - a.prefix.length)[0];
  return longest?.match ?? emptyMatch();
}
