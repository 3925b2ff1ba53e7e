/**
 * Which hosts may speak: one-time tokens, certificates, revocation, in the gateway's database.
 *
 * Tokens are kept as SHA-256 hashes and are good for one host, once. A host is refused when it has been revoked and
 * has not enrolled since; so are all of its certificates of before, by serial.
 *
 * Throws: IDENTITY_TOKEN, IDENTITY_HOST, IDENTITY_REVOKED, GATEWAY_STORE_….
 */
import { createHash, randomBytes } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { WarderError } from '../../base/error.ts';
import type { Actor, OwnEvents } from '../own-events.ts';

const HOST_NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9])?$/;

export interface HostRow {
  host: string;
  enrolledMs: number;
  expiresMs: number;
  revokedMs: number;
}

export class Hosts {
  readonly #database: DatabaseSync;
  readonly #own: OwnEvents;

  constructor(database: DatabaseSync, own: OwnEvents) {
    this.#database = database;
    this.#own = own;
  }

  issueToken(host: string, validMs: number, actor: Actor): string {
    if (!HOST_NAME.test(host)) {
      throw new WarderError(
        'IDENTITY_HOST',
        `'${host.slice(0, 80)}' is no name of a host`,
        'write letters, digits, dots, dashes and underscores',
      );
    }
    const token = randomBytes(32).toString('base64url');
    const expires = Date.now() + validMs;
    this.#own.transaction((record) => {
      this.#database.prepare('DELETE FROM enrolment_tokens WHERE expires_unix_ms < ?').run(Date.now());
      this.#database
        .prepare('INSERT INTO enrolment_tokens (hash, host, expires_unix_ms) VALUES (?, ?, ?)')
        .run(digest(token), host, expires);
      record({
        action: 'credential.issued',
        actor,
        subject: `enrolment of host ${host}`,
        changes: { expires: ['', new Date(expires).toISOString()] },
      });
    });
    return token;
  }

  /** The host that a token is for, which it is good for no more; with `issue` fails, it is as before. */
  async enroll<T extends { serial: string; expiresMs: number }>(
    token: string,
    address: string,
    issue: (host: string) => Promise<T>,
  ): Promise<{ host: string; issued: T }> {
    const row = this.#database
      .prepare('SELECT host, expires_unix_ms FROM enrolment_tokens WHERE hash = ?')
      .get(digest(token)) as { host: string; expires_unix_ms: number } | undefined;
    if (!row || row.expires_unix_ms < Date.now()) throw badToken();
    const issued = await issue(row.host);
    this.#own.transaction((record) => {
      // Of two that come at once, one has it.
      const { changes } = this.#database
        .prepare('DELETE FROM enrolment_tokens WHERE hash = ?')
        .run(digest(token));
      if (Number(changes) !== 1) throw badToken();
      this.#database
        .prepare(
          `INSERT INTO hosts (name, enrolled_unix_ms) VALUES (?, ?)
           ON CONFLICT (name) DO UPDATE SET enrolled_unix_ms = excluded.enrolled_unix_ms, revoked_unix_ms = NULL`,
        )
        .run(row.host, Date.now());
      this.#add(row.host, issued);
      record({
        action: 'credential.issued',
        actor: { kind: 'runtime', name: row.host, credential: 'enrolment token', address },
        subject: `host ${row.host}`,
        changes: { certificate: ['', issued.serial] },
      });
    });
    return { host: row.host, issued };
  }

  renewed(host: string, issued: { serial: string; expiresMs: number }): void {
    this.#own.transaction((record) => {
      this.#add(host, issued);
      record({
        action: 'credential.issued',
        actor: { kind: 'runtime', name: host },
        subject: `host ${host}`,
        changes: { certificate: ['', issued.serial] },
      });
    });
  }

  /** Returns how many certificates were good until now. */
  revoke(host: string, actor: Actor, because: string): number {
    const known = this.#database.prepare('SELECT 1 FROM hosts WHERE name = ?').get(host);
    if (!known)
      throw new WarderError(
        'IDENTITY_HOST',
        `no host '${host.slice(0, 80)}' has enrolled here`,
        'see which have: warder host list',
      );
    return this.#own.transaction((record) => {
      const now = Date.now();
      this.#database.prepare('UPDATE hosts SET revoked_unix_ms = ? WHERE name = ?').run(now, host);
      this.#database.prepare('DELETE FROM enrolment_tokens WHERE host = ?').run(host);
      const { changes } = this.#database
        .prepare('UPDATE certificates SET revoked = 1 WHERE host = ? AND revoked = 0 AND expires_unix_ms > ?')
        .run(host, now);
      record({
        action: 'credential.revoked',
        actor,
        subject: `host ${host}`,
        because,
        changes: { certificates: [String(changes), '0'] },
      });
      return Number(changes);
    });
  }

  /** Whether a certificate of a host is refused. One of another authority goes by the host alone. */
  isRevoked(host: string, serial: string): boolean {
    const row = this.#database
      .prepare(
        `SELECT (SELECT revoked FROM certificates WHERE serial = ?) AS certificate,
                (SELECT revoked_unix_ms FROM hosts WHERE name = ?) AS host`,
      )
      .get(serial.toLowerCase(), host)!;
    return row.certificate === 1 || row.host !== null;
  }

  list(): HostRow[] {
    const rows = this.#database
      .prepare(
        `SELECT name AS host, enrolled_unix_ms AS enrolledMs, coalesce(revoked_unix_ms, 0) AS revokedMs,
                coalesce((SELECT max(expires_unix_ms) FROM certificates c WHERE c.host = name), 0) AS expiresMs
         FROM hosts ORDER BY name`,
      )
      .all();
    return rows as unknown as HostRow[];
  }

  #add(host: string, { serial, expiresMs }: { serial: string; expiresMs: number }): void {
    this.#database.prepare('DELETE FROM certificates WHERE expires_unix_ms < ?').run(Date.now());
    this.#database
      .prepare('INSERT INTO certificates (serial, host, expires_unix_ms, revoked) VALUES (?, ?, ?, 0)')
      .run(serial, host, expiresMs);
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

function badToken(): WarderError {
  return new WarderError(
    'IDENTITY_TOKEN',
    'the enrolment token is not known here, has been used, or is over',
    'get a new one: warder host token HOST',
  );
}
