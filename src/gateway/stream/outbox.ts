/**
 * What a stream has still to tell its client, at most one message of each kind: a newer acknowledgement or
 * policy replaces the one that the client has not taken yet. So a client that does not read holds a bounded
 * amount of memory, and gets the latest word when it reads again.
 */
import type { Writable } from 'node:stream';

export class Outbox<T> {
  readonly #stream: Writable;
  /** In the order in which each kind was first put. */
  readonly #waiting = new Map<string, T>();

  constructor(stream: Writable) {
    this.#stream = stream;
    stream.on('drain', () => this.#pump());
  }

  put(kind: string, message: T): void {
    this.#waiting.set(kind, message);
    this.#pump();
  }

  /** Resolves when the stream has been given everything, or is gone. */
  async emptied(): Promise<void> {
    while (this.#waiting.size > 0 && !this.#stream.destroyed) {
      await new Promise<void>((resolve) => {
        this.#stream.once('drain', resolve).once('close', resolve);
      });
    }
  }

  clear(): void {
    this.#waiting.clear();
  }

  #pump(): void {
    for (const [kind, message] of this.#waiting) {
      if (this.#stream.writableNeedDrain || this.#stream.destroyed || this.#stream.writableEnded) return;
      this.#waiting.delete(kind);
      this.#stream.write(message);
    }
  }
}
