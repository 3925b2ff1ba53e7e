/**
 * Where a command's own lines go: a descriptor of this process, or a file.
 *
 * stderr is shared with the agent, so its flags must stay as they are: process.stderr is never touched, for node
 * makes a pipe behind it non-blocking, for everyone who holds it. Writes are made by node's thread pool, one at
 * a time: a reader that is slow does not stop Warder. Nor does it make it grow: past `BACKLOG_BYTES` lines are
 * dropped and counted. A closed pipe ends the output without a word. Nothing is lost by either: the events
 * themselves are in the state directory.
 *
 * On a terminal what JSON leaves as it is and a terminal acts upon, or hides or reorders text by (C1 controls, formats), is written as
 * JSON's own escapes: the same JSON. Lines that are not JSON have none of it (src/base/printable.ts).
 *
 * Throws: OUTPUT_FILE when a file cannot be opened. A write that fails later is told once, through `onFailure`.
 */
import { close, openSync, write } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isatty } from 'node:tty';
import { promisify } from 'node:util';
import { WarderError } from '../base/error.ts';

const BACKLOG_BYTES = 8 * 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** Somebody else made the descriptor non-blocking, and there is no room now. */
const RETRY_MS = 10;

/** ESC and the like are escaped by JSON itself. */
const ACTED_UPON = /[\x7f-\x9f]|[\p{Cf}\p{DI}]/gu;

const writeBytes = promisify(write);
const closeDescriptor = promisify(close);

export interface LineSink {
  write(line: string): void;
}

export class DescriptorSink implements LineSink {
  readonly #fd: number;
  readonly #name: string;
  readonly #owned: boolean;
  readonly #terminal: boolean;
  readonly #onFailure: (error: WarderError) => void;
  #lines: string[] = [];
  #bytes = 0;
  #writing: Promise<void> | undefined;
  #open = true;
  /** Lines that did not get out. */
  dropped = 0;

  constructor(fd: number, name: string, onFailure: (error: WarderError) => void, owned = false) {
    this.#fd = fd;
    this.#name = name;
    this.#onFailure = onFailure;
    this.#owned = owned;
    this.#terminal = isatty(fd);
  }

  write(line: string): void {
    if (!this.#open || this.#bytes > BACKLOG_BYTES) {
      this.dropped++;
      return;
    }
    this.#lines.push(line);
    this.#bytes += line.length + 1;
    this.#writing ??= this.#drain();
  }

  /** False once the reader has gone, or a write has failed. */
  get open(): boolean {
    return this.#open;
  }

  /** Resolves when all lines are out, or cannot get out any more. */
  async flushed(): Promise<void> {
    await this.#writing;
  }

  async close(): Promise<void> {
    await this.flushed();
    this.#open = false;
    if (this.#owned) await closeDescriptor(this.#fd).catch(() => {});
  }

  async #drain(): Promise<void> {
    await undefined; // what is written in the same turn goes out together
    while (this.#open && this.#lines.length > 0) await this.#writeChunk(this.#nextChunk());
    this.#writing = undefined;
  }

  #nextChunk(): string[] {
    let bytes = 0;
    let count = 0;
    while (count < this.#lines.length && bytes < CHUNK_BYTES) bytes += this.#lines[count++]!.length + 1;
    this.#bytes -= bytes;
    return this.#lines.splice(0, count);
  }

  async #writeChunk(lines: readonly string[]): Promise<void> {
    const text = lines.join('\n');
    const bytes = Buffer.from(`${this.#terminal ? text.replace(ACTED_UPON, escaped) : text}\n`);
    for (let offset = 0; offset < bytes.length; ) {
      try {
        offset += (await writeBytes(this.#fd, bytes, offset)).bytesWritten;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === 'EAGAIN') await sleep(RETRY_MS);
        else return this.#fail(error as Error, lines.length);
      }
    }
  }

  #fail(error: NodeJS.ErrnoException, lines: number): void {
    this.#open = false;
    this.dropped += lines + this.#lines.length;
    this.#lines = [];
    this.#bytes = 0;
    if (error.code !== 'EPIPE') {
      this.#onFailure(
        new WarderError(
          'OUTPUT_FILE',
          `cannot write ${this.#name}: ${error.message}`,
          'nothing else is affected; the events are shown by: warder tail',
          { cause: error },
        ),
      );
    }
  }
}

/** By UTF-16 code units, as JSON has it. */
function escaped(character: string): string {
  return character
    .split('')
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('');
}

/** A new or emptied file, 0600. */
export function fileSink(path: string, onFailure: (error: WarderError) => void): DescriptorSink {
  try {
    return new DescriptorSink(openSync(path, 'w', 0o600), path, onFailure, true);
  } catch (error) {
    throw unwritable(path, error as Error);
  }
}

export function stderrSink(): DescriptorSink {
  return new DescriptorSink(2, 'stderr', () => {});
}

export function stdoutSink(): DescriptorSink {
  return new DescriptorSink(1, 'stdout', () => {});
}

/** For a file that was named on the command line. */
export function unwritable(path: string, error: Error): WarderError {
  return new WarderError(
    'OUTPUT_FILE',
    `cannot write ${path}: ${error.message}`,
    'name a file in a directory that exists and may be written',
    { cause: error },
  );
}
