/**
 * A file that grows by whole lines, is rotated by size, and survives kill -9 without a line lost or doubled.
 *
 * Beside FILE stands FILE.cursor: how many bytes of FILE are good, which event its first line is of, which event
 * comes next. It is written, synced and renamed after the bytes it speaks of are on disk. At a start FILE is cut to
 * what the cursor says, and the caller goes on from `next`: the same events give the same bytes again.
 *
 * Rotated: FILE becomes NAME-<first index>.EXT, with its SHA-256 beside it in the form of sha256sum(1). Order: sync,
 * checksum, rename, cursor; a start finishes what a kill left half way. All files 0600.
 *
 * Throws: EXPORT_FILE, EXPORT_CURSOR, EXPORT_BUSY.
 */
import { createHash, type Hash } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { WarderError } from '../../base/error.ts';
import { loadAddon } from '../../kernel/addon.ts';

const READ_BYTES = 1 << 20;

export interface RotatingFileOptions {
  path: string;
  /** Bytes at which a new file is begun. */
  maxBytes: number;
  /** What is exported, and how: a cursor of another question is refused. */
  question: string;
  /** For a file that is new: the first index wanted. */
  from: number;
}

interface Cursor {
  version: 1;
  question: string;
  next: number;
  first: number;
  bytes: number;
}

export class RotatingFile {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #lock: number;
  readonly #question: string;
  #fd: number;
  #hash: Hash = createHash('sha256');
  #bytes: number;
  #first: number;
  #next: number;

  constructor({ path, maxBytes, question, from }: RotatingFileOptions) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#question = question;
    this.#lock = this.#takeLock();
    try {
      const cursor = this.#readCursor();
      if (!cursor && existsSync(path)) throw strangeFile(path);
      this.#next = cursor?.next ?? from;
      this.#first = cursor?.first ?? from;
      this.#bytes = cursor?.bytes ?? 0;
      if (cursor && !existsSync(path)) this.#finishRotation(cursor);
      this.#fd = this.#open();
      this.#recover();
    } catch (error) {
      closeSync(this.#lock);
      throw fileError(path, error);
    }
  }

  /** The event that comes next. */
  get next(): number {
    return this.#next;
  }

  /** Adds the lines of one event; to a new file where this one is full. */
  write(lines: readonly string[], index: number): void {
    const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
    try {
      if (this.#bytes > 0 && this.#bytes + bytes.length > this.#maxBytes) this.#rotate(index);
      this.#append(bytes);
    } catch (error) {
      throw fileError(this.#path, error);
    }
    this.#next = index + 1;
  }

  /** What was written is on disk, and will not be written again. `next`: where it goes on. */
  commit(next = this.#next): void {
    try {
      fsyncSync(this.#fd);
      this.#next = Math.max(this.#next, next);
      this.#writeCursor();
    } catch (error) {
      throw fileError(this.#path, error);
    }
  }

  close(): void {
    closeSync(this.#fd);
    closeSync(this.#lock);
  }

  #append(bytes: Buffer): void {
    for (let offset = 0; offset < bytes.length; ) offset += writeSync(this.#fd, bytes, offset);
    this.#hash.update(bytes);
    this.#bytes += bytes.length;
  }

  #rotate(index: number): void {
    this.#next = index;
    this.commit(index);
    this.#writeWhole(`${this.#rotated()}.sha256`, this.#checksum());
    renameSync(this.#path, this.#rotated());
    closeSync(this.#fd);
    this.#begin(index);
    this.#fd = this.#open();
  }

  /** The file was renamed, and the cursor still speaks of it. */
  #finishRotation({ bytes, next }: Cursor): void {
    if (bytes > 0 && !existsSync(this.#rotated())) {
      throw new WarderError(
        'EXPORT_CURSOR',
        `${this.#path} is gone, and its cursor says that it has ${bytes} bytes`,
        `bring the file back, or begin anew: remove ${this.#path}.cursor`,
      );
    }
    this.#begin(next);
  }

  #begin(first: number): void {
    this.#first = first;
    this.#bytes = 0;
    this.#hash = createHash('sha256');
    this.#writeCursor();
  }

  /** Cuts off what the cursor does not know, and takes the checksum of the rest. */
  #recover(): void {
    const { size } = fstatSync(this.#fd);
    if (size < this.#bytes) {
      throw new WarderError(
        'EXPORT_CURSOR',
        `${this.#path} has ${size} bytes, its cursor says ${this.#bytes}: it was changed by somebody else`,
        `bring the file back, or begin anew: move ${this.#path} away and remove ${this.#path}.cursor`,
      );
    }
    ftruncateSync(this.#fd, this.#bytes);
    const buffer = Buffer.alloc(READ_BYTES);
    for (let at = 0; at < this.#bytes; ) {
      const read = readSync(this.#fd, buffer, 0, Math.min(READ_BYTES, this.#bytes - at), at);
      this.#hash.update(buffer.subarray(0, read));
      at += read;
    }
    this.#writeCursor();
  }

  #open(): number {
    const { O_RDWR, O_CREAT, O_APPEND, O_NOFOLLOW } = constants;
    const fd = openSync(this.#path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW, 0o600);
    fchmodSync(fd, 0o600);
    return fd;
  }

  #takeLock(): number {
    try {
      const lock = openSync(
        `${this.#path}.cursor.lock`,
        constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW,
        0o600,
      );
      if (loadAddon().tryLock(lock)) return lock;
      closeSync(lock);
    } catch (error) {
      throw fileError(this.#path, error);
    }
    throw new WarderError(
      'EXPORT_BUSY',
      `another export writes ${this.#path}`,
      'end that one, or write to another file with --out FILE',
    );
  }

  #readCursor(): Cursor | undefined {
    const path = `${this.#path}.cursor`;
    if (!existsSync(path)) return undefined;
    let cursor: Cursor;
    try {
      cursor = JSON.parse(readFileSync(path, 'utf8')) as Cursor;
    } catch {
      cursor = {} as Cursor;
    }
    const { version, next, first, bytes } = cursor;
    const whole = [next, first, bytes].every((number) => Number.isSafeInteger(number) && number >= 0);
    if (version !== 1 || !whole) {
      throw new WarderError(
        'EXPORT_CURSOR',
        `${path} is no cursor of an export`,
        'begin anew with another file, or remove it and move the exported file away',
      );
    }
    if (cursor.question !== this.#question) {
      throw new WarderError(
        'EXPORT_CURSOR',
        `${this.#path} was begun with another format or filter: ${cursor.question}`,
        'give the same options, or another file with --out FILE',
      );
    }
    return cursor;
  }

  #writeCursor(): void {
    const cursor: Cursor = {
      version: 1,
      question: this.#question,
      next: this.#next,
      first: this.#first,
      bytes: this.#bytes,
    };
    this.#writeWhole(`${this.#path}.cursor`, `${JSON.stringify(cursor)}\n`);
  }

  /** It appears whole or not at all, and is on disk. */
  #writeWhole(path: string, text: string): void {
    const draft = `${path}.new`;
    writeFileSync(draft, text, { mode: 0o600, flush: true });
    renameSync(draft, path);
    const folder = openSync(dirname(path), 'r');
    fsyncSync(folder);
    closeSync(folder);
  }

  #checksum(): string {
    return `${this.#hash.copy().digest('hex')}  ${basename(this.#rotated())}\n`;
  }

  #rotated(): string {
    const extension = extname(this.#path);
    const name = basename(this.#path, extension);
    return join(dirname(this.#path), `${name}-${String(this.#first).padStart(12, '0')}${extension}`);
  }
}

function strangeFile(path: string): WarderError {
  return new WarderError(
    'EXPORT_FILE',
    `${path} is there already, and ${path}.cursor is not`,
    'move it away, or write to another file with --out FILE',
  );
}

function fileError(path: string, error: unknown): Error {
  if (error instanceof WarderError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  const fix =
    code === 'ENOSPC'
      ? 'make room and run the same command again: it goes on where it was'
      : 'name a file in a directory that exists and may be written';
  return new WarderError('EXPORT_FILE', `cannot write ${path}: ${message}`, fix, { cause: error });
}
