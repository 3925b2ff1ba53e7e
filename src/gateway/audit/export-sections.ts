/**
 * An exported log taken apart: header, blocks of events, checkpoints, seal, each with its lines' numbers.
 *
 * In:  the bytes of a file, however damaged.
 * Out: sections in their order. Every line is in one of them; a line that cannot be read goes to the section
 *      that it stands in, for the verifier to name.
 *
 * Never throws for what is in the file.
 */
import { createHash } from 'node:crypto';
import { MAGIC, read, wordOf } from './export-format.ts';

/** A longer line is none: 256 hashes take 12 KiB, the largest event 2 MiB. */
const LINE_BYTES = 4 * 1024 * 1024;
/** Lines that a section holds at most; a flood of others is cut into several sections. */
const SECTION_LINES = 4096;

export interface Line {
  /** From 1. */
  number: number;
  text: string;
}

export interface Header {
  kind: 'header';
  line: number;
  origin?: Read<string>;
  key?: Read<string>;
  range?: Read<{ from: number; to: number }>;
  prefixes: Uint8Array[];
  magic: boolean;
  strange: Line[];
}

export interface Read<T> {
  value: T;
  line: number;
}

/** Lines between two others of a known kind. `hashes` undefined: the line that lists them is not there. */
export interface Block {
  kind: 'block';
  line: number;
  listed?: { first: number; hashes: Uint8Array[] };
  lines: Line[];
}

export interface SignedNote {
  kind: 'checkpoint' | 'seal';
  line: number;
  note: string;
  strange: Line[];
  /** For a seal: SHA-256 of all bytes before its line. */
  digest?: Uint8Array;
}

/** A last line without its newline. */
export interface Cut {
  kind: 'cut';
  line: number;
}

export type Section = Header | Block | SignedNote | Cut;

export async function* sectionsOf(file: AsyncIterable<Uint8Array>): AsyncGenerator<Section> {
  const digest = createHash('sha256');
  let sealed = false;
  let open: Section = { kind: 'header', line: 1, prefixes: [], magic: false, strange: [] };
  for await (const { bytes, whole, ...line } of linesOf(file)) {
    if (!whole) yield { kind: 'cut', line: line.number };
    const next = opened(open, line);
    if (next?.kind === 'seal' && !sealed) {
      next.digest = digest.digest();
      sealed = true;
    }
    if (!sealed) digest.update(bytes);
    if (next) {
      yield open;
      open = next;
    }
    add(open, line, next !== undefined);
  }
  yield open;
}

/** The section that a line begins, if it begins one. */
function opened(open: Section, line: Line): Section | undefined {
  switch (wordOf(line.text)) {
    case 'hashes': {
      const listed = read.hashes(line.text);
      return { kind: 'block', line: line.number, ...(listed ? { listed } : {}), lines: [] };
    }
    case 'checkpoint':
      return line.text === 'checkpoint' ? note('checkpoint', line) : undefined;
    case 'seal':
      return line.text === 'seal' ? note('seal', line) : undefined;
    case 'event':
      return open.kind === 'block' && open.lines.length < SECTION_LINES ? undefined : block(line);
    default:
      return linesIn(open) < SECTION_LINES ? undefined : block(line);
  }
}

function block(line: Line): Block {
  return { kind: 'block', line: line.number, lines: [] };
}

function note(kind: SignedNote['kind'], line: Line): SignedNote {
  return { kind, line: line.number, note: '', strange: [] };
}

function linesIn(section: Section): number {
  if (section.kind === 'block') return section.lines.length;
  return section.kind === 'cut' ? 0 : section.strange.length;
}

function add(open: Section, line: Line, first: boolean): void {
  if (open.kind === 'header') {
    addToHeader(open, line);
  } else if (open.kind === 'block') {
    // A line of hashes that cannot be read is kept: it is what was done to the block.
    if (!first || !open.listed) open.lines.push(line);
  } else if (open.kind !== 'cut' && !first) {
    const text = read.noteLine(line.text);
    if (text === undefined) open.strange.push(line);
    else open.note += `${text}\n`;
  }
}

function addToHeader(header: Header, line: Line): void {
  const { number, text } = line;
  const origin = read.log(text);
  const key = read.key(text);
  const range = read.range(text);
  const prefix = read.prefix(text);
  if (text === MAGIC && number === 1) header.magic = true;
  else if (origin !== undefined && !header.origin) header.origin = { value: origin, line: number };
  else if (key !== undefined && !header.key) header.key = { value: key, line: number };
  else if (range && !header.range) header.range = { value: range, line: number };
  else if (prefix && header.range) header.prefixes.push(prefix);
  else header.strange.push(line);
}

interface RawLine extends Line {
  /** With its newline. */
  bytes: Uint8Array;
  whole: boolean;
}

/** Split at newlines and at nothing else. */
async function* linesOf(file: AsyncIterable<Uint8Array>): AsyncGenerator<RawLine> {
  let rest = Buffer.alloc(0);
  let number = 0;
  const line = (bytes: Buffer, whole: boolean): RawLine => {
    number++;
    return { number, text: bytes.toString('utf8', 0, bytes.length - (whole ? 1 : 0)), bytes, whole };
  };
  for await (const chunk of file) {
    const bytes = Buffer.concat([rest, chunk]);
    let start = 0;
    for (let end = bytes.indexOf(0x0a); end !== -1; end = bytes.indexOf(0x0a, start)) {
      yield line(bytes.subarray(start, end + 1), true);
      start = end + 1;
    }
    rest = bytes.subarray(start);
    if (rest.length > LINE_BYTES) {
      yield line(rest, false);
      rest = Buffer.alloc(0);
    }
  }
  if (rest.length > 0) yield line(rest, false);
}
