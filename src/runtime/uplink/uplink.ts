/**
 * The runtime's side of the stream to its gateway: events up until they are in the log, policy down.
 *
 * In:  events, in order; they are numbered here, from 1, for this runtime process.
 * Out: verified policies; acknowledgements, as resolved promises.
 *
 * Batches that are not acknowledged are kept as encoded bytes: in memory up to a bound, past which `sendEvents`
 * resolves later, and that is the caller's sign to stop reading from the kernel; or in a spool on disk, which outlives
 * this process, and at whose bound the oldest observations go. After a break the stream is
 * opened anew and what the gateway's log lacks is sent again, each event once.
 *
 * Throws: UPLINK_REFUSED, UPLINK_CLOSED, UPLINK_TIMEOUT, UPLINK_EVENT_SIZE, UPLINK_NO_POLICY, and what
 * verifyPolicy throws.
 */
import type { Client, ServiceError } from '@grpc/grpc-js';
import { WarderError } from '../../base/error.ts';
import { FOLLOWED_MOST } from '../../contract/budgets.ts';
import { toBigInt, toLong, toNumber } from '../../contract/int64.ts';
import type { Event, GatewayMessage, RuntimeMessage } from '../../contract/messages.ts';
import type { VerifiedPolicy } from '../../contract/signing.ts';
import { Spool } from '../spool/spool.ts';
import { AskedPolicies, type PolicyEvent } from './asked-policies.ts';
import {
  breakReason,
  type Connection,
  isFinal,
  noEndpoint,
  openConnection,
  RECONNECT_MS,
} from './connection.ts';
import type { EventQueue } from './event-batches.ts';
import type { UplinkEndpoint, UplinkOptions } from './options.ts';
import { PendingEvents } from './pending-events.ts';
import { Waits } from './waits.ts';

const DEFAULT_PENDING_BYTES = 32 * 1024 * 1024;
const HEARTBEAT_MS = 10_000;
/** Batches whose way is timed at once. */
const MARKS_MOST = 1000;
/** How long the gateway has to take what was said last. */
const LEAVE_MS = 1_000;
const DEFAULT_TIMEOUT_MS = 10_000;

/** Opens the stream. Resolves when the gateway has said welcome. */
export async function connectUplink(options: UplinkOptions): Promise<Uplink> {
  const uplink = new Uplink(options);
  try {
    await uplink.attached(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    return uplink;
  } catch (error) {
    await uplink.close();
    throw error;
  }
}

export class Uplink {
  readonly #options: UplinkOptions;
  #endpoint: UplinkEndpoint | undefined;
  #client: Client | undefined;
  readonly #asked = new AskedPolicies();
  readonly #controlListeners = new Set<(message: GatewayMessage) => void>();
  /** Origins of earlier processes whose runs are this one's. */
  #follows: readonly string[] = [];
  /** Said again at each attach. */
  readonly #standing = new Map<string, RuntimeMessage>();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #waits = new Waits();

  #stream: Connection['stream'] | undefined;
  #welcomed = false;
  #reconnectMs = RECONNECT_MS.first;
  #reconnectTimer: NodeJS.Timeout | undefined;
  #leaving: Promise<void> | undefined;
  /** Why the uplink is of no more use. */
  #ended: WarderError | undefined;
  /** The last reason for a break or a stall: what a time-out is explained with. */
  #trouble: WarderError | undefined;

  readonly #pending: EventQueue;
  /** Batches that are not stored yet, by their last sequence. */
  readonly #marks: { sequence: number; sinceMs: number }[] = [];
  readonly #spool: Spool | undefined;
  /** Sends what an earlier process left in the spool. */
  #leftover: Uplink | undefined;
  #writable = true;

  /** @param queue events that are there already; default: a new queue, in the spool or in memory */
  constructor(options: UplinkOptions, queue?: EventQueue) {
    this.#options = options;
    const { spool, origin, onProblem = () => {} } = options;
    if (spool && !queue) this.#spool = new Spool(spool, onProblem);
    this.#pending = queue ?? this.#spool?.queue(origin) ?? new PendingEvents();
    this.#heartbeat = setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
    void this.#connect();
  }

  /** Resolves once the gateway has said welcome. */
  async attached(timeoutMs: number): Promise<void> {
    await this.#waits.until(
      () => this.#welcomed,
      timeoutMs,
      () => this.#timeout(`no gateway answered${this.#where()}`),
    );
  }

  /**
   * Takes events over: sets their sequences, encodes and sends them. Resolves when there is room for more;
   * that is at once, unless the bound on unacknowledged bytes is reached.
   */
  async sendEvents(events: readonly Event[]): Promise<void> {
    if (this.#ended) throw this.#ended;
    try {
      this.#pending.add(events);
      this.#mark(events);
    } finally {
      this.#pump();
    }
    const limit = this.#options.pendingBytes ?? DEFAULT_PENDING_BYTES;
    if (this.#pending.heldBytes > limit) await this.#waits.until(() => this.#pending.heldBytes <= limit);
  }

  /** By their origins, oldest first: earlier processes that this one takes over from, and this one. */
  get origins(): readonly string[] {
    return [...this.#follows, this.#options.origin.origin];
  }

  /** The gateway hears of them with each question for a policy: what they held of budgets is this one's. */
  follow(origins: readonly string[]): void {
    this.#follows = origins.slice(-FOLLOWED_MOST);
  }

  /** Last sequence given to an event, and last one that the gateway has acknowledged. */
  get sequences(): { last: number; acknowledged: number } {
    const { last, acknowledged } = this.#pending;
    return { last, acknowledged };
  }

  get isAttached(): boolean {
    return this.#welcomed;
  }

  /** Bytes on disk, of earlier processes too. */
  get spoolBytes(): number {
    return this.#spool?.bytes ?? 0;
  }

  /** Bytes of events not yet acknowledged. */
  get pendingBytes(): number {
    return this.#pending.bytes;
  }

  /**
   * The effective policy of an agent, verified. Later versions come to onPolicy's listeners.
   * Rejects with UPLINK_NO_POLICY when the gateway has none for the agent.
   */
  policyFor(agent: string, run: string): Promise<VerifiedPolicy> {
    if (this.#ended) return Promise.reject(this.#ended);
    const limitMs = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    const answer = this.#asked.add(agent, run, limitMs, () =>
      this.#timeout(`no policy for ${agent} within ${limitMs} ms`),
    );
    if (this.#welcomed) this.#ask(agent, run);
    return answer;
  }

  /** Calls `listener` for each policy that comes, renewals included. Returns the end of it. */
  onPolicy(listener: (event: PolicyEvent) => void): () => void {
    return this.#asked.onPolicy(listener);
  }

  /** Calls `listener` for commands, and for answers to what is held. Returns the end of it. */
  onControl(listener: (message: GatewayMessage) => void): () => void {
    this.#controlListeners.add(listener);
    return () => this.#controlListeners.delete(listener);
  }

  /** Says something besides events now, where the gateway is attached; it may be lost with the stream. */
  say(message: RuntimeMessage): Promise<void> {
    const stream = this.#welcomed ? this.#stream : undefined;
    if (!stream) return Promise.resolve();
    return new Promise((resolve) => stream.write(message, () => resolve()));
  }

  /** Says it now and at each attach to come, until another of its name takes its place or undefined does. */
  keepSaying(name: string, message: RuntimeMessage | undefined): void {
    if (message === undefined) {
      this.#standing.delete(name);
      return;
    }
    this.#standing.set(name, message);
    void this.say(message);
  }

  /** Resolves when everything sent so far is in the gateway's log. */
  async flush(timeoutMs: number = DEFAULT_TIMEOUT_MS): Promise<void> {
    const { last } = this.#pending;
    await this.#waits.until(
      () => this.#pending.acknowledged >= last,
      timeoutMs,
      () => {
        const missing = last - this.#pending.acknowledged;
        return this.#timeout(
          `${missing} of ${last} events are not in the gateway's log after ${timeoutMs} ms`,
        );
      },
    );
  }

  /** What is not acknowledged outlives this process. */
  get keepsEvents(): boolean {
    return this.#options.spool !== undefined;
  }

  /** Events that the gateway has not acknowledged. */
  get unacknowledged(): number {
    return this.#pending.last - this.#pending.acknowledged;
  }

  /**
   * Ends the stream, once the gateway has taken what was said, or after a moment: whoever killed the last run waits for its
   * answer. Events that are not acknowledged then are lost, so flush first; from a spool the next process sends them.
   * Idempotent.
   */
  close(): Promise<void> {
    this.#leaving ??= this.#leave();
    return this.#leaving;
  }

  async #leave(): Promise<void> {
    const leftover = this.#leftover?.close();
    const stream = this.#welcomed ? this.#stream : undefined;
    if (stream) {
      this.#stream = undefined;
      this.#welcomed = false;
      const over = new Promise<void>((resolve) => {
        stream.once('end', resolve).once('error', () => resolve());
      });
      stream.end();
      await Promise.race([over, new Promise((resolve) => setTimeout(resolve, LEAVE_MS).unref())]);
      stream.cancel();
    }
    if (leftover) await leftover;
    this.#end(new WarderError('UPLINK_CLOSED', 'the uplink is closed', 'make a new one with connectUplink'));
  }

  async #connect(): Promise<void> {
    try {
      const { endpoint } = this.#options;
      const next = typeof endpoint === 'function' ? await endpoint() : endpoint;
      if (!this.#ended) this.#open(next);
    } catch (error) {
      this.#again(noEndpoint(error as Error));
    }
  }

  #open(endpoint: UplinkEndpoint): void {
    this.#endpoint = endpoint;
    this.#client?.close();
    const { client, stream } = openConnection(endpoint);
    this.#client = client;
    this.#stream = stream;
    this.#writable = true;
    stream.on('data', (message: GatewayMessage) => {
      if (this.#stream === stream) this.#take(message);
    });
    stream.on('drain', () => {
      if (this.#stream !== stream) return;
      this.#writable = true;
      this.#pump();
    });
    stream.on('error', (error: ServiceError) => this.#broken(stream, error));
    stream.on('end', () => this.#broken(stream, undefined));
    const { origin, version, capabilities, redactionRules = '' } = this.#options;
    stream.write({ hello: { ...origin, version, capabilities: [...(capabilities ?? [])], redactionRules } });
  }

  #take(message: GatewayMessage): void {
    if (message.welcome) this.#welcome(toNumber(message.welcome.lastSequence));
    else if (message.acknowledgement) this.#stored(toNumber(message.acknowledgement.sequence));
    else if (message.policy) this.#asked.answer(message.policy, this.#endpoint!.gatewayPublicKey);
    else if (message.command || message.holdAnswer || message.budgetShares) this.#control(message);
    else if (message.status)
      this.#stalled(message.status.code ?? '', message.status.message ?? '', message.status.fix ?? '');
    this.#waits.wake();
  }

  #stored(sequence: number): void {
    this.#pending.acknowledge(sequence);
    while (this.#marks[0] && this.#marks[0].sequence <= sequence) {
      const { sinceMs } = this.#marks.shift()!;
      this.#options.onStored?.(Math.max(0, Date.now() - sinceMs) / 1000);
    }
  }

  #mark(events: readonly Event[]): void {
    const [first] = events;
    if (!first || !this.#options.onStored || this.#marks.length >= MARKS_MOST) return;
    const sinceMs = Number(toBigInt(first.timeUnixNs) / 1_000_000n);
    this.#marks.push({ sequence: this.#pending.last, sinceMs });
  }

  #welcome(lastSequence: number): void {
    this.#welcomed = true;
    this.#reconnectMs = RECONNECT_MS.first;
    this.#trouble = undefined;
    this.#pending.resume(lastSequence);
    this.#options.onState?.({ state: 'attached' });
    for (const { agent, run } of this.#asked.all()) this.#ask(agent, run);
    for (const message of this.#standing.values()) this.say(message);
    this.#pump();
    this.#sendLeftovers();
  }

  /** One origin after the other, each on a stream of its own, for a stream has one origin. */
  #sendLeftovers(): void {
    const [queue] = this.#spool?.leftovers ?? [];
    if (!queue || this.#leftover || this.#leaving || this.#ended) return;
    const { spool: _spool, onState: _onState, ...options } = this.#options;
    const leftover = new Uplink({ ...options, patient: true, origin: queue.origin }, queue);
    this.#leftover = leftover;
    leftover.#waits
      .until(() => queue.acknowledged >= queue.last)
      .then(
        () => {
          void leftover.close();
          this.#spool!.done(queue);
          this.#leftover = undefined;
          this.#sendLeftovers();
        },
        () => {}, // closed with this one
      );
  }

  #control(message: GatewayMessage): void {
    for (const listener of this.#controlListeners) listener(message);
  }

  /** The gateway says that it cannot store, or that it can again. */
  #stalled(code: string, message: string, fix: string): void {
    this.#trouble = code === '' ? undefined : new WarderError(code, message, fix);
    this.#options.onState?.(
      this.#trouble ? { state: 'stalled', problem: this.#trouble } : { state: 'attached' },
    );
  }

  #broken(stream: Connection['stream'], error: ServiceError | undefined): void {
    if (this.#stream !== stream || this.#ended) return;
    const wasWelcomed = this.#welcomed;
    this.#stream = undefined;
    this.#welcomed = false;
    const problem = breakReason(this.#where(), error);
    if (isFinal(error) && !this.#options.patient) this.#end(problem);
    else this.#again(problem, wasWelcomed);
  }

  /** Later, and told: the first time that it fails, and where it fails for another reason than before. */
  #again(problem: WarderError, wasWelcomed = false): void {
    if (this.#ended) return;
    const isNews = this.#options.patient && this.#trouble?.message !== problem.message;
    this.#trouble = problem;
    if (wasWelcomed || isNews) this.#options.onState?.({ state: 'detached', problem });
    this.#reconnectTimer = setTimeout(
      () => void this.#connect(),
      this.#reconnectMs * (0.5 + Math.random() / 2),
    );
    this.#reconnectMs = Math.min(this.#reconnectMs * 2, RECONNECT_MS.last);
  }

  #where(): string {
    return this.#endpoint ? ` at ${this.#endpoint.address}` : '';
  }

  #end(problem: WarderError): void {
    if (this.#ended) return;
    this.#ended = problem;
    clearTimeout(this.#reconnectTimer);
    clearInterval(this.#heartbeat);
    this.#stream?.cancel();
    this.#client?.close();
    void this.#leftover?.close();
    this.#spool?.close();
    if (problem.code !== 'UPLINK_CLOSED') this.#options.onState?.({ state: 'failed', problem });
    this.#asked.end(problem);
    this.#waits.end(problem);
  }

  /** Gives the stream what it has room for. */
  #pump(): void {
    while (this.#stream && this.#welcomed && this.#writable) {
      const message = this.#pending.next();
      if (!message) return;
      this.#writable = this.#stream.write(message);
    }
  }

  #ask(agent: string, run: string): void {
    this.#stream?.write({ policyRequest: { agent, run, follows: [...this.#follows] } });
  }

  #beat(): void {
    if (this.#welcomed) this.#stream?.write({ heartbeat: { timeUnixMs: toLong(Date.now()) } });
  }

  #timeout(what: string): WarderError {
    const { message, fix } = this.#trouble ?? {};
    return new WarderError(
      'UPLINK_TIMEOUT',
      message ? `${what}: ${message}` : what,
      fix ?? 'see whether the gateway runs and answers',
    );
  }
}
