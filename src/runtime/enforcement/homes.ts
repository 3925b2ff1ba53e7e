/**
 * Home directories of the people on this host: built-in denies of credentials hold in each of them.
 *
 * Out: those that passwd(5) gives to root and to users from UID 1000 on, and the directories under /home,
 *      which covers users of a directory service. Nothing throws: a host without either has none.
 */
import { readdirSync, readFileSync } from 'node:fs';

const FIRST_USER = 1_000;
const NOBODY = 65_534;

export function hostHomes(passwd = '/etc/passwd', homeParent = '/home'): string[] {
  const listed = lines(passwd).flatMap((line) => {
    const [, , uid = '', , , home = ''] = line.split(':');
    const number = Number(uid);
    return uid !== '' && (number === 0 || (number >= FIRST_USER && number !== NOBODY)) ? [home] : [];
  });
  const present = directoriesIn(homeParent).map((name) => `${homeParent}/${name}`);
  return [...new Set([...listed, ...present])].filter((home) => home.startsWith('/') && home !== '/').sort();
}

function lines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function directoriesIn(path: string): string[] {
  try {
    return readdirSync(path, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name);
  } catch {
    return [];
  }
}
