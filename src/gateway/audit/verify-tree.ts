/**
 * The tree of an exported log as it comes by: which events are proven when a signed root turns up.
 *
 * Two trees grow side by side, one of the hashes as listed and one of the events as they stand. A checkpoint's
 * root that one of them has tells which of the two is the log's.
 *
 * In:  blocks of events, checkpoints (their signatures checked by the caller), checkpoints seen earlier.
 * Out: problems, as they become certain.
 */
import { LoggedEvent } from '../../contract/messages.ts';
import type { Checkpoint } from './checkpoint.ts';
import { CompactRange, coveringSubtrees } from './compact-range.ts';
import { read } from './export-format.ts';
import type { Block, Line } from './export-sections.ts';
import { leafHash } from './merkle.ts';
import { type IndexRange, rangesIn } from './ranges.ts';
import { compareBlock, type Problem, type ProblemKind } from './verify-block.ts';

export type Report = (kind: ProblemKind, line: number, message: string, index?: number) => void;

/** Events since the last checkpoint that could be judged. */
interface Segment {
  first: number;
  /** What is wrong with its events if the listed hashes are the log's. */
  problems: Problem[];
  /** Lines of those hashes with which something does not agree. */
  suspects: number[];
  /** Events that are not kept any more. */
  gone: number;
  /** Roots on the way, at the sizes of earlier checkpoints: by listed hashes, by events. */
  roots: Map<number, { listed?: Uint8Array | undefined; standing?: Uint8Array | undefined }>;
}

export class VerifiedTree {
  /** Index that the next event should have. */
  position: number;
  /** The last checkpoint that stood in its place. */
  last: Checkpoint | undefined;
  /** Events of which a checkpoint proves place and content. */
  proven = 0;
  /** Checkpoints that the file proves. */
  checkpoints = 0;
  /** What the file says is not kept any more, with the line that says so. */
  readonly gone: (IndexRange & { line: number })[] = [];
  /** What events of retentions say is not kept any more. */
  readonly told: IndexRange[] = [];
  /** The verifier key that the last event names as the log's next one, if it is the event of a rotation. */
  rotatedTo: string | undefined;
  readonly #report: Report;
  readonly #earlier: readonly Checkpoint[];
  /** Undefined: not to be known any more, because hashes before are missing. */
  #listed: CompactRange | undefined;
  #standing: CompactRange | undefined;
  #segment: Segment;

  /** @param prefixes what stands for the events before `from`; undefined: nothing does */
  constructor(from: number, prefixes: readonly Uint8Array[], earlier: readonly Checkpoint[], report: Report) {
    this.position = from;
    this.#report = report;
    this.#earlier = earlier;
    this.#segment = segmentFrom(from);
    if (prefixes.length !== coveringSubtrees(from).length) return;
    this.#listed = new CompactRange(from, prefixes);
    this.#standing = this.#listed.copy();
    this.#noteRoots();
  }

  block({ line, listed, lines }: Block): void {
    if (!listed) {
      this.#unlisted(line, lines);
      return;
    }
    const { first, hashes } = listed;
    if (first !== this.position) this.#jump(first, line);
    const gone = goneIn(lines);
    if (gone?.first === first && gone.count === hashes.length) {
      this.gone.push({ from: first, to: first + gone.count, line });
      this.#segment.gone += gone.count;
      this.#grow(hashes, hashes);
      this.position = first + hashes.length;
      return;
    }
    const { problems, found } = compareBlock(first, hashes, lines);
    const last = lines.at(-1);
    this.rotatedTo = last && rotationIn(last);
    if (this.gone.length > 0) this.told.push(...lines.flatMap(toldIn));
    this.#segment.problems.push(...problems);
    if (problems.length > 0) this.#segment.suspects.push(line);
    this.#grow(hashes, found);
    this.position = first + hashes.length;
  }

  /** A checkpoint that the log's key signed. */
  checkpoint(checkpoint: Checkpoint, line: number): void {
    if (this.#outOfPlace(checkpoint, line)) return;
    this.last = checkpoint;
    const { size, root } = checkpoint;
    const { first, problems, suspects } = this.#segment;
    const listed = isRoot(this.#listed, size, root);
    const standing = isRoot(this.#standing, size, root);
    if (listed) {
      this.#flush();
      this.proven += size - first - alteredIn(problems) - this.#segment.gone;
      this.#standing = this.#listed!.copy();
    } else if (standing) {
      for (const at of suspects) {
        this.#report(
          'changed',
          at,
          'listed hashes were changed; the events below are those that were logged',
        );
      }
      this.proven += size - first - this.#segment.gone;
      this.#listed = this.#standing!.copy();
    } else {
      this.#unproven(size, line);
    }
    if (listed || standing) this.checkpoints++;
    this.#compareEarlier(listed ? 'listed' : standing ? 'standing' : undefined, line);
    this.#segment = segmentFrom(size);
  }

  /** No more checkpoints come: what is left has nothing to prove it. */
  end(line: number): void {
    const { first } = this.#segment;
    this.#flush();
    if (this.position > first) {
      this.#report('unproven', line, `no checkpoint signs events ${first} to ${this.position - 1}`, first);
    } else if (!this.last) {
      this.#report('removed', line, 'the file has no checkpoint that can be judged: nothing is proven');
    }
  }

  /** Events without the line that lists their hashes: their own have to do, and the checkpoint will say. */
  #unlisted(line: number, lines: readonly Line[]): void {
    const events = lines.map(({ text }) => read.event(text));
    const first = events.find((event) => event)?.index;
    if (first === undefined) {
      for (const { number } of lines) this.#report('inserted', number, 'a line that no export has');
      return;
    }
    this.#report('removed', line, `the hashes of the events from ${first} on are not listed`, first);
    if (first !== this.position) this.#jump(first, line);
    events.forEach((event, at) => {
      if (!event) this.#report('changed', lines[at]!.number, 'the line is no event as it is written');
    });
    const found = events.filter((event) => event !== undefined).map(({ leaf }) => leafHash(leaf));
    this.#grow(found, found);
    this.position = first + found.length;
  }

  /** A block that begins elsewhere than the one before ended. */
  #jump(first: number, line: number): void {
    if (first > this.position) {
      this.#report('removed', line, `events ${this.position} to ${first - 1} are missing`, this.position);
    } else {
      this.#report(
        'reordered',
        line,
        `the block of event ${first} stands behind event ${this.position - 1}`,
        first,
      );
    }
    this.#lose();
  }

  #grow(hashes: readonly Uint8Array[], found: readonly Uint8Array[] | undefined): void {
    if (!found) this.#standing = undefined;
    const longest = Math.max(hashes.length, found?.length ?? 0);
    for (let at = 0; at < longest; at++) {
      if (at < hashes.length) this.#listed?.push(hashes[at]!);
      if (found && at < found.length) this.#standing?.push(found[at]!);
      this.#noteRoots();
    }
  }

  /** Keeps the roots that an earlier checkpoint will be compared with. */
  #noteRoots(): void {
    for (const { size } of this.#earlier) {
      if (this.#listed?.size !== size && this.#standing?.size !== size) continue;
      const roots = this.#segment.roots.get(size) ?? {};
      this.#segment.roots.set(size, roots);
      if (this.#listed?.size === size) roots.listed = this.#listed.root();
      if (this.#standing?.size === size) roots.standing = this.#standing.root();
    }
  }

  /** Reports a checkpoint that cannot be judged where it stands. */
  #outOfPlace({ size, root }: Checkpoint, line: number): boolean {
    if (this.last?.size === size) {
      const same = Buffer.compare(this.last.root, root) === 0;
      if (same) this.#report('inserted', line, `a second copy of the checkpoint of ${size} events`);
      else this.#report('forked', line, `the log signed two roots for its first ${size} events`);
      return true;
    }
    if (size === this.position) return false;
    const where = `the checkpoint of ${size} events stands behind event ${this.position - 1}`;
    if (size < this.position) {
      this.#report('reordered', line, where);
      return true;
    }
    const missing = `events ${this.position} to ${size - 1} are missing`;
    this.#report('removed', line, `${where}: ${missing}`, this.position);
    this.#lose();
    this.position = size;
    return false;
  }

  #unproven(size: number, line: number): void {
    const { first } = this.#segment;
    const events = `events ${first} to ${size - 1}`;
    this.#flush();
    if (this.#listed || this.#standing) {
      const signed = `are not the ones that the checkpoint of ${size} events signed`;
      this.#report('changed', line, `${events} ${signed}`, first);
    } else if (size > first) {
      this.#report('unproven', line, `${events} cannot be proven: hashes before them are missing`, first);
    }
    this.#lose();
  }

  #compareEarlier(by: 'listed' | 'standing' | undefined, line: number): void {
    for (const { size, root: signed } of this.#earlier) {
      const roots = this.#segment.roots.get(size);
      if (!roots) continue;
      const root = by && roots[by];
      if (!root) {
        this.#report(
          'unproven',
          line,
          `whether the log continues its checkpoint of ${size} events cannot be told`,
        );
      } else if (Buffer.compare(root, signed) !== 0) {
        this.#report(
          'forked',
          line,
          `the log signed its first ${size} events once before, with another root`,
        );
      }
    }
  }

  #flush(): void {
    for (const { kind, line, message, index } of this.#segment.problems)
      this.#report(kind, line, message, index);
  }

  #lose(): void {
    this.#listed = undefined;
    this.#standing = undefined;
  }
}

/** A block whose events are not kept has one line that says so. */
function goneIn(lines: readonly Line[]): { first: number; count: number } | undefined {
  return lines.length === 1 ? read.gone(lines[0]!.text) : undefined;
}

const RETENTION = Buffer.from('retention.applied', 'ascii');

/** What an event line says is not kept, if it is the event of a retention. */
function toldIn({ text }: Line): IndexRange[] {
  const event = read.event(text);
  if (!event || Buffer.from(event.leaf).indexOf(RETENTION) === -1) return [];
  const said = LoggedEvent.decode(event.leaf).event?.gateway;
  return said?.action === 'retention.applied' ? rangesIn(said) : [];
}

const ROTATION = Buffer.from('key.rotated', 'ascii');

/** The log's next key, if an event line is the event of its rotation. */
function rotationIn({ text }: Line): string | undefined {
  const event = read.event(text);
  if (!event || Buffer.from(event.leaf).indexOf(ROTATION) === -1) return undefined;
  const said = LoggedEvent.decode(event.leaf).event?.gateway;
  if (said?.action !== 'key.rotated' || said.subject !== 'log') return undefined;
  return said.changes?.find(({ field }) => field === 'verifier key')?.after ?? undefined;
}

function segmentFrom(first: number): Segment {
  return { first, problems: [], suspects: [], gone: 0, roots: new Map() };
}

function isRoot(range: CompactRange | undefined, size: number, root: Uint8Array): boolean {
  return range !== undefined && range.size === size && Buffer.compare(range.root(), root) === 0;
}

/** Events that are not there as they were logged. */
function alteredIn(problems: readonly Problem[]): number {
  const altered = problems.filter(({ kind }) => kind === 'changed' || kind === 'removed');
  return new Set(altered.map(({ index }) => index)).size;
}
