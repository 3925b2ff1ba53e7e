/**
 * Directories and how much happened in each, brought down to a number that a person reads.
 *
 * In:  counts by directory.
 * Out: at most `limit` groups where the top level allows it, most first. A group is a directory by itself
 *      (`/etc`) or with all that lies under it (`/usr/lib/**`): the deepest and least used are joined into
 *      their parents first, so that what was used most keeps its own name.
 */
import { dirname } from 'node:path';
import type { Count } from './bounded-counts.ts';

interface Group {
  directory: string;
  count: number;
  /** Holds counts of directories below it. */
  joined: boolean;
}

export function groupDirectories(counts: readonly Count[], limit: number): Count[] {
  const groups = new Map<string, Group>();
  for (const { key, count } of counts) groups.set(key, { directory: key, count, joined: false });
  for (let depth = deepest(groups); groups.size > limit && depth > 1; depth--) {
    const level = [...groups.values()].filter(({ directory }) => depthOf(directory) === depth);
    level.sort((a, b) => a.count - b.count || (a.directory < b.directory ? 1 : -1));
    for (const group of level) {
      if (groups.size <= limit) break;
      join(groups, group);
    }
  }
  return [...groups.values()]
    .map(({ directory, count, joined }) => ({ key: joined ? `${directory}/**` : directory, count }))
    .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
}

function join(groups: Map<string, Group>, group: Group): void {
  const directory = dirname(group.directory);
  const parent = groups.get(directory) ?? { directory, count: 0, joined: true };
  parent.count += group.count;
  parent.joined = true;
  groups.delete(group.directory);
  groups.set(directory, parent);
}

/** Components: 0 for `/`. */
function depthOf(directory: string): number {
  return directory === '/' ? 0 : directory.split('/').length - 1;
}

function deepest(groups: ReadonlyMap<string, Group>): number {
  let depth = 0;
  for (const directory of groups.keys()) depth = Math.max(depth, depthOf(directory));
  return depth;
}
