/**
 * The users and groups that `allow` in runtime.yaml names, as numbers, by the host's own name services, whichever they
 * are.
 *
 * Out: rows; a name that nobody has is told, and its row is for nobody by that name.
 */
import { WarderError } from '../base/error.ts';
import { type Database, HOST_NAMES } from '../runtime/identity/name-services.ts';
import type { AllowRow } from '../runtime/local/permissions.ts';
import type { RuntimeConfig } from './config/runtime.ts';

type Tell = (problem: unknown) => void;

export function allowRows(rows: RuntimeConfig['allow'], tell: Tell): Promise<AllowRow[]> {
  return Promise.all(
    rows.map(async ({ user, group, agents, adopt }) => ({
      uids: user === undefined ? [] : await ids('passwd', user, tell),
      gids: group === undefined ? [] : await ids('group', group, tell),
      agents,
      adopt,
    })),
  );
}

/** passwd(5) and group(5) have the number in the third field. */
async function ids(database: Database, name: string, tell: Tell): Promise<number[]> {
  if (/^\d+$/.test(name)) return [Number(name)];
  try {
    const id = (await HOST_NAMES.find(database, name))?.[2];
    if (id !== undefined) return [Number(id)];
  } catch (error) {
    tell(error);
    return [];
  }
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
