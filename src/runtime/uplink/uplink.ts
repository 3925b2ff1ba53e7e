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
import {
  type ChannelCredentials,
  Client,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js';
import { WarderError } from '../../base/error.ts';
import { FOLLOWED_MOST } from '../../contract/budgets.ts';
import type { Origin } from '../../contract/canonical.ts';
import { TLS_CHANNEL } from '../../contract/certificates.ts';
import { toBigInt, toLong, toNumber } from '../../contract/int64.ts';
import type {
  Capability,
  Event,
  GatewayMessage,
  PolicyUpdate,
  RuntimeMessage,
} from '../../contract/messages.ts';
import { attach } from '../../contract/services.ts';
import { type VerifiedPolicy, verifyPolicy } from '../../contract/signing.ts';
import { Spool, type SpoolOptions } from '../spool/spool.ts';
import type { EventQueue } from './event-batches.ts';
import { PendingEvents } from './pending-events.ts';

const DEFAULT_PENDING_BYTES = 32 * 1024 * 1024;
const RECONNECT_FIRST_MS = 50;
const RECONNECT_LAST_MS = 5000;
const HEARTBEAT_MS = 10_000;
/** Batches whose way is timed at once. */
const MARKS_MOST = 1000;
/** How long the gateway has to take what was said last. */
const LEAVE_MS = 1_000;
const DEFAULT_TIMEOUT_MS = 10_000;

const CLEAR = credentials.createInsecure();

const CHANNEL_OPTIONS = {
  'grpc.keepalive_time_ms': 30_000,
  'grpc.keepalive_timeout_ms': 10_000,
  'grpc.initial_reconnect_backoff_ms': RECONNECT_FIRST_MS,
  'grpc.max_reconnect_backoff_ms': RECONNECT_LAST_MS,
  'grpc.use_local_subchannel_pool': 1,
};

/** What no new connection would mend. */
const FINAL: ReadonlySet<number> = new Set([
  status.UNAUTHENTICATED,
  status.PERMISSION_DENIED,
  status.INVALID_ARGUMENT,
  status.UNIMPLEMENTED,
]);

/** Where the gateway is, and how it and this runtime know each other. */
export interface UplinkEndpoint {
  /** For gRPC: `unix:/path` or `host:port`. */
  address: string;
  /** Sent as a bearer token, where the channel's credentials do not say who this is. */
  token?: string | undefined;
  /** Default: in the clear, which is for local sockets only. */
  channel?: ChannelCredentials;
  /** base64 of the Ed25519 key that policies must be signed with. */
  gatewayPublicKey: string;
}

export interface UplinkOptions {
  /** Asked before each connection: certificates are renewed, local tokens change with each start of a gateway. */
  endpoint: UplinkEndpoint | (() => UplinkEndpoint | Promise<UplinkEndpoint>);
  /** A refusal is no end: the gateway is asked again, as after any break. For a runtime that outlives its gateway. */
  patient?: boolean;
  /** What this runtime says of itself; `origin` is a UUID of this process. */
  origin: Origin;
  version: string;
  /** Address of the rules that this runtime redacts by. */
  redactionRules?: string;
  capabilities?: readonly Capability[];
  /** Most bytes of events kept in memory until they are acknowledged, or until they are in the spool. */
  pendingBytes?: number;
  /** Keep events on disk until they are acknowledged. What earlier processes left there is sent, under their origins. */
  spool?: SpoolOptions;
  /** Told of what the spool cannot do; nothing stops. */
  onProblem?(error: WarderError): void;
  /** Limit for the first connection, and for policyFor. */
  timeoutMs?: number;
  onState?(state: UplinkState): void;
  /** Told for each batch how many seconds lie between its first event and the gateway's word that it is stored. */
  onStored?(seconds: number): void;
}

/**
 * `stalled`: the gateway is there and cannot store; `problem` says why and what to do. `failed`: it refused
 * this runtime, for good.
 */
export interface UplinkState {
  state: 'attached' | 'detached' | 'stalled' | 'failed';
  problem?: WarderError;
}

/** A later answer for an agent: a policy to put in force, or why there is none (any more). */
export type PolicyEvent = { agent: string } & ({ policy: VerifiedPolicy } | { problem: WarderError });

interface Asked {
  run: string;
  policy?: VerifiedPolicy;
  waiting: { resolve(policy: VerifiedPolicy): void; reject(error: Error): void }[];
}

type Stream = ReturnType<typeof attach>;

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
  readonly #asked = new Map<string, Asked>();
  readonly #policyListeners = new Set<(event: PolicyEvent) => void>();
  readonly #controlListeners = new Set<(message: GatewayMessage) => void>();
  /** Origins of earlier processes whose runs are this one's. */
  #follows: readonly string[] = [];
  /** Said again at each attach. */
  readonly #standing = new Map<string, RuntimeMessage>();
  readonly #heartbeat: NodeJS.Timeout;
  /** Wakes what waits for something to change; each looks for itself. */
  readonly #waiting = new Set<() => void>();

  #stream: Stream | undefined;
  #welcomed = false;
  #reconnectMs = RECONNECT_FIRST_MS;
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
    await this.#until(
      () => this.#welcomed,
      timeoutMs,
      () => `no gateway answered${this.#where()}`,
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
    if (this.#pending.heldBytes > limit) await this.#until(() => this.#pending.heldBytes <= limit);
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
    const asked: Asked = this.#asked.get(agent) ?? { run, waiting: [] };
    this.#asked.set(agent, asked);
    const limitMs = this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(this.#timeout(`no policy for ${agent} within ${limitMs} ms`));
      }, limitMs);
      asked.waiting.push({
        resolve: (policy) => {
          clearTimeout(timer);
          resolve(policy);
        },
        reject: (error) => {
          clearTimeout(timer);
          reject(error);
        },
      });
      if (this.#welcomed) this.#ask(agent, asked);
    });
  }

  /** Calls `listener` for each policy that comes, renewals included. Returns the end of it. */
  onPolicy(listener: (event: PolicyEvent) => void): () => void {
    this.#policyListeners.add(listener);
    return () => this.#policyListeners.delete(listener);
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
    await this.#until(
      () => this.#pending.acknowledged >= last,
      timeoutMs,
      () =>
        `${last - this.#pending.acknowledged} of ${last} events are not in the gateway's log after ${timeoutMs} ms`,
    );
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
    const { address, token, channel = CLEAR } = endpoint;
    this.#client = new Client(
      address,
      channel,
      channel === CLEAR ? CHANNEL_OPTIONS : { ...CHANNEL_OPTIONS, ...TLS_CHANNEL },
    );
    const metadata = new Metadata();
    if (token !== undefined) metadata.set('authorization', `Bearer ${token}`);
    const stream = attach(this.#client, metadata);
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
    else if (message.policy) this.#policy(message.policy);
    else if (message.command || message.holdAnswer || message.budgetShares) this.#control(message);
    else if (message.status)
      this.#stalled(message.status.code ?? '', message.status.message ?? '', message.status.fix ?? '');
    this.#wake();
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
    this.#reconnectMs = RECONNECT_FIRST_MS;
    this.#trouble = undefined;
    this.#pending.resume(lastSequence);
    this.#options.onState?.({ state: 'attached' });
    for (const [agent, asked] of this.#asked) this.#ask(agent, asked);
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
    leftover
      .#until(() => queue.acknowledged >= queue.last)
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

  #policy(update: PolicyUpdate): void {
    const agent = update.agent ?? '';
    const asked = this.#asked.get(agent);
    if (!asked) return;
    const waiting = asked.waiting.splice(0);
    let event: PolicyEvent;
    try {
      event = { agent, policy: this.#verified(update, asked) };
      asked.policy = event.policy;
      for (const { resolve } of waiting) resolve(event.policy);
    } catch (error) {
      event = { agent, problem: error as WarderError };
      for (const { reject } of waiting) reject(error as Error);
    }
    for (const listener of this.#policyListeners) listener(event);
  }

  #verified({ agent, policy, refusal }: PolicyUpdate, asked: Asked): VerifiedPolicy {
    if (policy) {
      const { gatewayPublicKey } = this.#endpoint!;
      return verifyPolicy(policy, { publicKey: gatewayPublicKey, agent: agent!, previous: asked.policy });
    }
    throw new WarderError(
      'UPLINK_NO_POLICY',
      `the gateway has no policy for ${agent}: ${refusal || 'no reason given'}`,
      'write a policy whose scope covers this agent and check it with: warder policy check FILE',
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

  #broken(stream: Stream, error: ServiceError | undefined): void {
    if (this.#stream !== stream || this.#ended) return;
    const wasWelcomed = this.#welcomed;
    this.#stream = undefined;
    this.#welcomed = false;
    const problem = breakReason(this.#where(), error);
    if (error && FINAL.has(error.code) && !this.#options.patient) this.#end(problem);
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
    this.#reconnectMs = Math.min(this.#reconnectMs * 2, RECONNECT_LAST_MS);
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
    for (const { waiting } of this.#asked.values()) {
      for (const { reject } of waiting.splice(0)) reject(problem);
    }
    this.#wake();
  }

  /** Gives the stream what it has room for. */
  #pump(): void {
    while (this.#stream && this.#welcomed && this.#writable) {
      const message = this.#pending.next();
      if (!message) return;
      this.#writable = this.#stream.write(message);
    }
  }

  #ask(agent: string, { run }: Asked): void {
    this.#stream?.write({ policyRequest: { agent, run, follows: [...this.#follows] } });
  }

  #beat(): void {
    if (this.#welcomed) this.#stream?.write({ heartbeat: { timeUnixMs: toLong(Date.now()) } });
  }

  /** Resolves when `ready`; rejects when the uplink ends or the time does. */
  #until(ready: () => boolean, limitMs?: number, late?: string | (() => string)): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: WarderError): void => {
        clearTimeout(timer);
        this.#waiting.delete(look);
        if (error) reject(error);
        else resolve();
      };
      const look = (): void => {
        if (ready()) settle();
        else if (this.#ended) settle(this.#ended);
      };
      const timer =
        limitMs === undefined
          ? undefined
          : setTimeout(
              () => settle(this.#timeout(typeof late === 'function' ? late() : (late ?? ''))),
              limitMs,
            );
      this.#waiting.add(look);
      look();
    });
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
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

function breakReason(where: string, error: ServiceError | undefined): WarderError {
  if (error && FINAL.has(error.code)) {
    return new WarderError(
      'UPLINK_REFUSED',
      `the gateway${where} refused this runtime: ${error.details}`,
      'give the runtime the token and the address of the gateway that it belongs to',
    );
  }
  return new WarderError(
    'UPLINK_BROKEN',
    `the stream to the gateway${where} broke: ${error?.details ?? 'the gateway ended it'}`,
    'see whether the gateway runs; events wait here and are sent again',
  );
}

function noEndpoint(error: Error): WarderError {
  if (error instanceof WarderError) return error;
  return new WarderError(
    'UPLINK_BROKEN',
    `the gateway cannot be found: ${error.message}`,
    'see whether it runs',
    {
      cause: error,
    },
  );
}
