/**
 * A file that people name, read whole, whatever it turns out to be: a pipe that nobody writes to keeps no thread, and one without an
 * end (/dev/zero) no memory. Pipes that are written to are read, as a shell's <(command) is one.
 *
 * In:     a path, and the most bytes that are read of it.
 * Throws: FILE_LARGE, FILE_SILENT, EISDIR and what else Node says of a file, with its code.
 */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { WarderError } from './error.ts';

const PIECE_BYTES = 64 * 1024;
/** How long who writes into a pipe may take, without a byte. */
const SILENCE_MS = 10_000;
const LOOK_MS = 10;

export function readBounded(path: string, mostBytes: number): Buffer {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const { size } = fstatSync(file);
    if (size > mostBytes) throw large(`${size}`, mostBytes);
    const pieces: Buffer[] = [];
    let bytes = 0;
    for (;;) {
      const piece = nextPiece(file);
      if (piece.length === 0) return Buffer.concat(pieces);
      pieces.push(piece);
      bytes += piece.length;
      if (bytes > mostBytes) throw large(`more than ${mostBytes}`, mostBytes);
    }
  } finally {
    closeSync(file);
  }
}

/** Empty at the end. */
function nextPiece(file: number): Buffer {
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    try {
      return piece.subarray(0, readSync(file, piece));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
    }
    if (waitedMs >= SILENCE_MS) throw silent();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
  }
}

function large(has: string, mostBytes: number): WarderError {
  return new WarderError(
    'FILE_LARGE',
    `the file has ${has} bytes, at most ${mostBytes} are read`,
    'split it',
  );
}

function silent(): WarderError {
  return new WarderError(
    'FILE_SILENT',
    `nothing has come from the pipe for ${SILENCE_MS / 1000} s`,
    'name a file, or a pipe that is written to',
  );
}
