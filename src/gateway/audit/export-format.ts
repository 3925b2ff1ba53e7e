/**
 * The lines of an exported log. docs/audit.md is the specification; here each line is written and read, and
 * nothing is judged.
 *
 * A reader takes a line only as the writer would have written it: one form for everything, so that no byte of
 * a file can change without a line becoming another.
 */

export const MAGIC = 'warder-audit-export/v1';
/** First line of the text that seals a file, below its signature. */
const SEAL_CONTEXT = 'warder.dev/audit-export/v1';
/** Events that share one line of hashes. */
export const BLOCK_EVENTS = 256;
/** Lines of a note stand behind this. */
const NOTE_PREFIX = '| ';

const HASH_TEXT = '[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=';
const INDEX_TEXT = '(?:0|[1-9]\\d{0,15})';
const RANGE = new RegExp(`^range (${INDEX_TEXT}) (${INDEX_TEXT})$`);
const PREFIX = new RegExp(`^prefix (${HASH_TEXT})$`);
const HASHES = new RegExp(`^hashes (${INDEX_TEXT})((?: ${HASH_TEXT}){1,${BLOCK_EVENTS}})$`);
const GONE = new RegExp(`^gone (${INDEX_TEXT}) (${INDEX_TEXT})$`);
const EVENT = new RegExp(`^event (${INDEX_TEXT}) ([A-Za-z0-9+/]+={0,2})$`);

export const write = {
  log: (origin: string): string => `log ${origin}`,
  key: (verifierKey: string): string => `key ${verifierKey}`,
  range: (from: number, to: number): string => `range ${from} ${to}`,
  prefix: (hash: Uint8Array): string => `prefix ${base64(hash)}`,
  hashes: (first: number, hashes: readonly Uint8Array[]): string =>
    `hashes ${first} ${hashes.map(base64).join(' ')}`,
  event: (index: number, leaf: Uint8Array): string => `event ${index} ${base64(leaf)}`,
  gone: (first: number, count: number): string => `gone ${first} ${count}`,
  checkpoint: (note: string): string[] => ['checkpoint', ...noteLines(note)],
  seal: (note: string): string[] => ['seal', ...noteLines(note)],
} as const;

/** The text that seals a file: the SHA-256 of all its bytes before the line `seal`. */
export function sealText(origin: string, digest: Uint8Array): string {
  return `${SEAL_CONTEXT}\n${origin}\n${base64(digest)}\n`;
}

/** Each gives undefined for a line that it is not. */
export const read = {
  log: (line: string): string | undefined => after('log ', line),
  key: (line: string): string | undefined => after('key ', line),
  range: (line: string): { from: number; to: number } | undefined => {
    const [, from, to] = RANGE.exec(line) ?? [];
    return from === undefined ? undefined : { from: Number(from), to: Number(to) };
  },
  prefix: (line: string): Uint8Array | undefined => {
    const [, hash] = PREFIX.exec(line) ?? [];
    return hash === undefined ? undefined : Buffer.from(hash, 'base64');
  },
  hashes: (line: string): { first: number; hashes: Uint8Array[] } | undefined => {
    const [, first, list = ''] = HASHES.exec(line) ?? [];
    if (first === undefined) return undefined;
    const hashes = list.slice(1).split(' ');
    return { first: Number(first), hashes: hashes.map((hash) => Buffer.from(hash, 'base64')) };
  },
  gone: (line: string): { first: number; count: number } | undefined => {
    const [, first, count] = GONE.exec(line) ?? [];
    return first === undefined ? undefined : { first: Number(first), count: Number(count) };
  },
  event: (line: string): { index: number; leaf: Uint8Array } | undefined => {
    const [, index, encoded = ''] = EVENT.exec(line) ?? [];
    const leaf = Buffer.from(encoded, 'base64');
    if (index === undefined || leaf.toString('base64') !== encoded) return undefined;
    return { index: Number(index), leaf };
  },
  noteLine: (line: string): string | undefined =>
    line === NOTE_PREFIX.trimEnd()
      ? ''
      : line.startsWith(NOTE_PREFIX)
        ? line.slice(NOTE_PREFIX.length)
        : undefined,
} as const;

/** Which kind of line it means to be, by its first word. */
export function wordOf(line: string): string {
  const end = line.indexOf(' ');
  return end === -1 ? line : line.slice(0, end);
}

/** An empty line is written as `|` alone: editors take blanks at line ends away. */
function noteLines(note: string): string[] {
  return note
    .slice(0, -1)
    .split('\n')
    .map((line) => (line === '' ? NOTE_PREFIX.trimEnd() : `${NOTE_PREFIX}${line}`));
}

function after(prefix: string, line: string): string | undefined {
  return line.startsWith(prefix) && line.length > prefix.length ? line.slice(prefix.length) : undefined;
}

function base64(bytes: Uint8Array): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return text.toString('base64');
}
