/**
 * The fewest rules that take in what was seen, as people would write them.
 *
 * In:  observations that need a rule.
 * Out: for each category patterns with what each was seen for, in a fixed order. Pure.
 */
import { isPublic } from '../../../contract/address.ts';
import type { Category } from '../../../contract/pattern.ts';
import { parsePattern } from '../../../contract/pattern.ts';
import { type FileCategory, isShared, parentOf, placeOf } from './places.ts';
import type { Observation } from './seen.ts';

/** So many exact paths in one directory are the directory. */
const SIBLINGS = 4;
/** So many trees under /usr are all of it, for reading. */
const PACKAGES = 6;
/** Ports that the system gives out: ip_local_port_range of Linux. */
const EPHEMERAL = { from: 32_768, to: 60_999 };

export interface LearnedRule {
  pattern: string;
  count: number;
  programs: string[];
  /** How many different things it stands for. */
  things: number;
  /** What a reader should know of it. */
  note: string;
}

type Group = Map<string, Observation[]>;

/** @param made paths that the work itself wrote: what runs of these did not exist when it began */
export function rulesFor(
  category: Category,
  seen: readonly Observation[],
  made: ReadonlySet<string>,
): LearnedRule[] {
  const groups =
    category === 'privileged' ? byName(seen) : isFile(category) ? files(category, seen, made) : network(seen);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([pattern, of]) => ({
      pattern,
      count: of.reduce((sum, { count }) => sum + count, 0),
      programs: [...new Set(of.flatMap(({ programs }) => [...programs]))].sort().slice(0, 6),
      things: of.length,
      note: noteOf(category, pattern),
    }));
}

function isFile(category: Category): category is FileCategory {
  return category === 'exec' || category === 'read' || category === 'write' || category === 'load';
}

function files(category: FileCategory, seen: readonly Observation[], made: ReadonlySet<string>): Group {
  let groups: Group = new Map();
  for (const observation of seen) {
    // A rule by path for a file that is not there yet binds nothing where the kernel wants the file itself.
    const as = made.has(observation.path) ? 'write' : category;
    put(groups, writable(category, placeOf(as, observation.path)), observation);
  }
  groups = joined(groups, (pattern) => siblingsOf(category, groups, pattern));
  if (category === 'read') groups = joined(groups, (pattern) => systemOf(groups, pattern));
  return withoutCovered(groups);
}

/** A path that the grammar cannot say is said by its directory. */
function writable(category: Category, pattern: string): string {
  if (!('fault' in parsePattern(category, pattern))) return pattern;
  for (
    let directory = parentOf(pattern.replace(/\/\*\*$/, ''));
    directory !== '/';
    directory = parentOf(directory)
  ) {
    const tree = `${directory}/**`;
    if (isShared(directory)) return pattern;
    if (!('fault' in parsePattern(category, tree))) return tree;
  }
  return pattern;
}

/** Each pattern becomes what `of` says. */
function joined(groups: Group, of: (pattern: string) => string): Group {
  const out: Group = new Map();
  for (const [pattern, observations] of groups) for (const one of observations) put(out, of(pattern), one);
  return out;
}

function siblingsOf(category: FileCategory, groups: Group, pattern: string): string {
  if (pattern.endsWith('/**')) return pattern;
  const directory = parentOf(pattern);
  if (isShared(directory) || directory === '${workspace}') return pattern;
  const siblings = [...groups.keys()].filter(
    (other) => !other.endsWith('/**') && parentOf(other) === directory,
  );
  return siblings.length >= SIBLINGS ? writable(category, `${directory}/**`) : pattern;
}

/** What the system installed is no secret; a list of its packages is no help to a reader. */
function systemOf(groups: Group, pattern: string): string {
  if (!pattern.startsWith('/usr/')) return pattern;
  const system = [...groups.keys()].filter((other) => other.startsWith('/usr/'));
  return system.length > PACKAGES ? '/usr/**' : pattern;
}

function withoutCovered(groups: Group): Group {
  const out: Group = new Map();
  const trees = [...groups.keys()]
    .filter((pattern) => pattern.endsWith('/**'))
    .map((tree) => tree.slice(0, -3));
  for (const [pattern, observations] of groups) {
    const path = pattern.replace(/\/\*\*$/, '');
    const cover = trees
      .filter((tree) => (tree === path && pattern !== `${tree}/**`) || path.startsWith(`${tree}/`))
      .sort((a, b) => a.length - b.length)[0];
    for (const one of observations) put(out, cover === undefined ? pattern : `${cover}/**`, one);
  }
  return out;
}

function byName(seen: readonly Observation[]): Group {
  const groups: Group = new Map();
  for (const one of seen) if ('privilege' in one.action) put(groups, one.action.privilege, one);
  return groups;
}

function network(seen: readonly Observation[]): Group {
  const groups: Group = new Map();
  for (const one of seen) {
    const { action } = one;
    if ('unix' in action) put(groups, `unix:${action.unix}`, one);
    else if ('port' in action && !isSorting(action)) put(groups, addressPattern(action), one);
  }
  return groups;
}

type Address = Extract<Observation['action'], { port: number }>;

/** getaddrinfo(3) sorts the addresses of a name by connecting to port 0; a rule by name lets it. */
function isSorting({ protocol, address, host, port }: Address): boolean {
  return protocol === 'udp' && port === 0 && host !== undefined && isReachedByName(address);
}

/** Names lead nowhere else: there a rule by address is needed. */
function isReachedByName(address: Uint8Array | null): boolean {
  return address === null || isPublic(address);
}

/** A name where it is known and leads there; the port, but for those that are given out at random. */
function addressPattern({ category, protocol, address, host, port }: Address): string {
  const prefix = protocol === 'udp' ? 'udp/' : '';
  const where = host !== undefined && isReachedByName(address) ? host : addressText(address!);
  if (port === 0) return `${prefix}${where}`;
  const random = port >= EPHEMERAL.from && port <= EPHEMERAL.to;
  if (random && (category === 'listen' || isLoopback(address))) {
    return `${prefix}${where}:${EPHEMERAL.from}-${EPHEMERAL.to}`;
  }
  return `${prefix}${where}:${port}`;
}

function isLoopback(address: Uint8Array | null): boolean {
  if (!address) return false;
  return address.length === 4
    ? address[0] === 127
    : address.slice(0, 15).every((byte) => byte === 0) && address[15] === 1;
}

function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return [...bytes].join('.');
  const groups = Array.from({ length: 8 }, (_, at) =>
    ((bytes[2 * at]! << 8) | bytes[2 * at + 1]!).toString(16),
  );
  return `[${groups.join(':')}]`;
}

function noteOf(category: Category, pattern: string): string {
  if (category === 'privileged') return 'a privilege: be sure that this work needs it';
  if (category === 'exec' && /^(\/tmp|\/var\/tmp|\/dev\/shm|\$\{(workspace|run)\})\/\*\*$/.test(pattern)) {
    return 'wide: what is written there may run';
  }
  if (pattern.startsWith('/proc/') && !pattern.startsWith('/proc/self'))
    return 'of other processes, or of the host';
  return '';
}

function put(groups: Group, pattern: string, observation: Observation): void {
  const list = groups.get(pattern);
  if (list) list.push(observation);
  else groups.set(pattern, [observation]);
}
