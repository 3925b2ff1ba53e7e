/**
 * Where checkpoints go so that this gateway cannot take them back: a file, a line for a log of others, witnesses.
 *
 * In:  each checkpoint that was signed. A newer one stands in for those that wait.
 * Out: cosignatures of witnesses, stored with the checkpoint. A witness that refuses is an event of the log.
 *
 * Never throws: what fails is told once until it works again, and tried with the next checkpoint.
 */
import { writeFileSync } from 'node:fs';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { type Draft, openDraft } from '../../base/draft.ts';
import { WarderError } from '../../base/error.ts';
import { witnessService } from '../../contract/audit-service.ts';
import { TLS_CHANNEL } from '../../contract/certificates.ts';
import { gatewayChannel } from '../../contract/channels.ts';
import { toLong, toNumber } from '../../contract/int64.ts';
import { callUnary } from '../../contract/unary.ts';
import type { OwnEvents } from '../own-events.ts';
import type { AuditLog, SignedCheckpoint } from './audit-log.ts';
import { cosignedAt } from './cosignature.ts';
import { COSIGNATURE_V1, parseVerifierKey } from './signed-note.ts';

export interface WitnessEndpoint {
  /** For gRPC: `unix:/path` or `host:port`. */
  address: string;
  /** What its cosignatures are verified with. */
  key: string;
  /** PEM of the authority that certified it. Left out: in the clear. What is sent is public and what comes back signed. */
  authority?: string | undefined;
}

export interface PublisherOptions {
  audit: AuditLog;
  own: OwnEvents;
  /** Replaced by each checkpoint. */
  file?: string | undefined;
  /** Takes each checkpoint as one line: its lines, separated by blanks. */
  print?: ((line: string) => void) | undefined;
  witnesses?: readonly WitnessEndpoint[] | undefined;
  onError(error: Error): void;
}

interface Sink {
  name: string;
  publish(checkpoint: SignedCheckpoint): Promise<void> | void;
  close?(): void;
}

const DEADLINE_MS = 10_000;
/** A witness can say twice where it stands, when another gateway of this log was faster. */
const TRIES = 3;

export class Publisher {
  readonly #options: PublisherOptions;
  readonly #sinks: readonly Sink[];
  readonly #failed = new Map<Sink, string>();
  #waiting: SignedCheckpoint | undefined;
  #working: Promise<void> | undefined;

  constructor(options: PublisherOptions) {
    this.#options = options;
    const { file, print, witnesses = [], audit } = options;
    this.#sinks = [
      ...(file ? [{ name: file, publish: ({ note }: SignedCheckpoint) => replaceFile(file, note) }] : []),
      ...(print ? [{ name: 'log', publish: ({ note }: SignedCheckpoint) => print(oneLine(note)) }] : []),
      ...witnesses.map((witness) => witnessSink(witness, audit)),
    ];
  }

  publish(checkpoint: SignedCheckpoint): void {
    if (this.#sinks.length === 0) return;
    this.#waiting = checkpoint;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  /** Resolves when nothing waits any more, or the time is over. */
  async settled(limitMs: number): Promise<void> {
    if (!this.#working) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([this.#working, late]);
    clearTimeout(timer);
  }

  close(): void {
    for (const sink of this.#sinks) sink.close?.();
  }

  async #work(): Promise<void> {
    while (this.#waiting) {
      const checkpoint = this.#waiting;
      this.#waiting = undefined;
      await Promise.all(this.#sinks.map((sink) => this.#try(sink, checkpoint)));
    }
  }

  async #try(sink: Sink, checkpoint: SignedCheckpoint): Promise<void> {
    try {
      await sink.publish(checkpoint);
      this.#failed.delete(sink);
    } catch (error) {
      const { code, message } = error as WarderError;
      if (this.#failed.get(sink) === code) return;
      this.#failed.set(sink, code);
      this.#options.onError(error as Error);
      if (code === 'WITNESS_FORK') this.#refused(sink, checkpoint, message);
    }
  }

  #refused(sink: Sink, { origin, size }: SignedCheckpoint, because: string): void {
    try {
      const changes = { size: ['', `${size}`], witness: ['', sink.name] } as const;
      this.#options.own.record({ action: 'checkpoint.refused', subject: origin, changes, because });
    } catch (error) {
      this.#options.onError(error as Error);
    }
  }
}

/** A checkpoint in one line: no line of it has a blank in it, but for those of its signatures. */
function oneLine(note: string): string {
  return note.trimEnd().replaceAll(/\n+/g, ' ');
}

function witnessSink({ address, key, authority }: WitnessEndpoint, audit: AuditLog): Sink {
  const witness = parseVerifierKey(key, COSIGNATURE_V1);
  const pool = { 'grpc.use_local_subchannel_pool': 1 };
  const client = authority
    ? new Client(address, gatewayChannel(authority), { ...pool, ...TLS_CHANNEL })
    : new Client(address, credentials.createInsecure(), pool);
  let cosigned = 0;
  const publish = async ({ size, note }: SignedCheckpoint): Promise<void> => {
    for (let tries = 0; tries < TRIES; tries++) {
      if (cosigned > size) throw ahead(witness.name, cosigned, size);
      const proof = audit.consistency(cosigned, size);
      const request = { oldSize: toLong(cosigned), proof, note };
      const answer = await callUnary(
        client,
        witnessService.addCheckpoint,
        request,
        new Metadata(),
        DEADLINE_MS,
      );
      cosigned = toNumber(answer.size);
      if (!answer.cosignature) continue;
      if (cosignedAt(`${note}${answer.cosignature}`, witness) === undefined)
        throw notByWitness(witness.name, address);
      audit.addCosignature(size, answer.cosignature);
      return;
    }
  };
  return { name: witness.name, publish, close: () => client.close() };
}

function replaceFile(path: string, text: string): void {
  let draft: Draft | undefined;
  try {
    draft = openDraft(path, 0o644);
    writeFileSync(draft.fd, text);
    draft.keep();
  } catch (error) {
    draft?.drop();
    throw new WarderError(
      'AUDIT_PUBLISH',
      `the checkpoint cannot be written to ${path}: ${(error as Error).message}`,
      'name a file in a directory that the gateway may write, or leave it out',
      { cause: error },
    );
  }
}

function ahead(witness: string, cosigned: number, size: number): WarderError {
  return new WarderError(
    'WITNESS_FORK',
    `${witness} has cosigned ${cosigned} events of this log, which has ${size}`,
    'an older state was put back, or another gateway has this log and its key: find out before anything else',
  );
}

function notByWitness(witness: string, address: string): WarderError {
  return new WarderError(
    'WITNESS_KEY',
    `what ${address} cosigned is not by ${witness}`,
    "compare the key in the configuration with the witness's own: warder audit key --witness",
  );
}
