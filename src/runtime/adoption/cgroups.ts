/**
 * Directories of cgroup2: found by name, and whose is whose.
 *
 * In:     paths that begin at cgroup2's root.
 * Throws: nothing for a directory that goes meanwhile.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { lineBehind } from '../../base/text-line.ts';

/** Directories that are looked at for a name. */
const SEARCH_MOST = 20_000;

/** Paths of directories with such a name, nearest to the root first. */
export function searchCgroups(cgroup2: string, matches: (name: string) => boolean): string[] {
  const found: string[] = [];
  const queue = [''];
  for (let at = 0; at < queue.length && at < SEARCH_MOST; at++) {
    const path = queue[at]!;
    if (matches(basename(path))) found.push(path);
    for (const entry of directoriesIn(join(cgroup2, path))) queue.push(`${path}/${entry}`);
  }
  return found;
}

export function directoriesIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
      entry.isDirectory() ? [entry.name] : [],
    );
  } catch {
    return []; // it went meanwhile
  }
}

export function isWithin(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

/** Of cgroup2, from its root. */
export function cgroupOf(pid: string): string {
  return lineBehind(readFileSync(`/proc/${pid}/cgroup`, 'utf8'), '0::') ?? '/';
}
