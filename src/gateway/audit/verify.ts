/**
 * Is an exported log what the gateway logged? Offline, from the file alone, in one pass and flat memory.
 *
 * In:  the bytes of a file in the format of export-format.ts; the log's key if one is trusted from before;
 *      checkpoints that were seen earlier.
 * Out: a report: each alteration with its line and event, and how much was proven.
 *
 * The hashes listed in the file prove themselves against the signed checkpoints, the events prove themselves
 * against the hashes. So what was done to single events is told apart from what was done to the proof.
 *
 * Throws: AUDIT_NOTE for a key or checkpoint given that is none. A faulty file is a report, never an error.
 */
import type { WarderError } from '../../base/error.ts';
import { type Checkpoint, parseCheckpointText } from './checkpoint.ts';
import { coveringSubtrees } from './compact-range.ts';
import { cosignedAt } from './cosignature.ts';
import { sealText } from './export-format.ts';
import { type Block, type Header, type SignedNote, sectionsOf } from './export-sections.ts';
import { covers, joined } from './ranges.ts';
import {
  COSIGNATURE_V1,
  formatVerifierKey,
  openNote,
  parseNote,
  parseVerifierKey,
  type VerifierKey,
} from './signed-note.ts';
import type { Problem, ProblemKind } from './verify-block.ts';
import { VerifiedTree } from './verify-tree.ts';

/** Problems listed; more are counted. */
const PROBLEMS_MAX = 1000;

export interface VerifyOptions {
  /** The log's verifier key, known from elsewhere. Without it the key in the file is believed. */
  key?: string | undefined;
  /** Checkpoints of the log that were seen before: the file must continue them. */
  checkpoints?: readonly string[];
  /** Keys of witnesses, all of which must have cosigned the file's last checkpoint. */
  witnesses?: readonly string[];
}

export interface AuditReport {
  ok: boolean;
  problems: Problem[];
  /** Problems past those listed. */
  more: number;
  /** As the file says; empty when it does not say. */
  origin: string;
  key: string;
  /** Whether the key was known from elsewhere. */
  keyPinned: boolean;
  from: number;
  to: number;
  /** Events of which a checkpoint proves place and content. */
  proven: number;
  /** Events that were let go of, as an event of the log says: their hashes are proven, what they said is not known. */
  gone: number;
  /** Checkpoints that the file proves. */
  checkpoints: number;
  /** What each witness that was asked for cosigned last, of what the file proves. */
  witnessed: Witnessed[];
  /** Sizes of earlier checkpoints outside the file's range: of them nothing can be said. */
  unchecked: number[];
}

export interface Witnessed {
  /** Of the witness. */
  name: string;
  /** Events; 0: none. */
  size: number;
  unixSeconds: number;
}

export async function verifyExport(
  file: AsyncIterable<Uint8Array>,
  options: VerifyOptions = {},
): Promise<AuditReport> {
  const verifier = new Verifier(options);
  for await (const section of sectionsOf(file)) {
    if (section.kind === 'header') verifier.header(section);
    else if (section.kind === 'block') verifier.block(section);
    else if (section.kind === 'checkpoint') verifier.checkpoint(section);
    else if (section.kind === 'seal') verifier.seal(section);
    else verifier.problem('truncated', section.line, `the file breaks off in line ${section.line}`);
  }
  return verifier.report();
}

class Verifier {
  readonly #pinned: VerifierKey | undefined;
  readonly #options: VerifyOptions;
  readonly #problems: Problem[] = [];
  #more = 0;
  #header: Header | undefined;
  /** The one that signs where the file has been read to. */
  #key: VerifierKey | undefined;
  /** As text: that of the header, and those that followed it. */
  readonly #chain: string[] = [];
  /** Of the last checkpoint that the file proves. */
  #lastSigner = -1;
  #earlier: { note: string; checkpoint: Checkpoint }[] = [];
  #tree: VerifiedTree | undefined;
  #sealed = false;
  #line = 0;
  readonly #witnesses: { key: VerifierKey; last: Witnessed }[];

  constructor(options: VerifyOptions) {
    this.#options = options;
    this.#pinned = options.key === undefined ? undefined : parseVerifierKey(options.key);
    for (const note of options.checkpoints ?? []) parseNote(note);
    this.#witnesses = (options.witnesses ?? []).map((text) => {
      const key = parseVerifierKey(text, COSIGNATURE_V1);
      return { key, last: { name: key.name, size: 0, unixSeconds: 0 } };
    });
  }

  header(header: Header): void {
    const { line, origin, key, range, prefixes, magic, strange } = header;
    this.#header = header;
    if (!magic) this.problem('changed', 1, 'the file does not begin as an export of this version');
    for (const { number } of strange) this.problem('changed', number, 'a line that no header has');
    if (!origin) this.problem('removed', line, 'the header does not name the log');
    this.#key = key ? this.#keyOf(header) : (this.#pinned ?? this.#keyOf(header));
    if (this.#key) this.#chain.push(formatVerifierKey(this.#key.name, this.#key.publicKey));
    if (origin && this.#key && origin.value !== this.#key.name) {
      this.problem(
        'changed',
        origin.line,
        `the log is named ${origin.value}, its key is that of ${this.#key.name}`,
      );
    }
    this.#earlier = this.#key ? this.#parseEarlier(line) : [];
    if (!range) {
      this.problem('removed', line, 'the header does not say which events follow: nothing can be proven');
      return;
    }
    const { from } = range.value;
    if (prefixes.length !== coveringSubtrees(from).length) {
      const what = `${prefixes.length} hashes stand for the ${from} events before`;
      this.problem('removed', range.line, `${what}: nothing can be proven`);
    }
    const earlier = this.#earlier.map(({ checkpoint }) => checkpoint);
    this.#tree = new VerifiedTree(from, prefixes, earlier, this.problem);
  }

  block(block: Block): void {
    this.#line = block.lines.at(-1)?.number ?? block.line;
    if (!this.#sealed) this.#tree?.block(block);
    else for (const { number } of block.lines) this.problem('inserted', number, 'a line behind the seal');
  }

  checkpoint(section: SignedNote): void {
    this.#line = section.line;
    if (this.#sealed) this.problem('inserted', section.line, 'a checkpoint behind the seal');
    const text = this.#signedText(section);
    if (text === undefined) return;
    try {
      const checkpoint = parseCheckpointText(text);
      if (checkpoint.origin === this.#key!.name) this.#judge(checkpoint, section);
      else this.problem('re-signed', section.line, `a checkpoint of another log, ${checkpoint.origin}`);
    } catch (error) {
      this.problem('changed', section.line, (error as WarderError).message);
    }
  }

  #judge(checkpoint: Checkpoint, { line, note }: SignedNote): void {
    const before = this.#tree?.checkpoints;
    this.#tree?.checkpoint(checkpoint, line);
    if (this.#tree?.checkpoints === before) return;
    this.#lastSigner = this.#chain.length - 1;
    this.#follow(this.#tree?.rotatedTo, line, note);
    for (const { key, last } of this.#witnesses) {
      const unixSeconds = cosignedAt(note, key);
      if (unixSeconds !== undefined) Object.assign(last, { size: checkpoint.size, unixSeconds });
    }
  }

  /** The checkpoint that ends with the event of a rotation is the last one of its key; the next may sign it too. */
  #follow(next: string | undefined, line: number, note: string): void {
    if (next === undefined) return;
    try {
      const key = parseVerifierKey(next);
      if (key.name !== this.#key!.name) throw new Error(`the log's next key is that of ${key.name}`);
      this.#key = key;
      this.#chain.push(next);
      if (!isSignedBy(note, key)) return;
      openNote(note, key);
      this.#lastSigner = this.#chain.length - 1;
    } catch (error) {
      this.problem('changed', line, (error as Error).message);
    }
  }

  /** Whether what the file proves, it proves to somebody who trusts the key that was given. */
  #checkPinned(): boolean {
    const { key: trusted } = this.#options;
    if (trusted === undefined) return true;
    const at = this.#chain.indexOf(trusted);
    const line = this.#header?.key?.line ?? this.#line;
    if (at === -1) {
      const brought = this.#header?.key?.value ?? 'none';
      this.problem('re-signed', line, `the file brings the key ${brought}, not the one that you trust`);
    } else if (this.#lastSigner < at) {
      this.problem('unproven', line, 'no checkpoint here is signed by the key that you trust');
    }
    return at !== -1 && this.#lastSigner >= at;
  }

  seal(section: SignedNote): void {
    this.#line = section.line;
    if (this.#sealed) {
      this.problem('inserted', section.line, 'a second seal');
      return;
    }
    this.#end(section.line);
    this.#sealed = true;
    const text = this.#signedText(section);
    if (text === undefined) return;
    if (parseNote(section.note).signatures.length > 1) {
      this.problem('inserted', section.line, 'a seal has one signature, this one has more');
    }
    const sealed = text === sealText(this.#header?.origin?.value ?? '', section.digest!);
    // Whatever was found already breaks the seal as well.
    if (sealed || this.#problems.length > 0) return;
    const found = 'something beside the events was changed or taken out';
    this.problem(
      'changed',
      section.line,
      `the file is not as it was sealed, although its events are proven: ${found}`,
    );
  }

  readonly problem = (kind: ProblemKind, line: number, message: string, index?: number): void => {
    if (this.#problems.length >= PROBLEMS_MAX) this.#more++;
    else this.#problems.push({ kind, line, message, ...(index === undefined ? {} : { index }) });
  };

  report(): AuditReport {
    if (!this.#sealed) {
      this.#end(this.#line);
      this.problem('truncated', this.#line, 'the file has no seal: its end is missing');
    }
    const trusted = this.#checkPinned();
    this.#checkEarlier();
    const { from, to } = this.#header?.range?.value ?? { from: 0, to: 0 };
    for (const { last } of this.#witnesses) {
      if (last.size === to) continue;
      const what = last.size === 0 ? 'no checkpoint here' : `the first ${last.size} events`;
      this.problem('unwitnessed', this.#line, `${last.name} has cosigned ${what}, not all ${to}`);
    }
    return {
      ok: this.#problems.length === 0,
      problems: this.#problems.sort((a, b) => a.line - b.line),
      more: this.#more,
      origin: this.#header?.origin?.value ?? '',
      key: this.#header?.key?.value ?? '',
      keyPinned: this.#pinned !== undefined,
      from,
      to,
      proven: trusted ? (this.#tree?.proven ?? 0) : 0,
      gone: this.#tree?.gone.reduce((sum, range) => sum + range.to - range.from, 0) ?? 0,
      checkpoints: this.#tree?.checkpoints ?? 0,
      witnessed: this.#witnesses.map(({ last }) => last),
      unchecked: this.#earlier
        .map(({ checkpoint }) => checkpoint.size)
        .filter((size) => size < from || size > to),
    };
  }

  #keyOf({ key, line }: Header): VerifierKey | undefined {
    if (!key) {
      this.problem('removed', line, 'the header brings no key: nothing can be proven');
      return undefined;
    }
    try {
      return parseVerifierKey(key.value);
    } catch (error) {
      this.problem('changed', key.line, (error as WarderError).message);
      return undefined;
    }
  }

  #parseEarlier(line: number): { note: string; checkpoint: Checkpoint }[] {
    return (this.#options.checkpoints ?? []).flatMap((note) => {
      try {
        const { text, signatures } = parseNote(note);
        if (!signatures.some(({ name }) => name === this.#key!.name)) openNote(note, this.#key!); // throws
        return [{ note, checkpoint: parseCheckpointText(text) }];
      } catch (error) {
        this.#notOfThisLog(error, line);
        return [];
      }
    });
  }

  /** Any key of the log may have signed them. */
  #checkEarlier(): void {
    const line = this.#header?.line ?? 1;
    const keys = this.#chain.map((key) => parseVerifierKey(key));
    for (const { note } of this.#earlier) {
      const key = keys.find((each) => isSignedBy(note, each)) ?? keys[0]!;
      try {
        openNote(note, key);
      } catch (error) {
        this.#notOfThisLog(error, line);
      }
    }
  }

  #notOfThisLog(error: unknown, line: number): void {
    const { message } = error as WarderError;
    this.problem('re-signed', line, `an earlier checkpoint is not of this log's key: ${message}`);
  }

  /** The text of a note that the log's key signed. */
  #signedText({ kind, line, note, strange }: SignedNote): string | undefined {
    for (const { number } of strange) this.problem('changed', number, `a line that no ${kind} has`);
    if (!this.#key) return undefined;
    try {
      return openNote(note, this.#key);
    } catch (error) {
      const { code, message } = error as WarderError;
      this.problem(code === 'AUDIT_SIGNER' ? 're-signed' : 'changed', line, `the ${kind}: ${message}`);
      return undefined;
    }
  }

  /** What must have come before the seal. */
  #end(line: number): void {
    const range = this.#header?.range;
    if (!range || !this.#tree) return;
    const { position } = this.#tree;
    const { to } = range.value;
    if (position < to) {
      const promise = `line ${range.line} promises events up to ${to - 1}`;
      this.problem('truncated', line, `the events end before ${position}; ${promise}`, position);
    } else if (position > to) {
      this.problem(
        'inserted',
        range.line,
        `the range ends at event ${to - 1}, the events go on to ${position - 1}`,
      );
    }
    this.#tree.end(line);
    this.#checkGone(this.#tree);
  }

  /** A gap is no alteration where a later event of the log says that these were let go of. */
  #checkGone({ gone, told }: VerifiedTree): void {
    const known = joined(told);
    for (const { line, from, to } of gone) {
      if (covers(known, { from, to })) continue;
      this.problem(
        'removed',
        line,
        `events ${from} to ${to - 1} are missing, and no event of a retention names them`,
        from,
      );
    }
  }
}

/** Whether a note has a signature that claims to be of this key. */
function isSignedBy(note: string, key: VerifierKey): boolean {
  return parseNote(note).signatures.some(({ name, keyId }) => name === key.name && keyId === key.keyId);
}
