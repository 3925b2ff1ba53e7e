/**
 * What a gateway proves by: its event log and key, checkpoints and where they go, retention, its own events, its start and end.
 *
 * In:     the options of the gateway; who it is.
 * Out:    the parts that services and the start work with. What is begun is taken back by `undo`, last first: the store
 *         is closed after all that writes to it.
 * Throws: GATEWAY_STORE_…, GATEWAY_KEY, AUDIT_FORK, AUDIT_SET_BACK.
 */
import type { HostIdentity } from '../base/host-identity.ts';
import { AuditLog } from './audit/audit-log.ts';
import { Checkpointer } from './audit/checkpointer.ts';
import { openLogKey } from './audit/key-rotation.ts';
import { Publisher } from './audit/publisher.ts';
import { Retention, RetentionKeeper } from './audit/retention.ts';
import { Witness, witnessName } from './audit/witness.ts';
import type { GatewayOptions } from './gateway.ts';
import { STOP_MS } from './grpc-server.ts';
import { GatewayLifetime } from './lifetime.ts';
import { OwnEvents } from './own-events.ts';
import { openKey } from './store/key-file.ts';
import { openEventLog, type SqliteEventLog } from './store/sqlite-event-log.ts';
import { StoreTrouble } from './store-trouble.ts';

/** Takes back what was begun: at a failed start, and at the stop, last first. */
export type Undo = (() => unknown)[];

export interface Evidence {
  log: SqliteEventLog;
  audit: AuditLog;
  own: OwnEvents;
  trouble: StoreTrouble;
  witness: Witness;
  lifetime: GatewayLifetime;
  /** Of the log's key. */
  keyId: string;
  /** Lets retention begin. */
  keep(): void;
}

/** @param id UUID of this start */
export function openEvidence(
  options: GatewayOptions & { stateDirectory: string; onError(error: Error): void },
  { id, identity }: { id: string; identity: HostIdentity },
  undo: Undo,
): Evidence {
  const { stateDirectory, onError } = options;
  const log = openEventLog(stateDirectory);
  undo.push(() => log.close());
  const logKey = openLogKey(stateDirectory, log);
  const audit = new AuditLog(log, logKey, () => openLogKey(stateDirectory, log));
  audit.check();
  const own = new OwnEvents({ log, origin: { ...identity, origin: id }, redact: options.redact });
  const trouble = new StoreTrouble(own, onError);
  const publisher = new Publisher({ ...options.checkpoints, audit, own, onError });
  undo.push(() => publisher.close());
  const checkpointer = new Checkpointer(log, audit, onError, (signed) => publisher.publish(signed));
  undo.push(async () => {
    await log.idle();
    checkpointer.close();
    await publisher.settled(STOP_MS);
  });
  const witness = new Witness({
    log,
    own,
    key: () => openKey(stateDirectory, 'witness', options.keys),
    name: witnessName(audit),
  });
  witness.follow(options.witnessOf ?? []);
  const keeper = new RetentionKeeper(new Retention(log, own), options.retain ?? {}, onError);
  undo.push(() => keeper.close());
  const lifetime = new GatewayLifetime(log, own);
  undo.push(async () => {
    await log.idle();
    attempt(() => lifetime.stopped(), onError);
  });
  return { log, audit, own, trouble, witness, lifetime, keyId: logKey.id, keep: () => keeper.start() };
}

/** What a stop, or a refusal, can do without. */
export function attempt(work: () => void, onError: (error: Error) => void): void {
  try {
    work();
  } catch (error) {
    onError(error as Error);
  }
}
