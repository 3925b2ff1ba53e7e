/**
 * Events of one origin that the gateway has not acknowledged, on disk, in segments of about a MiB.
 *
 * In:  events, in order.
 * Out: the messages that carry them, as often as a new stream needs them.
 *
 * A batch is written to the file before it is given to the stream, with one write(2): what was taken over survives
 * kill -9. `sync` brings it to the disk, for a loss of power. What cannot be written (a full disk) stays in memory,
 * is sent all the same, and is written once there is room; `heldBytes` says how much that is.
 *
 * Memory: the segment that grows and the one that is being sent, and a few between while there is room for them.
 *
 * Throws: UPLINK_EVENT_SIZE. Failures of the file system go to `onProblem`.
 */
import {
  closeSync,
  fdatasync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
  writevSync,
} from 'node:fs';
import { join } from 'node:path';
import { WarderError } from '../../base/error.ts';
import type { Origin } from '../../contract/canonical.ts';
import type { Event } from '../../contract/messages.ts';
import { type Batch, type EventQueue, giveBack, numberedBatches } from '../uplink/event-batches.ts';
import { damageLoss, withoutObservations } from './dropping.ts';
import { recordOf, recordsIn, segmentHeader } from './segment-file.ts';

/** A segment is closed at this size. */
const SEGMENT_BYTES = 1024 * 1024;
/** Of segments that need not be in memory. */
const MEMORY_BYTES = 2 * 1024 * 1024;
/** Before a write that failed is tried again. */
const RETRY_MS = 250;

interface Segment {
  path: string;
  first: number;
  last: number;
  /** On disk. */
  bytes: number;
  /** Undefined: on disk only. */
  batches: Batch[] | undefined;
  /** The memory that batches are parts of which were read from the file. */
  read: Uint8Array | undefined;
  /** Memory of batches that are kept no more, but that a stream may still be sending. */
  sent: readonly Uint8Array[];
  /** What of the batches, from here on, is not on disk yet. */
  written: number;
  /** Nothing of it can be dropped but decisions. */
  bare: boolean;
}

const NOTHING_SENT = { read: undefined, sent: [] };

export interface SpoolQueueOptions {
  directory: string;
  origin: Origin;
  /** Told of what fails without stopping anything. */
  onProblem(error: WarderError): void;
}

export class SpoolQueue implements EventQueue {
  readonly origin: Origin;
  last = 0;
  acknowledged = 0;
  /** Of the files. */
  bytes = 0;
  readonly #options: SpoolQueueOptions;
  readonly #header: Buffer;
  #segments: Segment[] = [];
  /** The file of the last segment, while it grows. */
  #file: number | undefined;
  /** Last sequence given to the present stream, and to any stream since the gateway's last word. */
  #sent = 0;
  #given = 0;
  #retryAt = 0;
  #failed = '';
  #syncing = false;
  #dirty = false;

  constructor(options: SpoolQueueOptions) {
    this.#options = options;
    this.origin = options.origin;
    this.#header = segmentHeader(options.origin);
  }

  /** Takes over a segment that an earlier process left; in order. */
  adopt(path: string, bytes: Buffer): void {
    // Two files hold the same events when a process was killed while it joined them.
    const batches = this.#read(path, bytes, this.last, undefined).filter(({ first }) => first > this.last);
    if (batches.length === 0) {
      rmSync(path, { force: true });
      return;
    }
    const first = batches[0]!.first;
    const last = batches.at(-1)!.last;
    const written = batches.length;
    this.#segments.push({
      path,
      first,
      last,
      bytes: bytes.length,
      batches: undefined,
      written,
      bare: false,
      ...NOTHING_SENT,
    });
    this.bytes += bytes.length;
    this.last = last;
  }

  get heldBytes(): number {
    // Only the last segment can have what is not in its file.
    const { batches, written = 0 } = this.#segments.at(-1) ?? {};
    return batches?.slice(written).reduce((sum, { message }) => sum + message.length, 0) ?? 0;
  }

  add(events: readonly Event[]): void {
    try {
      for (const batch of numberedBatches(events, this.last)) {
        const segment = this.#growing(batch.first);
        if (segment.batches!.length === 0) segment.first = batch.first;
        segment.batches!.push(batch);
        segment.last = batch.last;
        this.last = batch.last;
        this.#write();
        if (this.#segments.at(-1)!.bytes >= SEGMENT_BYTES) this.#seal();
      }
    } finally {
      this.#spill();
    }
  }

  acknowledge(sequence: number): void {
    if (sequence <= this.acknowledged) return;
    this.acknowledged = sequence;
    while (this.#segments[0] && this.#segments[0].last <= sequence) {
      const [segment] = this.#segments as [Segment];
      if (this.#segments.length === 1 && this.#file !== undefined && this.#emptied(segment, this.#file))
        return;
      this.#segments.shift();
      this.#remove(segment);
      for (const memory of [...memoryOf(segment), ...segment.sent]) giveBack(memory);
    }
  }

  resume(sequence: number): void {
    this.last = Math.max(this.last, sequence);
    this.acknowledge(sequence);
    this.#sent = this.acknowledged;
    this.#given = this.acknowledged;
  }

  next(): Uint8Array | undefined {
    for (const segment of this.#segments) {
      if (segment.last <= this.#sent) continue;
      const batches = this.#load(segment);
      const batch = batches[firstAfter(batches, this.#sent)];
      if (batch === undefined) continue;
      this.#sent = batch.last;
      this.#given = Math.max(this.#given, this.#sent);
      if (this.#sent === segment.last) this.#releaseSent(segment);
      return batch.message;
    }
    return undefined;
  }

  /**
   * Drops what is oldest and was given to no stream: observations, or with `everything` whole segments. Returns the
   * bytes that it won; 0: there is nothing of that sort; undefined: it could not be done now.
   */
  shrink(everything: boolean): number | undefined {
    const growing = this.#file === undefined ? undefined : this.#segments.at(-1);
    for (const [at, segment] of this.#segments.entries()) {
      if (segment === growing || segment.first <= this.#given || (segment.bare && !everything)) continue;
      const before = this.bytes;
      const batches = this.#load(segment);
      const memory = memoryOf(segment);
      const rest = withoutObservations(batches, everything);
      if (rest !== batches) {
        if (!this.#replace(segment, rest)) return undefined;
        // No stream has been given them, and what is left of them are copies.
        segment.read = undefined;
        memory.forEach(giveBack);
      }
      segment.bare = true;
      this.#join(at);
      this.#release(segment);
      if (this.bytes < before) return before - this.bytes;
    }
    return 0;
  }

  /** Brings what is in the file to the disk. Returns at once. */
  sync(): void {
    if (!this.#dirty || this.#syncing || this.#file === undefined) return;
    this.#dirty = false;
    this.#syncing = true;
    fdatasync(this.#file, (error) => {
      this.#syncing = false;
      if (error && error.code !== 'EBADF') this.#problem(error, 'bring to the disk');
    });
  }

  /** The files stay, unless the gateway has all that they hold. */
  close(): void {
    this.#write(true);
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    if (this.acknowledged >= this.last) for (const segment of this.#segments.splice(0)) this.#remove(segment);
  }

  /** The segment that new batches go to. */
  #growing(first: number): Segment {
    const last = this.#segments.at(-1);
    if (last && (this.#file !== undefined || last.written < (last.batches?.length ?? 0))) return last;
    const name = `${this.origin.origin}-${String(first).padStart(16, '0')}.seg`;
    const segment: Segment = {
      path: join(this.#options.directory, name),
      first,
      last: first,
      bytes: 0,
      batches: [],
      written: 0,
      bare: false,
      ...NOTHING_SENT,
    };
    this.#segments.push(segment);
    return segment;
  }

  /** Writes what of the last segment is not in its file yet. */
  #write(now = false): void {
    const segment = this.#segments.at(-1);
    if (!segment?.batches || segment.written === segment.batches.length) return;
    if (!now && performance.now() < this.#retryAt) return;
    try {
      if (segment.bytes === 0) {
        this.#file = openSync(segment.path, 'ax', 0o600);
        this.#append(segment, [this.#header]);
      }
      for (const batch of segment.batches.slice(segment.written)) {
        this.#append(segment, recordOf(batch));
        segment.written++;
      }
      this.#dirty = true;
      this.#failed = '';
    } catch (error) {
      this.#retryAt = performance.now() + RETRY_MS;
      if (segment.bytes === 0 && this.#file !== undefined) {
        closeSync(this.#file);
        this.#file = undefined;
        rmSync(segment.path, { force: true });
      }
      this.#problem(error as NodeJS.ErrnoException, 'write');
    }
  }

  /** All of a record, or nothing of it. */
  #append(segment: Segment, pieces: readonly Uint8Array[]): void {
    const size = pieces.reduce((sum, { length }) => sum + length, 0);
    try {
      let at = writevSync(this.#file!, pieces);
      if (at < size)
        for (const bytes = Buffer.concat(pieces); at < size; ) at += writeSync(this.#file!, bytes, at);
    } catch (error) {
      this.#cutBack(segment);
      throw error;
    }
    segment.bytes += size;
    this.bytes += size;
  }

  /** Takes half a record off the end of the file; where that fails too, the file is left and another begun. */
  #cutBack(segment: Segment): void {
    try {
      ftruncateSync(this.#file!, segment.bytes);
    } catch {
      closeSync(this.#file!);
      this.#file = undefined;
      const rest = segment.batches!.splice(segment.written);
      if (segment.batches!.length > 0) segment.last = segment.batches!.at(-1)!.last;
      else this.#remove(this.#segments.pop()!);
      const next = this.#growing(rest[0]!.first);
      next.batches!.push(...rest);
      next.last = rest.at(-1)!.last;
    }
  }

  /** Makes the growing segment's file an empty one again, which is less work than a new file. */
  #emptied(segment: Segment, file: number): boolean {
    if (segment.written < segment.batches!.length) return false;
    try {
      ftruncateSync(file, this.#header.length);
    } catch (error) {
      this.#problem(error as NodeJS.ErrnoException, 'write');
      return false;
    }
    this.bytes += this.#header.length - segment.bytes;
    segment.bytes = this.#header.length;
    memoryOf(segment).forEach(giveBack);
    segment.batches = [];
    segment.written = 0;
    return true;
  }

  /** Ends the growing segment; the next batch begins another. Not so while something of it is unwritten. */
  #seal(): void {
    const last = this.#segments.at(-1);
    if (this.#file === undefined || (last && last.written < (last.batches?.length ?? 0))) return;
    closeSync(this.#file);
    this.#file = undefined;
  }

  #load(segment: Segment): Batch[] {
    if (segment.batches) return segment.batches;
    let bytes = Buffer.alloc(0);
    try {
      bytes = readFileSync(segment.path);
    } catch (error) {
      this.#problem(error as NodeJS.ErrnoException, 'read');
    }
    segment.batches = this.#read(segment.path, bytes, segment.first - 1, segment.last);
    segment.written = segment.batches.length;
    segment.read = bytes;
    return segment.batches;
  }

  /** The batches in a file; a loss event stands in for what cannot be read, so that each sequence is accounted for. */
  #read(path: string, bytes: Buffer, before: number, last: number | undefined): Batch[] {
    const { batches, damagedAt } = recordsIn(bytes);
    const end = batches.at(-1)?.last ?? before;
    if (last !== undefined && end < last && !damagedAt.includes(batches.length))
      damagedAt.push(batches.length);
    for (const at of [...new Set(damagedAt)].reverse()) {
      const from = (batches[at - 1]?.last ?? before) + 1;
      const to = at < batches.length ? batches[at]!.first - 1 : (last ?? from);
      const known = at > 0 && (at < batches.length || last !== undefined);
      if (to >= from) batches.splice(at, 0, damageLoss(to, known ? to - from + 1 : undefined));
    }
    if (damagedAt.length > 0) this.#damaged(damagedAt.length, path);
    return batches;
  }

  /** A segment's other content, in one step: whoever reads the file sees the one or the other. */
  #replace(segment: Segment, batches: readonly Batch[]): boolean {
    const draft = `${segment.path}.new`;
    const content = Buffer.concat([this.#header, ...batches.flatMap(recordOf)]);
    try {
      const file = openSync(draft, 'w', 0o600);
      try {
        for (let at = 0; at < content.length; ) at += writeSync(file, content, at);
      } finally {
        closeSync(file);
      }
      renameSync(draft, segment.path);
    } catch (error) {
      rmSync(draft, { force: true });
      this.#problem(error as NodeJS.ErrnoException, 'write');
      return false;
    }
    this.bytes += content.length - segment.bytes;
    segment.bytes = content.length;
    segment.batches = [...batches];
    segment.written = batches.length;
    return true;
  }

  /** Joins a bare segment to a bare one before it, so that their number stays bounded. */
  #join(at: number): void {
    const segment = this.#segments[at]!;
    const before = this.#segments[at - 1];
    if (!before?.bare || before.first <= this.#given || before.bytes + segment.bytes > SEGMENT_BYTES) return;
    if (!this.#replace(before, [...this.#load(before), ...this.#load(segment)])) return;
    before.last = segment.last;
    this.#segments.splice(at, 1);
    this.#remove(segment);
    this.#release(before);
  }

  /** Lets go of a segment's memory; the last one, and what is not on disk, stay. */
  #release(segment: Segment): void {
    if (segment === this.#segments.at(-1) || segment.written < (segment.batches?.length ?? 0)) return;
    segment.batches = undefined;
    segment.read = undefined;
  }

  /** The same for one of which a stream was given all. */
  #releaseSent(segment: Segment): void {
    const memory = memoryOf(segment);
    this.#release(segment);
    if (!segment.batches) segment.sent = memory;
  }

  /** Keeps in memory what is sent next, and lets go of the rest where there is much. */
  #spill(): void {
    let room = MEMORY_BYTES;
    for (const segment of this.#segments) {
      if (!segment.batches) continue;
      room -= segment.bytes;
      if (room >= 0) continue;
      const memory = memoryOf(segment);
      this.#release(segment);
      // No stream has been given them.
      if (!segment.batches && segment.first > this.#given) memory.forEach(giveBack);
    }
  }

  #remove(segment: Segment): void {
    this.bytes -= segment.bytes;
    rmSync(segment.path, { force: true });
  }

  #damaged(records: number, path: string): void {
    this.#options.onProblem(
      new WarderError(
        'UPLINK_SPOOL_DAMAGED',
        `${records === 1 ? 'a record' : `${records} records`} of ${path} cannot be read`,
        'a process that was killed can leave its last record cut; otherwise check the disk. A loss event in the log tells of it',
      ),
    );
  }

  /** Told once until it works again. */
  #problem(error: NodeJS.ErrnoException, what: string): void {
    if (this.#failed === `${what} ${error.code}`) return;
    this.#failed = `${what} ${error.code}`;
    this.#options.onProblem(
      new WarderError(
        'UPLINK_SPOOL',
        `cannot ${what} the spool in ${this.#options.directory}: ${error.message}`,
        'make room on that disk, or mend it; meanwhile events wait in memory, and past its bound the kernel counts what it drops',
        { cause: error },
      ),
    );
  }
}

/** Of a segment whose batches are in memory. */
function memoryOf({ batches = [], read }: Segment): Uint8Array[] {
  return read ? [read] : batches.map(({ message }) => message);
}

/** Index of the first batch with a sequence after `sequence`. */
function firstAfter(batches: readonly Batch[], sequence: number): number {
  let from = 0;
  let to = batches.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (batches[middle]!.last > sequence) to = middle;
    else from = middle + 1;
  }
  return from;
}
