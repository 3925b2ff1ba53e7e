/**
 * Who is behind a process: the user that logged in, whatever sudo or su made of them since.
 *
 * In:     a process, and its user now. Out: a number, and its name; the number where it has none.
 * Throws: RUN_NAME_SERVICE, for a number is nobody's name: who may not say yes to what they started is told by it.
 *
 * /proc/<pid>/loginuid (proc(5), CONFIG_AUDIT) is set once at login and kept by all that comes of it; 4294967295 is unset, as
 * for services.
 */
import { readFileSync } from 'node:fs';
import { Users } from './users.ts';

const UNSET = 0xffff_ffff;

export function loginUid(pid: number | 'self', uid: number): number {
  let login = UNSET;
  try {
    login = Number(readFileSync(`/proc/${pid}/loginuid`, 'utf8'));
  } catch {
    // A kernel without audit, or a process that has gone.
  }
  return login === UNSET ? uid : login;
}

export async function loginName(uid: number): Promise<string> {
  return (await new Users().findName(uid)) || `${uid}`;
}
