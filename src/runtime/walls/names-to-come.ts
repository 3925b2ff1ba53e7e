/**
 * What is denied by its name, and places that are denied and not there at the start: those that are there are masked;
 * what comes later is kept by permission events on the run's own mounts (native/launcher/guard.h).
 *
 * In:  rows of denied names, trees to look through, places that are not there. Out: lines for the launcher, and what
 *      they do not keep, in sentences.
 * Where files come to be, get and lose names by system calls alone, the launcher performs those that would make, give or
 * take a denied one (clerk.h). `mount`, `userns` and `io_uring` are other ways.
 * What may be read and not written is opened for reading alone (native/launcher/intent.h).
 */
import type { NameRow, Unenforced } from '../../kernel/policy-rows.ts';
import type { WallLine } from './description.ts';
import { isBelow, PROGRAMS, SYSTEM } from './system-trees.ts';

export interface NamesToCome {
  lines: WallLine[];
  unenforced: Unenforced[];
  /** Places that nothing keeps before their next open. */
  unguarded: string[];
}

/**
 * @param roots trees to look through, and those whose opens are asked about
 * @param missing denied places that are not there; `hidden`: they may not be read; what lies below is kept with them
 * @param writes whether the agent may change what is in a tree
 * @param granted privileges of the run
 */
export function namesToCome(
  denied: readonly NameRow[],
  roots: { scanned: readonly string[]; guarded: readonly string[] },
  missing: readonly { path: string; hidden: boolean }[],
  writes: (tree: string) => boolean,
  granted: readonly string[],
): NamesToCome {
  if (denied.length === 0 || roots.guarded.length === 0) {
    return { lines: [], unenforced: [], unguarded: missing.map(({ path }) => path) };
  }
  const watched = missing.filter(({ path }) => isGuarded(path, roots.guarded));
  const names = nameLines(denied);
  const writable = roots.guarded.some(writes);
  return {
    lines: [
      ...SYSTEM.map((path): WallLine => ['skip', path]),
      ...roots.scanned.map((path): WallLine => ['scan', path]),
      ...names,
      ...PROGRAMS.map((path): WallLine => ['leave', path]),
      ...roots.guarded.map((path): WallLine => ['guard', path]),
      ...watched.map(({ path, hidden }): WallLine => ['watch', hidden ? 'hide' : 'freeze', path]),
    ],
    unenforced: writable ? [...notKept(names, watched.length, granted), ...unreadable(denied)] : [],
    unguarded: missing.filter((place) => !watched.includes(place)).map(({ path }) => path),
  };
}

/** As native/launcher/guard.c has it. */
function isGuarded(path: string, roots: readonly string[]): boolean {
  return roots.some(
    (root) =>
      isBelow(path, root) &&
      !PROGRAMS.some((tree) => tree !== root && isBelow(tree, root) && isBelow(path, tree)),
  );
}

/** Denied for reading alone: an event does not say what the file is opened for, so there is no writing either. */
function unreadable(denied: readonly NameRow[]): Unenforced[] {
  const keys = (wanted: string) =>
    denied.filter(({ category }) => category === wanted).map(({ form, name }) => `${form} ${name}`);
  const written = new Set(keys('write'));
  const alone = keys('read').filter((key) => !written.has(key)).length;
  if (alone === 0) return [];
  const text = `${alone} names may be written and not read: behind walls a file of such a name can be neither`;
  return [{ effect: 'never-allows', text, rules: [] }];
}

/** Each name once, with the stronger action: what may not be read is hidden, what may not be written read-only. */
function nameLines(denied: readonly NameRow[]): WallLine[] {
  const lines = new Map<string, WallLine>();
  for (const { category, form, name } of denied.toSorted((a, b) => a.category.localeCompare(b.category))) {
    const word = form === 'component' ? 'name' : 'suffix';
    const key = `${word} ${name}`;
    if (!lines.has(key)) lines.set(key, [word, category === 'read' ? 'hide' : 'freeze', name.toString()]);
  }
  return [...lines.values()];
}

/** As native/launcher/clerk.c has it. */
const OTHER_WAYS = ['mount', 'userns', 'io_uring'];

function notKept(names: readonly WallLine[], watched: number, granted: readonly string[]): Unenforced[] {
  if (names.length + watched === 0 || !granted.some((name) => OTHER_WAYS.includes(name))) return [];
  const places = watched > 0 ? ` and ${watched} places that are not there yet` : '';
  const text = `${names.length} denied names${places}: opening what comes to be there later is prevented; making, renaming, linking, removing and changing it is not, where ${OTHER_WAYS.join(', ')} is granted`;
  return [{ effect: 'not-kept', text, rules: [] }];
}
