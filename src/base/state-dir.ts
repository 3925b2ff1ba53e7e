/**
 * Where Warder keeps its state on a host, and that nobody else can read it, write it or put something in its place.
 *
 * Which one:  --state DIR, else WARDER_STATE_DIR, else $XDG_STATE_HOME/warder (an absolute one, as the XDG Base
 *             Directory Specification 0.8 asks), else ~/.local/state/warder.
 * What it is: a directory of the effective user with mode 0700. One that is empty is closed to others; one that
 *             holds something and is open is refused. Missing ones are made, parents too, each 0700.
 * The way:    every directory above it, and every symlink on the way, belongs to root, to that user, or to the
 *             user who called sudo, and no directory above it may be written by everyone unless it is sticky:
 *             whoever could rename a parent could put another directory in its place.
 *
 * Throws: STATE_DIRECTORY with the path, what is wrong and what to do.
 */
import {
  accessSync,
  chmodSync,
  constants,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  type Stats,
} from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { WarderError } from './error.ts';

/** As many links as the kernel follows in one path (path_resolution(7)). */
const LINKS_MAX = 40;
const STICKY = 0o1000;
const ANYONE_WRITES = 0o002;
const OTHERS = 0o077;

export type Environment = Readonly<Record<string, string | undefined>>;

/** The path alone: nothing is looked at or made. */
export function stateDirectoryPath(option: string | undefined, environment: Environment): string {
  if (option === '') {
    throw new WarderError('STATE_DIRECTORY', '--state is empty', 'give the path of a directory');
  }
  const named = option ?? environment.WARDER_STATE_DIR;
  if (named) return resolve(named);
  const xdg = environment.XDG_STATE_HOME;
  const base = xdg && isAbsolute(xdg) ? xdg : join(environment.HOME || homedir(), '.local', 'state');
  return join(base, 'warder');
}

export interface StateDirectoryUser {
  uid: number;
  /** Others whose directories and links are trusted on the way: root, and who called sudo. */
  trusted: readonly number[];
}

/** The effective user of this process. Behind sudo the caller is trusted too: they may become root anyway. */
export function stateDirectoryUser(environment: Environment): StateDirectoryUser {
  const uid = process.geteuid!();
  const caller = Number(environment.SUDO_UID || Number.NaN);
  return { uid, trusted: uid === 0 && Number.isInteger(caller) ? [0, caller] : [0] };
}

/** Makes the directory where it is missing. Returns its real path. */
export function openStateDirectory(path: string, user: StateDirectoryUser): string {
  return walk(path, user, true)!;
}

/** For commands that only read: undefined where there is no such directory. */
export function findStateDirectory(path: string, user: StateDirectoryUser): string | undefined {
  return walk(path, user, false);
}

/** Component by component, so that each is looked at before it is trusted with the next. */
function walk(path: string, user: StateDirectoryUser, make: boolean): string | undefined {
  let pending = components(resolve(path));
  let at = '/';
  let links = 0;
  checkParent('/', lstatSync('/'), path, user);
  while (pending.length > 0) {
    const [name, ...rest] = pending as [string, ...string[]];
    const next = join(at, name);
    const status = look(next, path) ?? (make ? makeDirectory(next, path) : undefined);
    if (!status) return undefined;
    pending = rest;
    if (status.isSymbolicLink()) {
      checkOwner(next, status, path, user);
      if (++links > LINKS_MAX) throw refused(path, `leads through more than ${LINKS_MAX} symlinks`, OTHER);
      const target = resolve(at, readlinkSync(next));
      pending = [...components(target), ...rest];
      at = '/';
    } else if (!status.isDirectory()) {
      throw refused(path, `cannot be a directory: ${next} is a file of another kind`, OTHER);
    } else {
      if (rest.length > 0) checkParent(next, status, path, user);
      else close(next, status, path, user);
      at = next;
    }
  }
  return at;
}

function components(path: string): string[] {
  return path.split('/').filter(Boolean);
}

const OTHER = 'choose another with --state DIR or WARDER_STATE_DIR';
const SUDO = `as that user or as root it can be used: sudo warder …; or ${OTHER}`;

function look(next: string, path: string): Stats | undefined {
  try {
    return lstatSync(next, { throwIfNoEntry: false });
  } catch (error) {
    throw refused(path, `cannot be looked at: ${reason(error)}`, OTHER, error);
  }
}

function makeDirectory(next: string, path: string): Stats {
  try {
    mkdirSync(next, { mode: 0o700 });
  } catch (error) {
    // Somebody else made it meanwhile: then it is looked at like any that was there.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
      throw refused(path, `cannot be made: ${reason(error)}`, OTHER, error);
    }
  }
  return lstatSync(next);
}

function checkParent(directory: string, status: Stats, path: string, user: StateDirectoryUser): void {
  checkOwner(directory, status, path, user);
  if ((status.mode & ANYONE_WRITES) !== 0 && (status.mode & STICKY) === 0) {
    throw refused(
      path,
      `lies under ${directory}, which everyone may write (mode ${octal(status)})`,
      `close it with: chmod o-w ${directory}; or ${OTHER}`,
    );
  }
}

function checkOwner(component: string, status: Stats, path: string, user: StateDirectoryUser): void {
  if (status.uid === user.uid || user.trusted.includes(status.uid)) return;
  const what = status.isSymbolicLink() ? 'the symlink' : 'the directory';
  throw refused(
    path,
    `leads through ${what} ${component} of user ${status.uid}, who could put another in its place`,
    OTHER,
  );
}

/** The directory itself: ours, for us alone, and writable. */
function close(directory: string, status: Stats, path: string, user: StateDirectoryUser): void {
  if (status.uid !== user.uid) {
    throw refused(
      path,
      `belongs to user ${status.uid}, Warder runs as user ${user.uid}`,
      user.uid === 0 ? OTHER : SUDO,
    );
  }
  const open = (status.mode & OTHERS) !== 0;
  if (open && readdirSync(directory).length > 0) {
    throw refused(
      path,
      `is open to others (mode ${octal(status)}) and not empty`,
      `make sure that nobody else wrote to it, then run: chmod 700 ${directory}; or ${OTHER}`,
    );
  }
  try {
    if (open) chmodSync(directory, 0o700);
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw refused(path, `cannot be written: ${reason(error)}`, OTHER, error);
  }
}

function octal(status: Stats): string {
  return (status.mode & 0o7777).toString(8);
}

/** `EROFS: read-only file system`, without the call and the path that node adds. */
function reason(error: unknown): string {
  return (error as Error).message.replace(/, \w+ '.*$/s, '');
}

function refused(path: string, fault: string, fix: string, cause?: unknown): WarderError {
  return new WarderError('STATE_DIRECTORY', `the state directory ${path} ${fault}`, fix, { cause });
}
