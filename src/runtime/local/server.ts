/**
 * The runtime's local socket: users of this host start agents through it without being root.
 *
 * In:     connections. Each begins with the greeting and the three descriptors that the agent is to have, then
 *         asks for one run (frames.ts). The run ends with its connection.
 * Out:    what became of it, and the run's events while the client reads.
 *
 * Anyone may connect: who it is says the kernel, as of connect(2), and `permissions` says what they may start. A
 * process of an agent is refused whatever it asks. Connections are bounded, by user and in all; one that does not
 * get to its point in time is closed. A client that does not read loses events, not the run, and is told how many.
 *
 * Throws: LOCAL_LISTEN.
 */
import { chmodSync, closeSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { WarderError } from '../../base/error.ts';
import { RateLimit } from '../../base/rate-limit.ts';
import type { Container } from '../adoption/engine.ts';
import type { SealedEvent } from '../event-builder.ts';
import type { AdoptedRun, AdoptRequest, RunHandle, RunRequest, RunResult, RunSummary } from '../runs/run.ts';
import { GREETING } from './frames.ts';
import { makeRoom } from './make-room.ts';
import { greeted, type LocalPeer, peerOf } from './peer.ts';
import type { AllowRow } from './permissions.ts';
import { LocalSession } from './session.ts';
import type { WordsFor } from './told.ts';

/** In all, and of one user who is not root. */
const CONNECTIONS_MOST = 1024;
const CONNECTIONS_OF_USER = 128;

/** What a user who is not root may ask for. */
const ASKS = { perSecond: 10, burst: 50 };

export interface LocalRuntime {
  /** @param onRun told the run's id before its first event */
  run(request: RunRequest, onRun: (run: string) => void): Promise<RunHandle>;
  isGoverned(pid: number): boolean;
  adopt(request: AdoptRequest): Promise<AdoptedRun>;
  release(run: string): Promise<RunResult>;
  runs(): RunSummary[];
  processCounts(): ReadonlyMap<string, number>;
}

export interface LocalApiOptions {
  runtime: LocalRuntime;
  permissions(): readonly AllowRow[];
  /** A container by its name or id, as an engine of this host knows it. */
  containerOf(name: string): Promise<Container | undefined>;
  /** For clients that have no words of their own. */
  wordsFor: WordsFor;
  /** Of one connection; it is refused or ended, and nothing else. */
  onProblem(error: WarderError): void;
}

export class LocalApi {
  readonly #options: LocalApiOptions;
  readonly #server: Server;
  readonly #sessions = new Set<LocalSession>();
  readonly #byRun = new Map<string, LocalSession>();
  readonly #users = new Map<number, number>();
  readonly #rate = new RateLimit(ASKS);

  constructor(options: LocalApiOptions) {
    this.#options = options;
    // Nothing is read before the descriptors have been taken: node would read over them.
    this.#server = createServer(
      { pauseOnConnect: true, allowHalfOpen: false },
      (socket) => void this.#accept(socket),
    );
    this.#server.maxConnections = CONNECTIONS_MOST;
  }

  /** @param at a path, or a descriptor that listens already (socket activation) */
  async listen(at: string | { fd: number }): Promise<void> {
    if (typeof at === 'string') await makeRoom(at);
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(cannotListen(at, error)));
      this.#server.listen(typeof at === 'string' ? { path: at } : at, resolve);
    });
    this.#server.on('error', (error) => this.#options.onProblem(cannotListen(at, error)));
    // Who may do what is not for the file's mode to say.
    if (typeof at === 'string') chmodSync(at, 0o666);
  }

  /** An event of any run: it goes to the client of its run, where that has one. */
  onEvent(event: SealedEvent): void {
    if (event.run) this.#byRun.get(event.run)?.event(event);
  }

  get runs(): number {
    return this.#byRun.size;
  }

  /** No more connections; those that are there are ended, and their runs are left to the next runtime. */
  async leave(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const session of this.#sessions) session.leave();
    await closed;
  }

  /** No more connections; those that are there are ended, and their runs with them. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    await Promise.all([...this.#sessions].map((session) => session.close()));
    await closed;
  }

  async #accept(socket: Socket): Promise<void> {
    socket.on('error', () => {}); // told by its close
    let peer: LocalPeer | undefined;
    try {
      peer = peerOf(socket);
      if (!peer) return void socket.destroy();
      this.#count(peer, socket);
      const descriptors = await greeted(socket, GREETING);
      if (!descriptors) return void socket.destroy();
      if (!socket.destroyed) this.#serve(socket, peer, descriptors);
      else for (const descriptor of descriptors) closeSync(descriptor);
    } catch (error) {
      this.#options.onProblem(error as WarderError);
      socket.destroy();
    }
  }

  #count({ uid }: LocalPeer, socket: Socket): void {
    const count = (this.#users.get(uid) ?? 0) + 1;
    if (uid !== 0 && (count > CONNECTIONS_OF_USER || !this.#rate.take(String(uid)))) throw busy(uid);
    this.#users.set(uid, count);
    socket.once('close', () => {
      const left = (this.#users.get(uid) ?? 1) - 1;
      if (left > 0) this.#users.set(uid, left);
      else this.#users.delete(uid);
    });
  }

  #serve(socket: Socket, peer: LocalPeer, descriptors: readonly number[]): void {
    const session = new LocalSession(socket, peer, descriptors, {
      ...this.#options,
      onRun: (run) => this.#byRun.set(run, session),
      onEnd: (run) => {
        this.#sessions.delete(session);
        if (run !== undefined) this.#byRun.delete(run);
      },
    });
    this.#sessions.add(session);
    session.begin();
  }
}

function busy(uid: number): WarderError {
  return new WarderError(
    'LOCAL_BUSY',
    `user ${uid} has more than ${CONNECTIONS_OF_USER} connections to the runtime's local socket, or makes them too fast`,
    'end some agents of that user, or what keeps starting them',
  );
}

function cannotListen(at: string | { fd: number }, error: Error): WarderError {
  const where = typeof at === 'string' ? at : `descriptor ${at.fd}`;
  return new WarderError(
    'LOCAL_LISTEN',
    `cannot listen at ${where}: ${error.message}`,
    'see whether its directory is there and may be written, or choose another `socket` in the configuration',
    { cause: error },
  );
}
