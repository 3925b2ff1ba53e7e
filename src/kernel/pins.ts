/**
 * The names under which one instance of Warder's kernel side outlives its process.
 *
 * Where:  /sys/fs/bpf/warder/<instance>/maps-<layout>/<map> and …/links-<generation>/<program>, for root alone. A
 *         layout is one form of the maps: sets of programs of one layout share them. A generation is one
 *         set of programs; there are two only while one takes over from the other.
 * Lock:   who uses an instance holds the lock of its directory, which ends with that process however it ends.
 * Throws: KERNEL_PIN with the path and what to do; KERNEL_INSTANCE where another process has the instance.
 */
import { createHash } from 'node:crypto';
import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  statfsSync,
  statSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { WarderError } from '../base/error.ts';
import { loadAddon } from './addon.ts';
import { enums, layout, constants as layoutConstants } from './generated/layout.ts';
import { explaining } from './kernel-error.ts';

const BPFFS = '/sys/fs/bpf';
const ROOT = join(BPFFS, 'warder');
/** linux/magic.h */
const BPF_FS_MAGIC = 0xcafe4a11;
/** A BPF file system refuses dots. */
export const INSTANCE = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** The instance of a state directory, given by its real path. */
export function instanceOf(stateDirectory: string): string {
  return `state-${createHash('sha256').update(stateDirectory).digest('hex').slice(0, 16)}`;
}

/** Instances that have pins on this host. */
export function pinnedInstances(): string[] {
  return isMounted() ? entries(ROOT).filter((name) => INSTANCE.test(name)) : [];
}

export class Pins {
  readonly directory: string;
  /** Of the set of programs that this process loads. */
  readonly generation: number;
  readonly #lock: number;
  readonly #layout: string;
  /** Maps of this layout were there before: they go on. */
  readonly inherited: boolean;

  private constructor(directory: string, lock: number, layoutName: string) {
    this.directory = directory;
    this.#lock = lock;
    this.#layout = layoutName;
    this.generation = Math.max(0, ...generations(directory)) + 1;
    this.inherited = entries(directory).includes(`maps-${layoutName}`);
  }

  /** Mounts a BPF file system where there is none, makes the directory and locks it. Ring sizes are part of the layout. */
  static open(instance: string, rings: { decisionsBytes: number; observationsBytes: number }): Pins {
    const directory = instanceDirectory(instance);
    mountOnce();
    try {
      mkdirSync(ROOT, { recursive: true, mode: 0o700 });
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw pinError(`cannot make ${directory}`, error);
    }
    const lock = lockOf(directory, instance);
    return new Pins(directory, lock, layoutOf(rings));
  }

  get mapsPath(): string {
    return join(this.directory, `maps-${this.#layout}`);
  }

  /** Nothing of the instance was there before. */
  get isNew(): boolean {
    return !entries(this.directory).includes('seal');
  }

  /** A key of the instance's own, kept in the kernel: what is sealed with it was written by who may write these maps. */
  sealKey(): Buffer {
    return explaining(() => loadAddon().sealKey(join(this.directory, 'seal')));
  }

  /** Where the link of a program of this generation is to be pinned. Makes the directory. */
  linkPath(program: string): string {
    const directory = join(this.directory, `links-${this.generation}`);
    try {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw pinError(`cannot make ${directory}`, error);
    }
    return join(directory, program);
  }

  /** An earlier process's set of programs is still there. */
  get isFollowing(): boolean {
    return generations(this.directory).some((generation) => generation !== this.generation);
  }

  /** Label maps of other layouts: what stands in them is to be taken over before `removeFormer`. */
  formerLabels(): string[] {
    return this.#formerMaps().map((name) => join(this.directory, name, 'labels'));
  }

  /** Takes away what earlier processes have left: their programs let go at once. */
  removeFormer(): void {
    for (const generation of generations(this.directory)) {
      if (generation !== this.generation) removeTree(join(this.directory, `links-${generation}`));
    }
    for (const name of this.#formerMaps()) removeTree(join(this.directory, name));
  }

  removeLinks(): void {
    removeTree(join(this.directory, `links-${this.generation}`));
  }

  /** Takes all of it away; this process's own programs go with its sensor. */
  remove(): void {
    removeAll(this.directory);
    this.release();
  }

  /** Lets go of the instance and leaves it as it is. */
  release(): void {
    closeSync(this.#lock);
  }

  #formerMaps(): string[] {
    return entries(this.directory).filter(
      (name) => name.startsWith('maps-') && name !== `maps-${this.#layout}`,
    );
  }
}

/** Takes an instance that no process uses out of the kernel. Returns what was pinned, as paths below it. */
export function removeInstance(instance: string): string[] {
  const directory = instanceDirectory(instance);
  if (!pinnedInstances().includes(instance)) return [];
  const lock = lockOf(directory, instance);
  try {
    return removeAll(directory);
  } finally {
    closeSync(lock);
  }
}

function instanceDirectory(instance: string): string {
  if (!INSTANCE.test(instance)) {
    throw new WarderError(
      'KERNEL_PIN',
      `'${instance}' cannot name an instance`,
      'use up to 63 lower-case letters, digits and hyphens, the first not a hyphen',
    );
  }
  return join(ROOT, instance);
}

/** All that must be equal for two sets of programs to use the same maps. */
function layoutOf(rings: { decisionsBytes: number; observationsBytes: number }): string {
  const parts = [layout, enums, layoutConstants, explaining(() => loadAddon().mapShapes()), rings];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 12);
}

function isMounted(): boolean {
  try {
    return statfsSync(BPFFS).type === BPF_FS_MAGIC;
  } catch {
    return false;
  }
}

/** Two that mount at once would hide each other's pins: one waits for the other by the directory's lock. */
function mountOnce(): void {
  if (isMounted()) return;
  let lock: number;
  try {
    lock = openSync(BPFFS, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    throw pinError(`there is no ${BPFFS} to mount a BPF file system at`, error);
  }
  try {
    waitForLock(lock);
    if (!isMounted()) explaining(() => loadAddon().mountBpffs(BPFFS));
  } finally {
    closeSync(lock);
  }
}

const MOUNT_TRIES = 200;
const MOUNT_PAUSE_MS = 10;

function waitForLock(lock: number): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries < MOUNT_TRIES && !isMounted(); tries++) {
    if (explaining(() => loadAddon().tryLock(lock))) return;
    Atomics.wait(pause, 0, 0, MOUNT_PAUSE_MS);
  }
}

function lockOf(directory: string, instance: string): number {
  let lock: number;
  try {
    lock = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    throw pinError(`cannot open ${directory}`, error);
  }
  if (explaining(() => loadAddon().tryLock(lock)) && isStill(directory, lock)) return lock;
  closeSync(lock);
  throw new WarderError(
    'KERNEL_INSTANCE',
    `the instance ${instance} is in use by another process (it holds the lock of ${directory})`,
    'stop that one first (systemctl stop warder-runtime), or use another state directory',
  );
}

/** Whether a path still names what was opened by it: another may have taken it away before it was locked. */
function isStill(path: string, descriptor: number): boolean {
  return statSync(path, { throwIfNoEntry: false })?.ino === fstatSync(descriptor).ino;
}

function generations(directory: string): number[] {
  return entries(directory).flatMap((name) => {
    const [, number] = /^links-(\d+)$/.exec(name) ?? [];
    return number === undefined ? [] : [Number(number)];
  });
}

function entries(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw pinError(`cannot list ${directory}`, error);
  }
}

/** An instance's directory, and the one of all instances with the last of them. */
function removeAll(directory: string): string[] {
  const removed = removeTree(directory);
  try {
    rmdirSync(ROOT);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'ENOENT') throw pinError(`cannot take ${ROOT} away`, error);
  }
  return removed;
}

/** Files first, then the directory; what is gone already is no error. Returns the files' paths, from `directory` on. */
function removeTree(directory: string, below = ''): string[] {
  const removed: string[] = [];
  for (const entry of entriesWithTypes(directory)) {
    const path = join(directory, entry.name);
    const name = join(below, entry.name);
    if (entry.isDirectory()) {
      removed.push(...removeTree(path, name));
    } else {
      gone(() => unlinkSync(path), path);
      removed.push(name);
    }
  }
  gone(() => rmdirSync(directory), directory);
  return removed;
}

function entriesWithTypes(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw pinError(`cannot list ${directory}`, error);
  }
}

function gone(remove: () => void, path: string): void {
  try {
    remove();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw pinError(`cannot take ${path} away`, error);
  }
}

function pinError(what: string, error: unknown): WarderError {
  return new WarderError(
    'KERNEL_PIN',
    `${what}: ${(error as Error).message}`,
    'run as root on the host itself, with a BPF file system at /sys/fs/bpf (mount -t bpf bpf /sys/fs/bpf)',
    { cause: error },
  );
}
