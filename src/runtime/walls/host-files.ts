/**
 * What the host has at a path, as far as walls need to know. A path that leads through a link is not there: the
 * place that it leads to has a name of its own, and rules stand for that as well.
 *
 * Nothing throws; the host is read as it is now.
 */
import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { parentOf } from './allowances.ts';
import { boundSockets } from './bound-sockets.ts';

export type FileKind = 'directory' | 'file' | 'other';

export interface HostFiles {
  /** Null for what is not there, or not under this name. */
  kind(path: string): FileKind | null;
  /** Names in a directory; none where it cannot be read. */
  list(directory: string): string[];
  /** Paths to which unix sockets are bound now; what is not a socket, is none of them. */
  sockets(): string[];
}

export class ThisHost implements HostFiles {
  readonly #links = new Map<string, boolean>();

  kind(path: string): FileKind | null {
    if (path !== '/' && this.#throughLink(parentOf(path))) return null;
    const status = statusOf(path);
    if (!status || status.isSymbolicLink()) return null;
    if (status.isDirectory()) return 'directory';
    return status.isFile() ? 'file' : 'other';
  }

  list(directory: string): string[] {
    try {
      return readdirSync(directory);
    } catch {
      return [];
    }
  }

  sockets(): string[] {
    return boundSockets();
  }

  /** Whether a directory, or one above it, is a link or missing. */
  #throughLink(directory: string): boolean {
    if (directory === '/') return false;
    const known = this.#links.get(directory);
    if (known !== undefined) return known;
    const through = this.#throughLink(parentOf(directory)) || statusOf(directory)?.isDirectory() !== true;
    this.#links.set(directory, through);
    return through;
  }
}

function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
