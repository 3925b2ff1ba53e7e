/**
 * Where unix sockets of this host are bound, by what the kernel lists of them.
 *
 * A name that was bound relative to a directory is listed as it was given, without the directory: it is looked for wherever a process
 * is now, for most servers stay where they bound. What is bound in another network namespace is not listed.
 *
 * Out: paths with a socket at them. Nothing throws; the host is read as it is now.
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Directories and names that are tried with each other: a fifth of a second, whoever binds how many. */
const MOST_TRIED = 100_000;

export function boundSockets(): string[] {
  const names = boundNames(readTextFile('/proc/net/unix'));
  const absolute = names.filter((name) => name.startsWith('/'));
  const relative = names.filter((name) => !name.startsWith('/'));
  const directories = relative.length === 0 ? [] : workingDirectories();
  const tried = relative
    .slice(0, Math.ceil(MOST_TRIED / Math.max(directories.length, 1)))
    .flatMap((name) => directories.map((directory) => join(directory, name)));
  return [...new Set([...absolute, ...tried])].filter(isSocket);
}

/**
 * Names in the kernel's list (net/unix/af_unix.c, unix_seq_show), without abstract ones. It writes numbers of inodes five places wide,
 * and names as they are: who binds one with a line break in it can write what looks like a line, of any name.
 */
export function boundNames(list: string): string[] {
  const entries = list.replace(/\n$/, '').split(/\n(?=[0-9a-f]{8,16}: )/);
  const names = entries.slice(1).map((entry) => ENTRY.exec(entry)?.[1] ?? '');
  return [...new Set(names.filter((name) => name !== '' && !name.startsWith('@')))];
}
/** Address, references, protocol, flags, type, state, inode, name. */
const ENTRY = /^\S+(?: \S+){5} +\d+ (.*)$/s;

function workingDirectories(): string[] {
  const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return [...new Set(processes.flatMap((pid) => workingDirectory(pid)))];
}

function workingDirectory(pid: string): string[] {
  try {
    return [readlinkSync(`/proc/${pid}/cwd`)];
  } catch {
    return []; // it ended meanwhile
  }
}

function readTextFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
  } catch {
    return false;
  }
}
