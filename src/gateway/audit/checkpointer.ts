/**
 * Signs the log as it grows: a checkpoint when so many events have come since the last, or so much time has
 * passed, and one at the end. What no checkpoint has signed yet is what could be altered unseen; these bounds
 * are how much that is.
 *
 * A checkpoint that fails (a full disk) is told and tried again; events do not wait for it.
 */
import type { EventLog } from '../store/event-log.ts';
import type { AuditLog, SignedCheckpoint } from './audit-log.ts';

const CHECKPOINT_EVENTS = 10_000;
const CHECKPOINT_MS = 10_000;

export class Checkpointer {
  readonly #audit: AuditLog;
  readonly #onError: (error: Error) => void;
  readonly #onSigned: (checkpoint: SignedCheckpoint) => void;
  readonly #timer: NodeJS.Timeout;
  readonly #unwatch: () => void;
  #signed: number;

  constructor(
    log: EventLog,
    audit: AuditLog,
    onError: (error: Error) => void,
    onSigned: (checkpoint: SignedCheckpoint) => void = () => {},
  ) {
    this.#audit = audit;
    this.#onError = onError;
    this.#onSigned = onSigned;
    this.#signed = audit.latest()?.size ?? 0;
    this.#timer = setInterval(() => this.sign(), CHECKPOINT_MS).unref();
    this.#unwatch = log.watch(() => {
      if (audit.knownSize - this.#signed >= CHECKPOINT_EVENTS) this.sign();
    });
  }

  /** Signs what there is, if anything came since the last time. Never throws. */
  sign(): void {
    try {
      if (this.#audit.size <= this.#signed) return;
      const checkpoint = this.#audit.checkpoint();
      this.#signed = checkpoint.size;
      this.#onSigned(checkpoint);
    } catch (error) {
      this.#onError(error as Error);
    }
  }

  /** The last checkpoint of this gateway. */
  close(): void {
    clearInterval(this.#timer);
    this.#unwatch();
    this.sign();
  }
}
