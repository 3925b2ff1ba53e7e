/**
 * Which policies were effective for an agent, in order: version numbers that only grow, whoever of several
 * gateways on one state directory gives them out.
 *
 * Throws: GATEWAY_STORE_… as database.ts says.
 */
import type { DatabaseSync } from 'node:sqlite';
import { storeError } from './database.ts';

/** How long a write waits for another process's; it holds the thread, and happens only when a policy changes. */
const BUSY_MS = 5000;

export interface NewPolicyVersion {
  agent: string;
  address: string;
  /** canonicalPolicy, without version, issue and lease unless the source set them. */
  policy: Uint8Array;
}

export class PolicyVersions {
  readonly #database: DatabaseSync;
  readonly #path: string;

  constructor(database: DatabaseSync, path: string) {
    this.#database = database;
    this.#path = path;
  }

  /** The version of this content: the latest one's when it is the same, one more otherwise. */
  add({ agent, address, policy }: NewPolicyVersion): number {
    const database = this.#database;
    try {
      database.exec(`PRAGMA busy_timeout = ${BUSY_MS}; BEGIN IMMEDIATE`);
      const latest = database
        .prepare('SELECT version, address FROM policy_versions WHERE agent = ? ORDER BY version DESC LIMIT 1')
        .get(agent);
      let version = (latest?.version as number | undefined) ?? 0;
      if (latest?.address !== address) {
        version++;
        database
          .prepare(
            'INSERT INTO policy_versions (agent, version, address, policy, time_unix_ms) VALUES (?, ?, ?, ?, ?)',
          )
          .run(agent, version, address, policy, Date.now());
      }
      database.exec('COMMIT');
      return version;
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      throw storeError(error, this.#path);
    } finally {
      database.exec('PRAGMA busy_timeout = 0');
    }
  }
}
