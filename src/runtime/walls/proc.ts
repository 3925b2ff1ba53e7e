/**
 * /proc inside a run: a mount of its own in which only the run's processes are, and of the rest what `read` allows.
 *
 * In:  allowances, what /proc has. Out: mounts, and rules for Landlock.
 * Which processes there will be nobody knows, so Landlock allows all of /proc and what is not for reading is hidden.
 * Nothing there can be written: the mount is read-only, whatever `write` says.
 */
import type { Allowances } from './allowances.ts';
import type { WallLine } from './description.ts';
import type { HostFiles } from './host-files.ts';

const PROC = '/proc';

export function procLines(allowed: Allowances, host: HostFiles): { mounts: WallLine[]; rules: WallLine[] } {
  const mounts: WallLine[] = [['proc']];
  const reads = allowed.under('read', PROC) || allowed.under('read', `${PROC}/self`);
  if (!reads) return { mounts, rules: [] };
  const readable = allowed
    .boundaries('read')
    .filter((path) => path.startsWith(`${PROC}/`) && !ofProcess(path));
  const visit = (path: string): void => {
    const kind = host.kind(path);
    if (kind === null) return; // a link: /proc/self, /proc/net, /proc/mounts
    if (kind === 'directory' ? allowed.under('read', path) : allowed.self('read', path)) return;
    const keep = readable.filter(
      (inner) => inner.startsWith(`${path}/`) && allowed.self('read', inner) && host.kind(inner) !== null,
    );
    if (keep.length === 0) mounts.push(['hide', path]);
    else mounts.push(['veil', path], ...outermost(keep).map((inner): WallLine => ['keep', inner]));
  };
  if (!allowed.under('read', PROC)) {
    for (const name of host.list(PROC)) if (!/^\d+$/.test(name)) visit(`${PROC}/${name}`);
  } else {
    for (const path of readable) if (!allowed.self('read', path)) visit(path);
  }
  return { mounts, rules: [['allow', 'rd', PROC]] };
}

function ofProcess(path: string): boolean {
  return /^\/proc\/(\d+|self|thread-self)(\/|$)/.test(path);
}

/** Those that lie under no other of them. */
export function outermost(paths: readonly string[]): string[] {
  return paths.filter((path) => !paths.some((other) => path.startsWith(`${other}/`)));
}
