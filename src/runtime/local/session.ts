/**
 * One connection to the runtime's local socket: asks for a run, and is told of it to its end.
 */
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { z } from 'zod';
import { WarderError } from '../../base/error.ts';
import { loadAddon } from '../../kernel/addon.ts';
import type { SealedEvent } from '../event-builder.ts';
import { loginName, loginUid } from '../identity/login.ts';
import { limitsOf } from '../launch/limits-of.ts';
import type { RunHandle, RunRequest } from '../runs/run.ts';
import { type Ask, answerAsk, askSchemas } from './asks.ts';
import { EventFrames } from './event-frames.ts';
import {
  FRAME,
  type Frame,
  FrameReader,
  jsonFrame,
  parseJson,
  protocolError,
  type RuntimeSays,
  type ToldAsked,
} from './frames.ts';
import { groupsOf, type LocalPeer } from './peer.ts';
import { type AllowRow, mayStart, permittedAgent } from './permissions.ts';
import type { LocalApiOptions } from './server.ts';
import { ToldRun } from './told.ts';

/** What a client may leave unread; past it events are counted for it, and no longer kept. */
const UNREAD_BYTES = 4 << 20;
const ASK_MS = 5000;
/** What the end of a run may take to be read. */
const LAST_WORD_MS = 2000;

const path = z
  .string()
  .max(4096)
  .regex(/^\/[^\0]*$/);
const word = z.string().regex(/^[^\0]*$/);

const runSchema = z.strictObject({
  agent: word.max(2048).optional(),
  command: z.array(word).min(1),
  workspace: path,
  workingDirectory: path,
  environment: z.record(z.string().regex(/^[^\0=]+$/), word),
  umask: z.int().min(0).max(0o777),
  user: word.max(256).optional(),
  privateTmp: z.boolean().optional(),
  folded: z.boolean().optional(),
  told: z.strictObject({ lines: z.boolean(), colour: z.boolean() }).optional(),
});
const saysSchema = z.union([
  z.strictObject({ run: runSchema }),
  z.strictObject({ signal: z.int().min(1).max(64) }),
  ...askSchemas,
]);

type RunWords = z.output<typeof runSchema>;

export interface LocalSessionOptions extends LocalApiOptions {
  onRun(run: string): void;
  onEnd(run: string | undefined): void;
}

export class LocalSession {
  readonly #socket: Socket;
  readonly #peer: LocalPeer;
  readonly #options: LocalSessionOptions;
  readonly #frames = new FrameReader();
  readonly #events: EventFrames;
  /** In place of events and JSON, for a client that asks for words. */
  #told: ToldRun | undefined;
  readonly #hurry: NodeJS.Timeout;
  readonly #closed = Promise.withResolvers<void>();
  #descriptors: readonly number[];
  #run: Promise<void> | undefined;
  #handle: RunHandle | undefined;
  #signals: number[] = [];
  /** Events that the client did not make room for. */
  #untold = 0;
  #runId: string | undefined;
  /** The last word has been said. */
  #over = false;
  #gone = false;
  /** The run goes on without this process. */
  #left = false;

  constructor(socket: Socket, peer: LocalPeer, descriptors: readonly number[], options: LocalSessionOptions) {
    this.#socket = socket;
    this.#peer = peer;
    this.#descriptors = descriptors;
    this.#options = options;
    this.#events = new EventFrames((bytes) => {
      if (!this.#gone) socket.write(bytes);
    });
    this.#hurry = setTimeout(() => socket.destroy(), ASK_MS).unref();
  }

  begin(): void {
    const { uid } = this.#peer;
    this.#socket.once('close', () => void this.#leave());
    // Before anything of theirs is read: what they send may be large.
    if (uid !== 0 && !mayStartAny(this.#peer, this.#options.permissions())) {
      this.#fail(nothingAllowed(uid));
    }
    this.#socket.on('data', (piece: Buffer) => {
      try {
        if (!this.#over) for (const one of this.#frames.read(piece)) this.#take(one);
      } catch (error) {
        this.#options.onProblem(from(error as WarderError, uid));
        this.#fail(error);
      }
    });
    this.#socket.resume();
  }

  event(event: SealedEvent): void {
    if (this.#told) this.#told.event(event);
    else if (this.#gone || this.#socket.writableLength + this.#events.bytes > UNREAD_BYTES) this.#untold++;
    else this.#events.add(event);
  }

  /** Ends the run and the connection. Resolves when both are over. */
  async close(): Promise<void> {
    this.#handle?.kill();
    if (!this.#run) this.#socket.destroy();
    await this.#closed.promise;
  }

  /** Ends the connection and leaves the run to the next runtime. */
  leave(): void {
    this.#left = true;
    if (!this.#told || this.#over || this.#gone) this.#socket.destroy();
    else this.#end(() => this.#told!.lost(this.#handle !== undefined));
  }

  #take({ kind, content }: Frame): void {
    if (kind !== FRAME.json) throw protocolError(`a frame of kind ${kind}`);
    const said = saysSchema.safeParse(parseJson(content));
    if (!said.success) throw protocolError(said.error.issues.map(issueText).slice(0, 3).join('; '));
    if ('signal' in said.data) {
      this.#signal(said.data.signal);
      return;
    }
    if (this.#run) throw protocolError('a second request on one connection');
    clearTimeout(this.#hurry);
    const serve = 'run' in said.data ? this.#serve(said.data.run) : this.#answer(said.data);
    this.#run = serve.catch((error) => this.#fail(error));
  }

  #signal(number: number): void {
    if (this.#handle) this.#handle.signal(number);
    else if (this.#signals.length < 16) this.#signals.push(number);
  }

  async #serve(words: RunWords): Promise<void> {
    const { folded, told, ...asked } = words;
    if (folded) this.#events.fold();
    if (told) this.#tell(told);
    let handle: RunHandle;
    try {
      const request = await this.#permitted(asked);
      handle = await this.#options.runtime.run(request, (run) => {
        this.#runId = run;
        this.#options.onRun(run);
      });
    } finally {
      this.#closeDescriptors();
    }
    this.#handle = handle;
    if (!this.#told) this.#say({ started: { run: handle.run, pid: handle.pid } });
    for (const number of this.#signals.splice(0)) handle.signal(number);
    if (this.#gone) handle.kill();
    const result = await handle.ended;
    this.#end(() =>
      this.#told ? this.#told.ended(result) : this.#say({ ended: { ...result, untold: this.#untold } }),
    );
  }

  /** Before anything is started: a client that has heard nothing knows that nothing was. */
  #tell(asked: ToldAsked): void {
    const write = (bytes: Buffer): void => {
      if (!this.#gone) this.#socket.write(bytes);
    };
    const room = (): number => (this.#gone ? 0 : UNREAD_BYTES - this.#socket.writableLength);
    this.#told = new ToldRun(asked, this.#options.wordsFor, room, write);
  }

  async #answer(ask: Ask): Promise<void> {
    this.#closeDescriptors();
    const answer = await answerAsk(ask, this.#peer, this.#options);
    this.#end(() => this.#say(answer));
  }

  /** What is asked, where this user may have it. */
  async #permitted(words: Omit<RunWords, 'folded' | 'told'>): Promise<RunRequest> {
    const { runtime, permissions } = this.#options;
    const { pid, uid, gid, process } = this.#peer;
    const { umask, user, agent, ...asked } = words;
    if (this.#descriptors.length !== 3) throw protocolError('a run without descriptors');
    const governed = runtime.isGoverned(pid);
    const gids = governed ? [] : groupsOf(this.#peer);
    const limits = governed ? '' : limitsOf(pid);
    const login = loginUid(pid, uid);
    // Looked at last: what was read of the process by its number was read of it.
    if (governed || loadAddon().processEnded(process)) throw ofAgent(uid);
    if (user !== undefined && uid !== 0) throw otherUser(uid, user);
    return {
      ...asked,
      agent: permittedAgent(agent, asked.command[0]!.replace(/^.*\//, ''), { uid, gids }, permissions()),
      user: user ?? (uid === 0 ? undefined : `${uid}:${gid}`),
      startedBy: await loginName(login),
      onBehalf: { limits, umask, descriptors: this.#descriptors as [number, number, number] },
    };
  }

  #fail(error: unknown): void {
    const { code = 'RUNTIME_FAULT', message, fix = '' } = error as WarderError;
    if (!(error instanceof WarderError)) this.#options.onProblem(error as WarderError);
    const said = { code, message, fix };
    this.#end(() =>
      this.#told ? this.#told.failed(said, this.#handle !== undefined) : this.#say({ failed: said }),
    );
  }

  #say(said: RuntimeSays): void {
    this.#events.flush();
    if (!this.#gone) this.#socket.write(jsonFrame(said));
  }

  #end(lastWord: () => void): void {
    if (this.#gone || this.#over) return;
    this.#over = true;
    lastWord();
    this.#socket.end();
    setTimeout(() => this.#socket.destroy(), LAST_WORD_MS).unref();
  }

  /** The run goes with its client, but not with this process. */
  async #leave(): Promise<void> {
    this.#gone = true;
    clearTimeout(this.#hurry);
    if (!this.#left) {
      this.#handle?.kill();
      await this.#run;
    }
    // What is being started has them in use.
    if (!this.#run) this.#closeDescriptors();
    this.#options.onEnd(this.#runId);
    this.#closed.resolve();
  }

  #closeDescriptors(): void {
    for (const descriptor of this.#descriptors) closeSync(descriptor);
    this.#descriptors = [];
  }
}

function issueText({ path: at, message }: { path: PropertyKey[]; message: string }): string {
  return `${at.join('.')}: ${message}`;
}

function from(error: WarderError, uid: number): WarderError {
  return new WarderError(error.code, `${error.message} (from user ${uid})`, error.fix, { cause: error });
}

function mayStartAny(peer: LocalPeer, rows: readonly AllowRow[]): boolean {
  return mayStart({ uid: peer.uid, gids: groupsOf(peer) }, rows);
}

function nothingAllowed(uid: number): WarderError {
  return new WarderError(
    'LOCAL_FORBIDDEN',
    `user ${uid} may start no agents on this host`,
    'ask the operator for a row under `allow` in the runtime.yaml of this host',
  );
}

function ofAgent(uid: number): WarderError {
  return new WarderError(
    'LOCAL_AGENT',
    `a process of an agent (user ${uid}), or one that has ended, asked for an agent to be started`,
    'agents start no agents; start it from outside',
  );
}

function otherUser(uid: number, user: string): WarderError {
  return new WarderError(
    'LOCAL_FORBIDDEN',
    `user ${uid} asked for an agent that runs as '${user}'`,
    'leave --user out: the agent runs as you. Root may choose',
  );
}
