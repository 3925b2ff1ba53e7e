/**
 * Users from /etc/passwd: names of ids for events, accounts for starting agents. It is read again when an account is asked
 * for and the file is another than before: who was made since the service began may start agents. Other name services are
 * not consulted: that would be a query per event. An unknown id has the empty name.
 */
import { readFileSync, statSync } from 'node:fs';

export interface Account {
  uid: number;
  gid: number;
  home: string;
}

export class Users {
  readonly #names = new Map<number, string>();
  readonly #accounts = new Map<string, Account>();
  readonly #path: string;
  #stamp = '';

  constructor(path = '/etc/passwd') {
    this.#path = path;
    this.#read();
  }

  #read(): void {
    const stamp = stampOf(this.#path);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    this.#names.clear();
    this.#accounts.clear();
    for (const line of textOf(this.#path).split('\n')) {
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
    this.#read();
    const [, uid, gid] = /^(\d+)(?::(\d+))?$/.exec(user) ?? [];
    const known = this.#accounts.get(uid === undefined ? user : this.nameOf(Number(uid)));
    if (uid === undefined) return known;
    return { uid: Number(uid), gid: Number(gid ?? known?.gid ?? uid), home: known?.home ?? '/' };
  }
}

/** Changes with the file: tools put another in its place. */
function stampOf(path: string): string {
  const status = statSync(path, { throwIfNoEntry: false, bigint: true });
  return status ? `${status.ino} ${status.size} ${status.mtimeNs} ${status.ctimeNs}` : 'none';
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
