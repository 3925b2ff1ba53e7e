/**
 * `--private-tmp`: directories for temporary files that are the run's own, empty at its start and gone with it.
 *
 * In:     allowances, what the host has. Out: mounts, and the host as the run will see it.
 * Throws: RUN_PRIVATE_TMP where the workspace, or another allowed place, is such a directory itself.
 * What rules allow under them (a workspace in /tmp) stays where it is. Nothing is allowed by this: without a rule for
 * /tmp the run cannot use its own either.
 */
import { WarderError } from '../../base/error.ts';
import type { Allowances } from './allowances.ts';
import type { WallLine } from './description.ts';
import type { FileKind, HostFiles } from './host-files.ts';
import { outermost } from './proc.ts';

const TEMPORARY = ['/tmp', '/var/tmp'];

export interface PrivatePlaces {
  lines: WallLine[];
  host: HostFiles;
}

export function privatePlaces(allowed: Allowances, host: HostFiles, workspace: string): PrivatePlaces {
  const lines = TEMPORARY.filter((path) => host.kind(path) === 'directory').flatMap((path) => {
    if (workspace === path) {
      throw new WarderError(
        'RUN_PRIVATE_TMP',
        `the workspace is ${path} itself, and --private-tmp puts an empty directory there`,
        'give a directory under it with --workspace DIR, or leave --private-tmp out',
      );
    }
    const kept = outermost(placesUnder(path, allowed, host));
    return [['private', path] as const, ...kept.map((place) => ['keep', place] as const)];
  });
  return { lines, host: new SeenUnder(host, lines) };
}

/** In a private place there is what was kept, and the directories above it. */
class SeenUnder implements HostFiles {
  readonly #host: HostFiles;
  readonly #covered: string[];
  readonly #kept: string[];

  constructor(host: HostFiles, lines: readonly (readonly ['private' | 'keep', string])[]) {
    const of = (wanted: string) => lines.filter(([word]) => word === wanted).map(([, path]) => path);
    this.#host = host;
    this.#covered = of('private');
    this.#kept = of('keep');
  }

  kind(path: string): FileKind | null {
    return this.#isThere(path) ? this.#host.kind(path) : null;
  }

  list(directory: string): string[] {
    const all = this.#host.list(directory);
    return all.filter((name) => this.#isThere(`${directory === '/' ? '' : directory}/${name}`));
  }

  sockets(): string[] {
    return this.#host.sockets().filter((path) => this.#isThere(path));
  }

  #isThere(path: string): boolean {
    if (!this.#covered.some((covered) => path.startsWith(`${covered}/`))) return true;
    return this.#kept.some((kept) => `${path}/`.startsWith(`${kept}/`) || kept.startsWith(`${path}/`));
  }
}

function placesUnder(path: string, allowed: Allowances, host: HostFiles): string[] {
  const categories = ['read', 'write', 'exec', 'load', 'connect'] as const;
  const places = categories.flatMap((category) =>
    allowed
      .boundaries(category)
      .filter((place) => place.startsWith(`${path}/`) && allowed.self(category, place)),
  );
  return [...new Set(places)].filter((place) => host.kind(place) !== null).sort();
}
