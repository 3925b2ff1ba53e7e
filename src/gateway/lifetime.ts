/**
 * Start and end of gateways, in the log: this one's, and those of gateways that ended without a stop.
 *
 * Each gateway that runs has a row in the table `gateways`; its stop takes it out, in the transaction that records
 * it. A row whose gateway does not answer is that of one that was killed or lost its power: the next one to start
 * says so.
 *
 * Throws: GATEWAY_STORE_….
 */
import type { GatewayAction } from '../contract/gateway-actions.ts';
import { answers } from './endpoint.ts';
import type { GatewayOptions } from './gateway.ts';
import type { OwnEvents } from './own-events.ts';
import type { SqliteEventLog } from './store/sqlite-event-log.ts';

/** Gateways that are gone and have not said so. To be asked before this gateway listens itself, for it may listen where a dead one did. */
export async function deadGateways(log: SqliteEventLog, boot: string): Promise<string[]> {
  const rows = log.database.prepare('SELECT id, boot, address FROM gateways').all() as unknown as {
    id: string;
    boot: string;
    address: string;
  }[];
  const alive = await Promise.all(rows.map((row) => row.boot === boot && answers(row.address)));
  return rows.filter((_, at) => !alive[at]).map(({ id }) => id);
}

export interface GatewayStart {
  id: string;
  boot: string;
  address: string;
  version: string;
  policyKeyId: string;
  redactionRules: string;
  /** As deadGateways gave them. */
  dead: readonly string[];
}

export class GatewayLifetime {
  readonly #log: SqliteEventLog;
  readonly #own: OwnEvents;
  #id: string | undefined;

  constructor(log: SqliteEventLog, own: OwnEvents) {
    this.#log = log;
    this.#own = own;
  }

  started({ id, boot, address, version, policyKeyId, redactionRules, dead }: GatewayStart): void {
    const { database } = this.#log;
    this.#own.transaction((record) => {
      const remove = database.prepare('DELETE FROM gateways WHERE id = ?');
      for (const other of dead) {
        // Another gateway that starts at the same time may have said it.
        if (remove.run(other).changes === 1) record({ action: 'gateway.died', subject: other });
      }
      database
        .prepare('INSERT INTO gateways (id, boot, address, started_unix_ms) VALUES (?, ?, ?, ?)')
        .run(id, boot, address, Date.now());
      record({
        action: 'gateway.started',
        subject: id,
        changes: {
          version: ['', version],
          address: ['', address],
          'policy key': ['', policyKeyId],
          ...(redactionRules === '' ? {} : { 'redaction rules': ['', redactionRules] as const }),
        },
      });
    });
    this.#id = id;
  }

  /** Nothing, unless it has started. */
  stopped(): void {
    const id = this.#id;
    if (id === undefined) return;
    this.#id = undefined;
    this.#own.transaction((record) => {
      this.#log.database.prepare('DELETE FROM gateways WHERE id = ?').run(id);
      record({ action: 'gateway.stopped', subject: id });
    });
  }
}

export interface Setting {
  name: string;
  value: string;
  action: GatewayAction;
  subject: string;
  /** Field of the event that has the value before and after. */
  field: string;
}

/** Records that a setting is another than it was last; the first value ever is only kept, unless `first` is. */
export function settingUsed(
  log: SqliteEventLog,
  own: OwnEvents,
  { name, value, action, subject, field }: Setting,
  first?: string,
): void {
  const known = log.database.prepare('SELECT value FROM settings WHERE name = ?').get(name)?.value as
    | string
    | undefined;
  if (known === value) return;
  own.transaction((record) => {
    log.database.prepare('INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)').run(name, value);
    const before = known ?? first;
    if (before !== undefined && before !== value) {
      record({ action, subject, changes: { [field]: [before, value] } });
    }
  });
}

/** Records a key that is used for the first time, or in another's place. */
export function keyUsed(log: SqliteEventLog, own: OwnEvents, name: string, keyId: string): void {
  const known = log.database.prepare('SELECT key_id FROM keys WHERE name = ?').get(name)?.key_id;
  if (known === keyId) return;
  own.transaction((record) => {
    log.database.prepare('INSERT OR REPLACE INTO keys (name, key_id) VALUES (?, ?)').run(name, keyId);
    const before = (known as string | undefined) ?? '';
    record({
      action: before === '' ? 'key.created' : 'key.rotated',
      subject: name,
      changes: { key: [before, keyId] },
    });
  });
}

/** What a gateway that keeps a log is set to: told where it is another than at the start before. */
export function settingsUsed(
  log: SqliteEventLog,
  own: OwnEvents,
  { retain = {}, redactionRules = '', ephemeralKey }: GatewayOptions,
): void {
  if (ephemeralKey) return; // a command's own gateway: what it is told holds for that command
  const { ageMs, maxBytes } = retain;
  const rule = [ageMs && `age ${ageMs} ms`, maxBytes && `size ${maxBytes} bytes`].filter(Boolean).join(', ');
  settingUsed(
    log,
    own,
    { name: 'retention', value: rule, action: 'retention.changed', subject: 'retention', field: 'rule' },
    '',
  );
  settingUsed(log, own, {
    name: 'redaction rules',
    value: redactionRules,
    action: 'redaction.changed',
    subject: 'gateway',
    field: 'rules',
  });
}
