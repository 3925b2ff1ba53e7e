/**
 * Answers runs' questions at a unix socket: one run's, or those of all that were adopted.
 *
 * In:  connections of processes. Who asks says the kernel, as of connect(2), and whose it is the label of that process:
 *      nothing that a caller says counts. Whoever is of no run that is answered here is told nothing.
 * Out: a line of JSON for each (words.ts).
 * Bounds: for each run CONNECTIONS at once, ASKS a second over all of them, a question of QUESTION_BYTES, IDLE_MS without
 *         one. A user's others are turned away ASKS a second, and dropped past that.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { WarderError } from '../../base/error.ts';
import { RateLimit } from '../../base/rate-limit.ts';
import { loadAddon } from '../../kernel/addon.ts';
import { peerOf } from '../local/peer.ts';
import { type Answer, type AnswerError, type MayAnswer, QUESTION_BYTES, type WhyDocument } from './words.ts';

const CONNECTIONS = 16;
const CONNECTIONS_MOST = 1024;
const ASKS = { perSecond: 10, burst: 50 };
const IDLE_MS = 30_000;
/** Time to read that one is told nothing. */
const TURNED_AWAY_MS = 1000;

/** Who answers for one run. */
export interface WhyDesk {
  /** Its id. */
  run: string;
  /** The policy lets it ask. */
  isOpen(): boolean;
  /** As of now: behind what the kernel has told by then. */
  why(): Promise<WhyDocument>;
  /** Throws a WarderError for what is no action. */
  may(category: string, target: string): MayAnswer;
}

export interface WhyServerOptions {
  path: string;
  /** Of the run that a process is of; undefined where that is none that is answered here. */
  deskOf(pid: number): WhyDesk | undefined;
}

export class WhyServer {
  readonly #options: WhyServerOptions;
  readonly #server: Server;
  readonly #rate = new RateLimit(ASKS);
  /** With the run that each is of. */
  readonly #sockets = new Map<Socket, string>();

  private constructor(options: WhyServerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = CONNECTIONS_MOST;
    this.#server.unref();
  }

  static async listen(options: WhyServerOptions): Promise<WhyServer> {
    const server = new WhyServer(options);
    rmSync(options.path, { force: true });
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', (error) => reject(cannotListen(options.path, error)));
      server.#server.listen(options.path, resolve);
    });
    server.#server.on('error', () => {}); // of one connection that could not be accepted
    // Anyone may knock: who it is says the kernel.
    chmodSync(options.path, 0o666);
    return server;
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets.keys()) socket.destroy();
  }

  #accept(socket: Socket): void {
    socket.on('error', () => {}); // told by its close
    const desk = this.#deskFor(socket);
    if (!desk) return;
    this.#sockets.set(socket, desk.run);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.setTimeout(IDLE_MS, () => socket.destroy());
    let text = '';
    let answering = Promise.resolve();
    socket.setEncoding('utf8').on('data', (piece: string) => {
      text += piece;
      const questions = text.split('\n');
      text = questions.pop()!;
      if (text.length > QUESTION_BYTES || questions.length > ASKS.burst) {
        socket.destroy();
        return;
      }
      for (const question of questions) {
        answering = answering.then(async () => {
          const answer = await this.#answer(question, desk);
          if (!socket.destroyed) socket.write(line(answer));
        });
      }
    });
  }

  /** Undefined for whom is not to be answered: that has been seen to. */
  #deskFor(socket: Socket): WhyDesk | undefined {
    try {
      const peer = peerOf(socket);
      const desk = peer && this.#options.deskOf(peer.pid);
      // Looked at last: what was read of the process by its number was read of it.
      if (peer && desk && !loadAddon().processEnded(peer.process)) {
        if (this.#connectionsOf(desk.run) < CONNECTIONS) return desk;
      } else if (peer && this.#rate.take(`user ${peer.uid}`)) {
        socket.setTimeout(TURNED_AWAY_MS, () => socket.destroy());
        socket.end(line({ error: notOfRun() }));
        return undefined;
      }
    } catch {
      // It has gone.
    }
    socket.destroy();
    return undefined;
  }

  #connectionsOf(run: string): number {
    return [...this.#sockets.values()].filter((of) => of === run).length;
  }

  async #answer(question: string, desk: WhyDesk): Promise<Answer> {
    if (!this.#rate.take(desk.run)) return { error: tooFast() };
    if (!desk.isOpen()) return { error: closed() };
    try {
      const { ask, category, target } = JSON.parse(question) as Record<string, unknown>;
      if (ask === 'why') return { why: await desk.why() };
      if (ask === 'may' && typeof category === 'string' && typeof target === 'string') {
        return { may: desk.may(category, target) };
      }
      return { error: noQuestion() };
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof TypeError) return { error: noQuestion() };
      const { code, message, fix } = error as WarderError;
      return error instanceof WarderError ? { error: { code, message, fix } } : { error: fault() };
    }
  }
}

function line(answer: Answer): string {
  return `${JSON.stringify(answer)}\n`;
}

function notOfRun(): AnswerError {
  return {
    code: 'WHY_NOT_YOURS',
    message: 'the process that asks is not of a run that is answered here',
    fix: 'ask from inside a run, at the place that WARDER_WHY names there; from outside: warder tail --run RUN --verdict deny',
  };
}

function closed(): AnswerError {
  return {
    code: 'WHY_OFF',
    message: 'the policy of this run does not let it ask, or is not known to the runtime yet',
    fix: 'look with the operator for a deny of /run/warder/why or unix:/run/warder/ask in the policy',
  };
}

function tooFast(): AnswerError {
  return {
    code: 'WHY_TOO_FAST',
    message: `more than ${ASKS.perSecond} questions a second`,
    fix: 'wait a second; asking again does not change what is allowed',
  };
}

function noQuestion(): AnswerError {
  return {
    code: 'WHY_QUESTION',
    message: 'that is no question',
    fix: 'write {"ask":"why"} or {"ask":"may","category":"exec","target":"/usr/bin/git"} on a line of its own',
  };
}

function fault(): AnswerError {
  return {
    code: 'WHY_FAULT',
    message: 'it could not be answered',
    fix: 'read the file why.json beside the socket',
  };
}

function cannotListen(path: string, error: Error): WarderError {
  return new WarderError('RUN_DIRECTORY', `cannot listen at ${path}: ${error.message}`, 'free or mend /run', {
    cause: error,
  });
}
