/**
 * Users from /etc/passwd as it stood when first asked: names of ids for events, accounts for starting agents.
 * Other name services are not consulted: that would be a query per event. An unknown id has the empty name.
 */
import { readFileSync } from 'node:fs';

export interface Account {
  uid: number;
  gid: number;
  home: string;
}

export class Users {
  readonly #names = new Map<number, string>();
  readonly #accounts = new Map<string, Account>();

  constructor(passwd: string = readPasswd()) {
    for (const line of passwd.split('\n')) {
      const [name, , uid, gid, , home] = line.split(':');
      if (!name || !uid) continue;
      if (!this.#names.has(Number(uid))) this.#names.set(Number(uid), name);
      this.#accounts.set(name, { uid: Number(uid), gid: Number(gid), home: home || '/' });
    }
  }

  nameOf(uid: number): string {
    return this.#names.get(uid) ?? '';
  }

  /** The account behind `--user`: NAME or UID[:GID]. Undefined for a name that is not there. */
  account(user: string): Account | undefined {
    const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(user) ?? [];
    const known = this.#accounts.get(uid === undefined ? user : this.nameOf(Number(uid)));
    if (uid === undefined) return known;
    return { uid: Number(uid), gid: Number(gid ?? known?.gid ?? uid), home: known?.home ?? '/' };
  }
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}
