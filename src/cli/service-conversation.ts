/**
 * What the runtime of the host tells of a run that it started for this process, to the run's end.
 *
 * In:  the connection on which it was asked; its frames.
 * Out: events and problems to the observer; signals to the runtime.
 *
 * Throws: RUN_SERVICE where the runtime goes away, RUN_UNTOLD as a problem, and what the runtime says.
 */
import type { Socket } from 'node:net';
import { Event } from '../contract/messages.ts';
import { FRAME, FrameReader, jsonFrame, type RuntimeSays } from '../runtime/local/frames.ts';
import type { RunResult } from '../runtime/runs/run.ts';
import type { AgentHandle, EmbeddedObserver } from './embedding.ts';
import { asError } from './local-client.ts';
import type { OwnTerminal } from './own-terminal.ts';
import { lost, notTold } from './service-loss.ts';

export class Conversation {
  readonly #socket: Socket;
  readonly #terminal: OwnTerminal;
  readonly #observer: EmbeddedObserver;
  readonly #frames = new FrameReader();
  readonly #started = Promise.withResolvers<AgentHandle>();
  readonly #ended = Promise.withResolvers<RunResult>();

  constructor(socket: Socket, terminal: OwnTerminal, observer: EmbeddedObserver) {
    this.#socket = socket;
    this.#terminal = terminal;
    this.#observer = observer;
    // Each is awaited by whoever needs it.
    this.#ended.promise.catch(() => {});
    socket.on('data', (piece: Buffer) => this.#read(piece));
    socket.on('error', (error) => this.#fail(lost(error)));
    socket.on('close', () => this.#fail(lost()));
    // It went before anybody listened.
    if (socket.destroyed) this.#fail(lost(socket.errored ?? undefined));
  }

  get started(): Promise<AgentHandle> {
    return this.#started.promise;
  }

  #read(piece: Buffer): void {
    try {
      for (const { kind, content } of this.#frames.read(piece)) {
        if (kind === FRAME.event) this.#observer.onEvent(Event.decode(content));
        else this.#take(JSON.parse(content.toString()) as RuntimeSays);
      }
    } catch (error) {
      this.#fail(error as Error);
      this.#socket.destroy();
    }
  }

  #take(said: RuntimeSays): void {
    if ('started' in said) {
      this.#started.resolve({
        ...said.started,
        signal: (number) => void this.#socket.write(jsonFrame({ signal: number })),
        ended: this.#ended.promise.finally(() => this.#terminal.end()),
      });
    } else if ('problem' in said) this.#observer.onProblem(asError(said.problem));
    else if ('folded' in said) this.#observer.onFolded?.(said.folded);
    else if ('failed' in said) this.#fail(asError(said.failed));
    else if ('ended' in said) {
      const { untold, ...result } = said.ended;
      if (untold > 0) this.#observer.onProblem(notTold(untold, result.run));
      this.#ended.resolve(result);
      this.#socket.destroy();
    }
  }

  #fail(error: Error): void {
    this.#started.reject(error);
    this.#ended.reject(error);
  }
}
