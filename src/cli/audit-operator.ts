/**
 * Acts of the operator on a log, as events of it.
 */
import { randomUUID } from 'node:crypto';
import { userInfo } from 'node:os';
import { readHostIdentity } from '../base/host-identity.ts';
import { type Actor, OwnEvents } from '../gateway/own-events.ts';
import { createRedactor } from '../runtime/redaction/redactor.ts';
import type { AuditState } from './audit-state.ts';

/** What a command adds to the log is of an origin of its own. */
export function ownEventsOf({ log }: AuditState): OwnEvents {
  const redactor = createRedactor();
  const origin = { ...readHostIdentity(), origin: randomUUID() };
  return new OwnEvents({ log, origin, redact: (text, counts) => redactor.text(text, counts) });
}

/** Who gave the command; under sudo, whoever called that. */
export function operator(): Actor {
  const { username, uid } = userInfo();
  return { kind: 'operator', name: process.env.SUDO_USER || username, credential: `uid:${uid}` };
}
