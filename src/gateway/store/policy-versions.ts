/**
 * Which policies were effective for an agent, in order: version numbers that only grow, whoever of several
 * gateways on one state directory gives them out. A new one is an event of the log, written with it.
 *
 * Throws: GATEWAY_STORE_… as database.ts says.
 */
import type { DatabaseSync } from 'node:sqlite';
import type { OwnEvents } from '../own-events.ts';

export interface NewPolicyVersion {
  agent: string;
  address: string;
  /** canonicalPolicy, without version, issue and lease unless the source set them. */
  policy: Uint8Array;
}

export class PolicyVersions {
  readonly #database: DatabaseSync;
  readonly #own: OwnEvents;

  constructor(database: DatabaseSync, own: OwnEvents) {
    this.#database = database;
    this.#own = own;
  }

  /** The version of this content: the latest one's when it is the same, one more otherwise. */
  add({ agent, address, policy }: NewPolicyVersion): number {
    return this.#own.transaction((record) => {
      const latest = this.#database
        .prepare('SELECT version, address FROM policy_versions WHERE agent = ? ORDER BY version DESC LIMIT 1')
        .get(agent);
      const version = (latest?.version as number | undefined) ?? 0;
      if (latest?.address === address) return version;
      this.#database
        .prepare(
          'INSERT INTO policy_versions (agent, version, address, policy, time_unix_ms) VALUES (?, ?, ?, ?, ?)',
        )
        .run(agent, version + 1, address, policy, Date.now());
      record({
        action: 'policy.versioned',
        subject: agent,
        agent,
        changes: {
          version: [version === 0 ? '' : `${version}`, `${version + 1}`],
          policy: [(latest?.address as string | undefined) ?? '', address],
        },
      });
      return version + 1;
    });
  }
}
