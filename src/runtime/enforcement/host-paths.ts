/**
 * The names that a path has on this host: a rule for `/bin/sh` is one for `/usr/bin/dash` where the one leads
 * to the other.
 *
 * In:  absolute paths; which paths the agent may change.
 * Out: the path itself, its name with all links of its directory followed, and what it leads to. A link that
 *      the agent could change, by itself or by a directory above it, is not followed: the path then stands for
 *      itself alone. So does one that leads nowhere: a loop, or a place that this process may not look into.
 * Nothing throws; the host is read as it is now.
 */
import { lstatSync, readlinkSync } from 'node:fs';

/** As the kernel's MAXSYMLINKS (fs/namei.c). */
const LINKS_MAX = 40;

/** What a symbolic link at a path holds; null where there is no link. */
export type LinkReader = (path: string) => string | null;

/**
 * Links in a process's directory of procfs are the kernel's: where they lead depends on who asks. For rules,
 * /proc/self is the acting process's own directory (bpf/path.h), and no link inside such a one is followed.
 */
const OF_A_PROCESS = /^\/proc\/(?:self|thread-self|\d+)(?:\/|$)/;

/** Of this host, by whatever reads one; what that throws of is no link. */
export function hostLinks(read: LinkReader): LinkReader {
  return (path) => {
    if (OF_A_PROCESS.test(path)) return null;
    try {
      return read(path);
    } catch {
      return null;
    }
  };
}

/** Without the addon: a policy is looked at on hosts where no agent runs. */
function nodeLink(path: string): string | null {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ? readlinkSync(path) : null;
}

export class HostPaths {
  readonly #readLink: LinkReader;
  readonly #links = new Map<string, string | null>();

  constructor(readLink: LinkReader = hostLinks(nodeLink)) {
    this.#readLink = readLink;
  }

  /** All names of a path, itself first. */
  namesOf(path: string, mayChange: (path: string) => boolean): string[] {
    const slash = path.lastIndexOf('/');
    const directory = this.#follow(path.slice(0, slash), mayChange);
    const target = this.#follow(path, mayChange);
    const names = [path];
    if (directory !== null && path !== '/') names.push(`${directory}/${path.slice(slash + 1)}`);
    if (target !== null) names.push(target === '' ? '/' : target);
    return [...new Set(names)];
  }

  /** The path with every link followed; what does not exist stays as written. Null for a loop. */
  resolve(path: string): string | null {
    const target = this.#follow(path, () => false);
    return target === '' ? '/' : target;
  }

  /** '' is the root. Null when a link may not be followed. */
  #follow(path: string, mayChange: (path: string) => boolean): string | null {
    let resolved = '';
    let links = 0;
    const pending = path.split('/').reverse();
    for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
      if (part === '' || part === '.') continue;
      if (part === '..') {
        resolved = resolved.slice(0, Math.max(0, resolved.lastIndexOf('/')));
        continue;
      }
      const next = `${resolved}/${part}`;
      const target = this.#linkAt(next);
      if (target === null) {
        resolved = next;
        continue;
      }
      if (++links > LINKS_MAX || mayChange(next)) return null;
      if (target.startsWith('/')) resolved = '';
      pending.push(...target.split('/').reverse());
    }
    return resolved;
  }

  #linkAt(path: string): string | null {
    const known = this.#links.get(path);
    if (known !== undefined) return known;
    const target = this.#readLink(path);
    this.#links.set(path, target);
    return target;
  }
}
