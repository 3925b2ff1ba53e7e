/**
 * User names of ids, from /etc/passwd as it stood when first asked. Other name services are not consulted:
 * that would be a query per event. An unknown id has the empty name.
 */
import { readFileSync } from 'node:fs';

export class UserNames {
  readonly #names = new Map<number, string>();

  constructor(passwd: string = readPasswd()) {
    for (const line of passwd.split('\n')) {
      const [name, , uid] = line.split(':');
      if (name && uid && !this.#names.has(Number(uid))) this.#names.set(Number(uid), name);
    }
  }

  nameOf(uid: number): string {
    return this.#names.get(uid) ?? '';
  }
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}
