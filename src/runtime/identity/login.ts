/**
 * Who is behind a process: the user that logged in, whatever sudo or su made of them since.
 *
 * In:  a process, and its user now. Out: a name; the number where it has none.
 * /proc/<pid>/loginuid (proc(5), CONFIG_AUDIT) is set once at login and kept by all that comes of it; 4294967295 is unset, as
 * for services.
 */
import { readFileSync } from 'node:fs';
import { Users } from './users.ts';

const UNSET = 0xffff_ffff;

export function loginName(pid: number | 'self', uid: number): string {
  let login = UNSET;
  try {
    login = Number(readFileSync(`/proc/${pid}/loginuid`, 'utf8'));
  } catch {
    // A kernel without audit, or a process that has gone.
  }
  const known = login === UNSET ? uid : login;
  return new Users().nameOf(known) || String(known);
}
