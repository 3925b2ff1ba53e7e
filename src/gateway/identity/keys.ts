/**
 * Keys of people and consumers: `wk_<id>_<secret>`, of which the id is public and the secret, 32 random bytes, is
 * kept as its SHA-256. (Not a password: no slow hash adds anything to 256 random bits.)
 *
 * Throws: IDENTITY_KEY for an unknown one or roles that do not exist, GATEWAY_STORE_….
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { WarderError } from '../../base/error.ts';
import type { Actor, OwnEvents } from '../own-events.ts';
import { Recent } from '../store/recent.ts';

/**
 * What people and consumers may be. viewer: reads events and policy. approver: answers holds. policy-admin: changes
 * policy. host-admin: lets hosts in, and stops them. agent: an SDK or a proxy that asks what an agent may do.
 */
export const KEY_ROLES = ['viewer', 'approver', 'policy-admin', 'host-admin', 'agent'] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

const KEY = /^wk_([a-z0-9]{12})_([A-Za-z0-9_-]{43})$/;
const NAME = /^[A-Za-z0-9@._ -]{1,128}$/;

export interface KeyRow {
  id: string;
  name: string;
  roles: KeyRole[];
  createdMs: number;
  expiresMs: number;
  revokedMs: number;
}

interface Stored {
  id: string;
  name: string;
  roles: string;
  hash: Uint8Array;
  created_unix_ms: number;
  expires_unix_ms: number;
  revoked_unix_ms: number | null;
}

export class ApiKeys {
  readonly #database: DatabaseSync;
  readonly #own: OwnEvents;
  readonly #recent: Recent<string, Stored>;

  constructor(database: DatabaseSync, own: OwnEvents) {
    this.#database = database;
    this.#own = own;
    const byId = database.prepare('SELECT * FROM api_keys WHERE id = ?');
    this.#recent = new Recent((id) => byId.get(id) as Stored | undefined);
  }

  create(
    name: string,
    roles: readonly string[],
    validMs: number,
    actor: Actor,
  ): { key: string; row: KeyRow } {
    return this.#own.transaction((record) => {
      const made = this.#insert(name, checkRoles(roles), Date.now() + validMs);
      record({
        action: 'credential.issued',
        actor,
        subject: `key ${made.row.id} of ${name}`,
        changes: { roles: ['', made.row.roles.join(', ')] },
      });
      return made;
    });
  }

  /** A new key like another one, which ends after the overlap, or earlier where it was to. */
  rotate(id: string, overlapMs: number, validMs: number, actor: Actor): { key: string; row: KeyRow } {
    const old = this.#live(id);
    return this.#own.transaction((record) => {
      const now = Date.now();
      const made = this.#insert(old.name, checkRoles(old.roles.split(',')), now + validMs);
      const until = Math.min(old.expires_unix_ms, now + overlapMs);
      this.#database.prepare('UPDATE api_keys SET expires_unix_ms = ? WHERE id = ?').run(until, id);
      this.#recent.forget(id);
      record({
        action: 'key.rotated',
        actor,
        subject: `key of ${old.name}`,
        changes: { key: [id, made.row.id] },
      });
      return made;
    });
  }

  revoke(id: string, actor: Actor): void {
    const old = this.#live(id);
    this.#own.transaction((record) => {
      this.#database.prepare('UPDATE api_keys SET revoked_unix_ms = ? WHERE id = ?').run(Date.now(), id);
      this.#recent.forget(id);
      record({ action: 'credential.revoked', actor, subject: `key ${id} of ${old.name}` });
    });
  }

  list(): KeyRow[] {
    const rows = this.#database.prepare('SELECT * FROM api_keys ORDER BY created_unix_ms, id').all();
    return (rows as unknown as Stored[]).map(keyRow);
  }

  /** Whose a key is; undefined for none that is good now. */
  find(key: string): KeyRow | undefined {
    const [, id, secret] = KEY.exec(key) ?? [];
    if (id === undefined) return undefined;
    const stored = this.#stored(id);
    if (!stored || !timingSafeEqual(stored.hash, digest(secret!))) return undefined;
    return isGood(stored) ? keyRow(stored) : undefined;
  }

  /** Whether a key that was found is good still. */
  isGood(id: string): boolean {
    const stored = this.#stored(id);
    return stored !== undefined && isGood(stored);
  }

  #insert(name: string, roles: readonly KeyRole[], expiresMs: number): { key: string; row: KeyRow } {
    if (!NAME.test(name)) {
      throw new WarderError(
        'IDENTITY_KEY',
        `'${name.slice(0, 80)}' is no name for a key`,
        'write letters, digits, spaces, dots, dashes, @; at most 128',
      );
    }
    const id = randomBytes(8).toString('hex').slice(0, 12);
    const secret = randomBytes(32).toString('base64url');
    this.#database
      .prepare(
        'INSERT INTO api_keys (id, name, roles, hash, created_unix_ms, expires_unix_ms) VALUES (?, ?, ?, ?, ?, ?)',
      )
      .run(id, name, roles.join(','), digest(secret), Date.now(), expiresMs);
    return { key: `wk_${id}_${secret}`, row: keyRow(this.#stored(id)!) };
  }

  #live(id: string): Stored {
    const stored = this.#stored(id);
    if (stored && isGood(stored)) return stored;
    throw new WarderError(
      'IDENTITY_KEY',
      `there is no key '${id.slice(0, 80)}' that is good now`,
      'see which there are: warder key list',
    );
  }

  #stored(id: string): Stored | undefined {
    return this.#recent.get(id);
  }
}

function isGood({ expires_unix_ms, revoked_unix_ms }: Stored): boolean {
  return revoked_unix_ms === null && expires_unix_ms > Date.now();
}

function keyRow(stored: Stored): KeyRow {
  return {
    id: stored.id,
    name: stored.name,
    roles: stored.roles.split(',') as KeyRole[],
    createdMs: stored.created_unix_ms,
    expiresMs: stored.expires_unix_ms,
    revokedMs: stored.revoked_unix_ms ?? 0,
  };
}

function checkRoles(roles: readonly string[]): KeyRole[] {
  const known: readonly string[] = KEY_ROLES;
  const unknown = roles.filter((role) => !known.includes(role));
  if (roles.length > 0 && unknown.length === 0) return [...new Set(roles)] as KeyRole[];
  throw new WarderError(
    'IDENTITY_KEY',
    roles.length === 0 ? 'a key without a role' : `no such role: ${unknown.join(', ').slice(0, 80)}`,
    `give one or more of ${KEY_ROLES.join(', ')}`,
  );
}

function digest(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}
