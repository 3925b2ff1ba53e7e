/**
 * The users and groups that `allow` in runtime.yaml names, as numbers, by the host's own name services
 * (getent(1)), whichever they are.
 *
 * Out: rows; a name that nobody has is told, and its row is for nobody by that name.
 */
import { spawnSync } from 'node:child_process';
import { WarderError } from '../base/error.ts';
import type { AllowRow } from '../runtime/local/permissions.ts';
import type { RuntimeConfig } from './config/runtime.ts';

export function allowRows(rows: RuntimeConfig['allow'], tell: (problem: WarderError) => void): AllowRow[] {
  return rows.map(({ user, group, agents, adopt }) => ({
    uids: user === undefined ? [] : ids('passwd', user, tell),
    gids: group === undefined ? [] : ids('group', group, tell),
    agents,
    adopt,
  }));
}

/** passwd(5) and group(5) have the number in the third field. */
function ids(database: 'passwd' | 'group', name: string, tell: (problem: WarderError) => void): number[] {
  if (/^\d+$/.test(name)) return [Number(name)];
  const { stdout } = spawnSync('getent', [database, name], { encoding: 'utf8' });
  const id = stdout?.split(':')[2];
  if (id !== undefined && /^\d+$/.test(id)) return [Number(id)];
  const kind = database === 'passwd' ? 'user' : 'group';
  tell(
    new WarderError(
      'CONFIG_UNKNOWN_NAME',
      `no ${kind} of this host is called '${name}', so that a row of allow is for nobody by that name`,
      `make the ${kind} and reload, or mend the row`,
    ),
  );
  return [];
}
