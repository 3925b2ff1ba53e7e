/**
 * What is left of a secret: the judge of the corpus. It knows nothing of the redactor.
 *
 * In:  the event before and after, the value, and which part of it is no secret (a fixed prefix).
 * Out: whether any piece of the value is still there, as it is or after decoding; and how much else is gone.
 */
import type { Event } from './frames.ts';

/** A piece of this many characters of a secret is a leak. */
const PIECE = 8;

function strings(event: Event): string[] {
  return [...(event.argv ?? []), ...(event.env ?? []), event.path ?? '', event.text ?? ''];
}

/** The text and everything that it may be decoded to, three deep. */
function decodings(text: string): string[] {
  const found = new Set<string>([text]);
  let last = [text];
  for (let depth = 0; depth < 3; depth++) {
    const next: string[] = [];
    const keep = (decoded: string): void => {
      if (!found.has(decoded)) {
        found.add(decoded);
        next.push(decoded);
      }
    };
    for (const item of last) {
      if (/%[0-9a-f]{2}/i.test(item))
        keep(item.replace(/%([0-9a-f]{2})/gi, (_, h: string) => String.fromCharCode(Number.parseInt(h, 16))));
      if (item.includes('\\'))
        keep(
          item
            .replace(/\\+u([0-9a-f]{4})/gi, (_, h: string) => String.fromCharCode(Number.parseInt(h, 16)))
            .replace(/\\+x([0-9a-f]{2})/gi, (_, h: string) => String.fromCharCode(Number.parseInt(h, 16)))
            .replace(/\\([0-7]{3})/g, (_, o: string) => String.fromCharCode(Number.parseInt(o, 8)))
            .replace(/\\+n/g, '\n')
            .replace(/\\\n\s*/g, ''),
        );
      if (item.includes('&'))
        keep(
          item
            .replace(/&#(\d{1,5});/g, (_, d: string) => String.fromCharCode(Number(d)))
            .replace(/&quot;/g, '"')
            .replace(/&amp;/g, '&'),
        );
      if (/['"]/.test(item)) keep(item.replace(/["'][\s+.]*["']/g, '').replace(/["']/g, ''));
      for (const run of item.match(/[A-Za-z0-9+/_-]{12,}={0,2}/g) ?? []) {
        const bytes = Buffer.from(run, 'base64');
        keep(bytes.toString('latin1'));
        if (bytes.includes(0)) keep(bytes.toString('utf16le'));
        if (/^[0-9a-f]+$/i.test(run)) keep(Buffer.from(run, 'hex').toString('latin1'));
      }
    }
    last = next;
  }
  return [...found];
}

/** A piece of `value` without its first `prefix` and last `suffix` characters that is still in the event, or undefined. */
export function leak(after: Event, value: string, prefix: number, suffix: number): string | undefined {
  const secret = value.slice(prefix, value.length - suffix);
  const size = Math.min(PIECE, secret.length);
  const pieces: string[] = [];
  for (let i = 0; i + size <= secret.length; i++) pieces.push(secret.slice(i, i + size));
  const parts = strings(after);
  for (const text of [...parts.flatMap(decodings), parts.join('')]) {
    for (const piece of pieces) if (text.includes(piece)) return piece;
  }
  return undefined;
}

const MARKER = /\[REDACTED:[a-z0-9-]+\]/g;

/**
 * Characters that are gone although they are no part of the value: those of the event before without the value, less
 * those of the event after without markers. Only for events in which the value stands as it is.
 */
export function lost(before: Event, after: Event, value: string): number {
  const kept = (event: Event): string => strings(event).join('\n');
  const other = kept(before).split(value);
  if (other.length !== 2) return 0;
  const left = kept(after).replace(MARKER, '\0').split('\0').join('');
  return Math.max(0, other.join('').length - left.length);
}
