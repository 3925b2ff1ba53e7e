/**
 * Directories and how much happened in each, brought down to a number that a person reads.
 *
 * In:  counts by directory.
 * Out: at most `limit` groups where the top level allows it, most first. A group is a directory by itself
 *      (`/etc`), or what several have in common (`/usr/lib/**`): the deepest and least used are joined first, so
 *      that what was used most keeps its own name.
 */
import { dirname } from 'node:path';
import type { Count } from './bounded-counts.ts';

interface Group {
  /** Where it stands in the tree while groups are joined. */
  directory: string;
  count: number;
  /** The directory that all of it lies in or under. */
  common: string;
  /** Of more than one directory. */
  joined: boolean;
}

export function groupDirectories(counts: readonly Count[], limit: number): Count[] {
  const groups = new Map<string, Group>();
  for (const { key, count } of counts) {
    groups.set(key, { directory: key, count, common: key, joined: false });
  }
  for (let depth = deepest(groups); groups.size > limit && depth > 1; depth--) {
    const level = [...groups.values()].filter(({ directory }) => depthOf(directory) === depth);
    level.sort((a, b) => a.count - b.count || (a.directory < b.directory ? 1 : -1));
    for (const group of level) {
      if (groups.size <= limit) break;
      joinToParent(groups, group);
    }
  }
  return [...groups.values()]
    .map(({ common, count, joined }) => ({
      key: joined ? `${common === '/' ? '' : common}/**` : common,
      count,
    }))
    .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
}

function joinToParent(groups: Map<string, Group>, group: Group): void {
  const directory = dirname(group.directory);
  const parent = groups.get(directory);
  groups.delete(group.directory);
  if (!parent) {
    groups.set(directory, { ...group, directory });
    return;
  }
  parent.count += group.count;
  parent.common = commonDirectory(parent.common, group.common);
  parent.joined = true;
}

/** The deepest directory that both lie in or under. */
function commonDirectory(a: string, b: string): string {
  let common = a;
  while (common !== '/' && b !== common && !b.startsWith(`${common}/`)) common = dirname(common);
  return common;
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
