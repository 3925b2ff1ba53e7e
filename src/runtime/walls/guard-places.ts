/**
 * Which places permission events are asked for, for a run that the launcher did not start: what documents and the
 * built-in rules deny or hold for reading, as it is on the host now.
 *
 * In:  a compiled policy, what the host has. Out: files, and directories with what lies in them.
 * An event says that a file is opened, not for what: a place that may be read and not written has no mark.
 * Bounds: MARKS_MAX places, ENTRIES_MAX directory entries looked at, breadth-first; `cut` says that there were more.
 */
import { lstatSync, opendirSync } from 'node:fs';
import { join } from 'node:path';
import type { CompiledPolicy, NameRow, PathRow } from '../../kernel/policy-rows.ts';
import { Allowances, enforces } from './allowances.ts';
import { isSystem } from './system-trees.ts';

const MARKS_MAX = 8_192;
const ENTRIES_MAX = 20_000;
const ALL_LAYERS = 0xffff;

export interface GuardPlaces {
  files: string[];
  directories: string[];
  cut: boolean;
}

/** @param workspace where credentials are looked for too, whatever rule lets the agent read there */
export function guardPlaces(policy: CompiledPolicy, workspace?: string): GuardPlaces {
  const places: GuardPlaces = { files: [], directories: [], cut: false };
  if (!enforces(policy)) return places;
  const refuses = ({ category, match }: PathRow | NameRow): boolean =>
    category === 'read' &&
    ((match.deny | match.hold | match.guard) & ALL_LAYERS & ~policy.masks.monitor) !== 0;
  const finder = new Finder(places);
  for (const row of policy.paths.filter(refuses)) finder.place(row.prefix.toString());
  const names = policy.names.filter(refuses);
  if (names.length > 0) for (const tree of searchedTrees(policy, workspace)) finder.names(tree, names);
  return places;
}

/** Where the agent may read, but for trees of the system. */
function searchedTrees(policy: CompiledPolicy, workspace: string | undefined): string[] {
  const allowed = new Allowances(policy);
  const rules = allowed.boundaries('read').filter((path) => allowed.under('read', path));
  const trees = workspace === undefined ? rules : [...new Set([workspace, ...rules])];
  return trees.filter((path) => path !== '/' && !isSystem(path));
}

class Finder {
  readonly #places: GuardPlaces;
  readonly #seen = new Set<string>();
  #entries = 0;

  constructor(places: GuardPlaces) {
    this.#places = places;
  }

  /** A prefix as the rows have it: "/a/b\0" is that name alone, "/a/b/" all under it. */
  place(prefix: string): void {
    if (!prefix.startsWith('/') || prefix === '/') return;
    const path = prefix.slice(0, -1);
    if (prefix.endsWith('\0')) this.#mark(path, false);
    else this.#tree(path);
  }

  /** Files and directories of these names under a tree. */
  names(tree: string, rows: readonly NameRow[]): void {
    const names = new Set(rows.filter(({ form }) => form === 'component').map(({ name }) => name.toString()));
    const endings = rows.filter(({ form }) => form === 'extension').map(({ name }) => name.toString());
    this.#walk(tree, (path, name, directory) => {
      if (names.has(name)) {
        if (directory) this.#tree(path);
        else this.#mark(path, false);
        return false;
      }
      if (!directory && endings.some((ending) => name.endsWith(ending))) this.#mark(path, false);
      return true;
    });
  }

  #tree(path: string): void {
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return;
    this.#mark(path, true);
    this.#walk(path, (inner, _, directory) => {
      if (directory) this.#mark(inner, true);
      return true;
    });
  }

  #mark(path: string, directory: boolean): void {
    const key = `${directory} ${path}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    if (this.#seen.size > MARKS_MAX) this.#places.cut = true;
    else (directory ? this.#places.directories : this.#places.files).push(path);
  }

  /** Links are not followed. `visit` says whether to go into a directory. */
  #walk(root: string, visit: (path: string, name: string, directory: boolean) => boolean): void {
    const waiting = [root];
    for (let at = waiting.shift(); at !== undefined; at = waiting.shift()) {
      for (const entry of entriesOf(at)) {
        if (this.#entries++ >= ENTRIES_MAX) {
          this.#places.cut = true;
          return;
        }
        const path = join(at, entry.name);
        const directory = entry.isDirectory();
        if (!entry.isSymbolicLink() && visit(path, entry.name, directory) && directory) waiting.push(path);
      }
    }
  }
}

function* entriesOf(directory: string) {
  try {
    const open = opendirSync(directory);
    try {
      for (let entry = open.readSync(); entry; entry = open.readSync()) yield entry;
    } finally {
      open.closeSync();
    }
  } catch {
    // Gone, or nobody's to list: then it is nobody's to open either.
  }
}
