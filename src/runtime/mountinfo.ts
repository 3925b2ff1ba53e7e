/**
 * What is mounted where, as this process sees it.
 *
 * In:  text of mountinfo.
 * Out: its lines: the mount point, the kind of file system, the options of its superblock.
 * Source: proc_pid_mountinfo(5).
 */
import { readFileSync } from 'node:fs';

export interface Mount {
  readonly place: string;
  readonly kind: string;
  readonly options: readonly string[];
}

export function* mounts(mountinfo = readFileSync('/proc/self/mountinfo', 'utf8')): Generator<Mount> {
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const place = before.split(' ')[4];
    const [kind = '', , options = ''] = after.split(' ');
    if (place !== undefined) yield { place: unescaped(place), kind, options: options.split(',') };
  }
}

/** Blank, tab, line feed and backslash stand there in octal. */
function unescaped(place: string): string {
  return place.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
