/**
 * The directories of cgroup2, kept up to date by inotify(7): each is watched, and told of as soon as it is made.
 *
 * In:     cgroup2's mount.
 * Out:    `onChange` after each change; `paths` as of then, each from cgroup2's root.
 *
 * Past `WATCHED_MOST` directories, or where inotify has no more room, the rest is found by looking, every `LOOK_MS`.
 */
import { type FSWatcher, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { directoriesIn, isWithin, searchCgroups } from './cgroups.ts';

const WATCHED_MOST = 8192;
const LOOK_MS = 10_000;

export class CgroupWatch {
  readonly #cgroup2: string;
  readonly #onChange: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #found: string[] = [];
  #look: NodeJS.Timeout | undefined;

  constructor(cgroup2: string, onChange: () => void) {
    this.#cgroup2 = cgroup2;
    this.#onChange = onChange;
    this.#add('');
  }

  *paths(): Generator<string> {
    for (const path of this.#watchers.keys()) if (path !== '') yield path;
    for (const path of this.#found) if (!this.#watchers.has(path)) yield path;
  }

  close(): void {
    clearInterval(this.#look);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  #add(path: string): void {
    if (this.#watchers.has(path)) return;
    if (this.#watchers.size >= WATCHED_MOST) {
      this.#lookInstead();
      return;
    }
    try {
      const watcher = watch(join(this.#cgroup2, path), { persistent: false });
      this.#watchers.set(path, watcher);
      watcher.on('change', (_, name) => this.#changed(`${path}/${name}`));
      watcher.on('error', () => this.#remove(path));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOSPC' || code === 'EMFILE') this.#lookInstead();
      return; // or it went meanwhile
    }
    // What was made before it was watched.
    for (const name of directoriesIn(join(this.#cgroup2, path))) this.#add(`${path}/${name}`);
  }

  #changed(path: string): void {
    const entry = statSync(join(this.#cgroup2, path), { throwIfNoEntry: false });
    if (entry && !entry.isDirectory()) return;
    // Of a directory that was made again under its name the watch is the former's.
    this.#remove(path);
    if (entry) this.#add(path);
    this.#onChange();
  }

  #remove(path: string): void {
    for (const [below, watcher] of this.#watchers) {
      if (!isWithin(below, path)) continue;
      watcher.close();
      this.#watchers.delete(below);
    }
  }

  #lookInstead(): void {
    const look = (): void => {
      this.#found = searchCgroups(this.#cgroup2, (name) => name !== '');
      this.#onChange();
    };
    this.#look ??= setInterval(look, LOOK_MS).unref();
  }
}
