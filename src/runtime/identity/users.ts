/**
 * Users of the host: names of ids for events, accounts for starting agents. /etc/passwd is read first, and again when an
 * account is asked for and the file is another than before: who was made since the service began may start agents. Whom it
 * does not have the name services are asked for (name-services.ts). An unknown id has the empty name; of one that only the
 * name services know, so have the first events that speak of it.
 */
import { readFileSync, statSync } from 'node:fs';
import { WarderError } from '../../base/error.ts';
import { type Entry, HOST_NAMES, type NameServices } from './name-services.ts';

export interface Account {
  uid: number;
  gid: number;
  home: string;
}

export class Users {
  readonly #names = new Map<number, string>();
  readonly #accounts = new Map<string, Account>();
  readonly #path: string;
  readonly #services: NameServices;
  #stamp = '';

  constructor(path = '/etc/passwd', services = HOST_NAMES) {
    this.#path = path;
    this.#services = services;
    this.#read();
  }

  #read(): void {
    const stamp = stampOf(this.#path);
    if (stamp === this.#stamp) return;
    this.#stamp = stamp;
    this.#names.clear();
    this.#accounts.clear();
    for (const line of textOf(this.#path).split('\n')) {
      const entry = line.split(':');
      const [name, , uid] = entry;
      if (!name || !uid) continue;
      if (!this.#names.has(Number(uid))) this.#names.set(Number(uid), name);
      this.#accounts.set(name, accountOf(entry));
    }
  }

  /** At once: for what is told while it happens. */
  nameOf(uid: number): string {
    return this.#names.get(uid) ?? this.#services.seen('passwd', `${uid}`)?.[0] ?? '';
  }

  /** As nameOf, when the name services have answered. Throws RUN_NAME_SERVICE. */
  async findName(uid: number): Promise<string> {
    return this.#names.get(uid) ?? (await this.#services.find('passwd', `${uid}`))?.[0] ?? '';
  }

  /** The account behind `--user`: NAME or UID, and :GROUP or :GID. Throws RUN_USER for a name that is not there, RUN_NAME_SERVICE. */
  async account(user: string): Promise<Account> {
    this.#read();
    const [, who = '', group] = /^([^:]*)(?::(.*))?$/s.exec(user) ?? [];
    const uid = numberOf(who);
    const known = await this.#known(who, uid);
    if (!known && uid === undefined) throw noSuch('user', user);
    const gid = group === undefined ? (known?.gid ?? uid!) : (numberOf(group) ?? (await this.#gidOf(group)));
    if (gid === undefined) throw noSuch('group', user);
    return { uid: uid ?? known!.uid, gid, home: known?.home ?? '/' };
  }

  async #known(who: string, uid: number | undefined): Promise<Account | undefined> {
    const listed = this.#accounts.get(uid === undefined ? who : (this.#names.get(uid) ?? ''));
    if (listed || who === '') return listed;
    const entry = await this.#services.find('passwd', who);
    return entry && accountOf(entry);
  }

  async #gidOf(group: string): Promise<number | undefined> {
    return numberOf((await this.#services.find('group', group))?.[2] ?? '');
  }
}

function accountOf([, , uid, gid, , home]: Entry): Account {
  return { uid: Number(uid), gid: Number(gid), home: home || '/' };
}

function noSuch(what: 'user' | 'group', user: string): WarderError {
  return new WarderError(
    'RUN_USER',
    `--user ${user}: no such ${what}`,
    'name a user of this host (getent passwd), or a number with its group: --user UID:GID',
  );
}

function numberOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
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
