/**
 * Unix sockets: other programs answer there, with more rights than the agent has. Landlock does not judge a connect
 * to a path (it will from ABI 9 on), and a read-only mount does not refuse it, so they are put out of sight.
 *
 * In:  allowances, which sockets there are. Out: mounts.
 * A policy that allows no unix socket to be connected to, and names none to listen on, gets none at all: the filter
 * refuses them. That base lets every path be listened on names none.
 *
 * Throws: WALLS_SOCKETS where more are bound than a start can mask.
 */
import { WarderError } from '../../base/error.ts';
import { type Allowances, parentOf } from './allowances.ts';
import type { WallLine } from './description.ts';
import type { HostFiles } from './host-files.ts';
import { outermost } from './proc.ts';

/** Where services put their sockets, and put them anew when they restart. */
const SERVICES = '/run';

/** A mount each, in half of the 16,384 walls that the launcher takes (native/launcher/walls.h). */
const MOST_MASKED = 8192;

/** Whether some unix socket may be connected to or made. */
export function usesUnixSockets(allowed: Allowances): boolean {
  return (
    allowed.under('connect', '/') ||
    (['connect', 'listen'] as const).some(
      (category) =>
        allowed.abstract(category).length > 0 ||
        allowed.boundaries(category).some((path) => path !== '/' && allowed.self(category, path)),
    )
  );
}

/** @param own directory of what this run is told; those of others are out of sight, with the sockets in them */
export function socketLines(
  allowed: Allowances,
  host: HostFiles,
  own: string | undefined,
): { lines: WallLine[] } {
  const around = own === undefined ? undefined : parentOf(own);
  const told: WallLine[] =
    own === undefined || around === undefined
      ? []
      : [
          ['veil', around],
          ['keep', own],
        ];
  if (!usesUnixSockets(allowed)) return { lines: told };
  const lines: WallLine[] = [['local-sockets']];
  const veiled =
    host.kind(SERVICES) === 'directory' &&
    !allowed.under('connect', SERVICES) &&
    !allowed.under('read', SERVICES);
  if (veiled) lines.push(['veil', SERVICES], ...kept(allowed, host).map((path): WallLine => ['keep', path]));
  else lines.push(...told);
  const open = host.sockets().filter((path) => !allowed.self('connect', path) && host.kind(path) === 'other');
  const gone = veiled ? SERVICES : around;
  const left = open.filter((path) => gone === undefined || !path.startsWith(`${gone}/`));
  if (left.length > MOST_MASKED) throw tooMany(left);
  lines.push(...left.map((path): WallLine => ['socket', path]));
  return { lines };
}

/** What rules allow under it, for reading, changing, running or connecting. */
function kept(allowed: Allowances, host: HostFiles): string[] {
  const categories = ['read', 'write', 'exec', 'load', 'connect'] as const;
  const paths = categories.flatMap((category) =>
    allowed
      .boundaries(category)
      .filter((path) => path.startsWith(`${SERVICES}/`) && allowed.self(category, path)),
  );
  return outermost([...new Set(paths)].filter((path) => host.kind(path) !== null).sort());
}

/** Any user of the host can bind that many: who reads this wants to know where they are. */
function tooMany(sockets: readonly string[]): WarderError {
  const counts = new Map<string, number>();
  for (const path of sockets) counts.set(parentOf(path), (counts.get(parentOf(path)) ?? 0) + 1);
  const [directory, count] = [...counts].reduce((most, next) => (next[1] > most[1] ? next : most));
  return new WarderError(
    'WALLS_SOCKETS',
    `${sockets.length} unix sockets of others are bound on this host, ${count} of them in ${directory}, and at most ${MOST_MASKED} can be kept from an agent`,
    'end what binds them (ss -xlp names it), or give the agent a policy without unix sockets',
  );
}
