/**
 * The automaton of Warder's own rules, made by the build: reading it at a start takes a tenth of what making it takes.
 *
 * In:  literals, and room for the table.
 * Out: their automaton, from the file where that is of exactly these and as it was written, made anew where it is not: with rules
 *      of a host's own, from sources that are not bundled, without the file.
 *
 * The file: a checksum of what follows and how long the head is (four bytes each, little-endian), the head, the table. The table,
 * nearly all of it, is read to where it is used. A table that was damaged, as by a host that lost power before it was on disk,
 * would find no secrets and say nothing of it. Against damage alone: who may write here may write the code beside it.
 */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import { atRoot, IS_BUNDLED } from '../../base/root.ts';
import { type Automaton, buildAutomaton, type Room, tableIn } from './automaton.ts';

/** Written by tools/bundle.ts together with the code that makes it and reads it. Sources may have changed since. */
export const KEPT = 'dist/runtime/automaton';

/** The checksum, and how long the head is. */
const CHECKSUM_BYTES = 4;
const SIZE_BYTES = 4;

interface Head {
  readonly digest: string;
  readonly tableBytes: number;
  readonly isWide: boolean;
  readonly automaton: Omit<Automaton, 'table'>;
}

export function automatonOf(
  literals: readonly string[],
  room: Room,
  file = IS_BUNDLED ? atRoot(KEPT) : undefined,
): Automaton {
  return (file === undefined ? undefined : readKept(literals, room, file)) ?? buildAutomaton(literals, room);
}

/** What the file holds, if that is of these literals. A part of a file is none, nor is one of which a bit is another. */
export function readKept(literals: readonly string[], room: Room, file: string): Automaton | undefined {
  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    const { size } = fstatSync(fd);
    const start = read(fd, Buffer.alloc(CHECKSUM_BYTES + SIZE_BYTES), 0);
    const headBytes = start.readUInt32LE(CHECKSUM_BYTES);
    if (start.length + headBytes > size) return undefined;
    const headBuffer = read(fd, Buffer.alloc(headBytes), start.length);
    const head = deserialize(headBuffer) as Head;
    const tableAt = start.length + headBytes;
    if (head.digest !== digestOf(literals) || tableAt + head.tableBytes !== size) return undefined;
    const table = read(fd, room(head.tableBytes), tableAt);
    const checksum = checksumOf(start.subarray(CHECKSUM_BYTES), headBuffer, table);
    return checksum === start.readUInt32LE()
      ? { ...head.automaton, table: tableIn(table, head.isWide) }
      : undefined;
  } catch {
    return undefined;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

/** Fills `into` from the file's `position` on. */
function read<Bytes extends Uint8Array>(fd: number, into: Bytes, position: number): Bytes {
  for (let done = 0; done < into.length; ) {
    const count = readSync(fd, into, done, into.length - done, position + done);
    if (count === 0) throw new Error('the file ends before what it should hold');
    done += count;
  }
  return into;
}

function checksumOf(...parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => crc32(part, sum), 0);
}

/** The file's content. */
export function keptOf(literals: readonly string[], made = buildAutomaton(literals)): Buffer {
  const { table, ...automaton } = made;
  const tableBytes = Buffer.from(table.buffer, table.byteOffset, table.byteLength);
  const head = serialize({
    digest: digestOf(literals),
    tableBytes: tableBytes.length,
    isWide: table.BYTES_PER_ELEMENT === 4,
    automaton,
  } satisfies Head);
  const start = Buffer.alloc(CHECKSUM_BYTES + SIZE_BYTES);
  start.writeUInt32LE(head.length, CHECKSUM_BYTES);
  start.writeUInt32LE(checksumOf(start.subarray(CHECKSUM_BYTES), head, tableBytes));
  return Buffer.concat([start, head, tableBytes]);
}

/** Their order counts: hits are told by it. */
function digestOf(literals: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(literals)).digest('hex');
}
