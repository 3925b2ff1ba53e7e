/**
 * A run in words for a client that has none of its own: each line as soon as there is one, those of one turn of the event
 * loop in one write, and what the client is to end with.
 *
 * In:     sealed events, in order; the words are of whoever composes the runtime.
 * Out:    whole frames to `write`.
 * Bounds: lines past what the client may leave unread are not told, and their events counted.
 */
import type { SealedEvent } from '../event-builder.ts';
import type { RunResult } from '../runs/run.ts';
import { type Farewell, FRAME, farewellFrame, frame, type Said, type ToldAsked } from './frames.ts';

/** Puts a run into words. Bounded in memory, whatever the run does. */
export interface Words {
  /** Must not throw. */
  event(event: SealedEvent): void;
  /** @param untold events whose lines did not get to the client */
  ended(result: RunResult, untold: number): Farewell;
  /** @param started whether the agent was there */
  failed(said: Said, started: boolean): Farewell;
  /** For a client whose runtime goes away. */
  lost(started: boolean): Farewell;
}

/** @param write takes a line; it may be called while `event` is */
export type WordsFor = (asked: ToldAsked, write: (line: string) => void) => Words;

export class ToldRun {
  readonly #write: (bytes: Buffer) => void;
  readonly #words: Words;
  readonly #room: () => number;
  /** Those of this turn. */
  #lines: string[] = [];
  #characters = 0;
  #cut = false;
  #untold = 0;

  /** @param room bytes that may be given to `write` now */
  constructor(asked: ToldAsked, wordsFor: WordsFor, room: () => number, write: (bytes: Buffer) => void) {
    this.#write = write;
    this.#room = room;
    this.#words = wordsFor(asked, (line) => this.#line(line));
    write(farewellFrame(this.#words.lost(false)));
  }

  event(event: SealedEvent): void {
    this.#cut = false;
    this.#words.event(event);
    if (this.#cut) this.#untold++;
  }

  ended(result: RunResult): void {
    this.#farewell(this.#words.ended(result, this.#untold));
  }

  failed(said: Said, started: boolean): void {
    this.#farewell(this.#words.failed(said, started));
  }

  lost(started: boolean): void {
    this.#farewell(this.#words.lost(started));
  }

  #line(line: string): void {
    if (this.#characters + line.length > this.#room()) {
      this.#cut = true;
      return;
    }
    if (this.#lines.length === 0) setImmediate(() => this.#flush());
    this.#lines.push(line);
    this.#characters += line.length + 1;
  }

  #flush(): void {
    if (this.#lines.length === 0) return;
    const text = `${this.#lines.join('\n')}\n`;
    this.#lines = [];
    this.#characters = 0;
    this.#write(frame(FRAME.text, Buffer.from(text)));
  }

  #farewell(farewell: Farewell): void {
    this.#flush();
    this.#write(farewellFrame(farewell));
  }
}
