/**
 * Only the redactor makes Redacted text. The type cannot be written without a cast, so a cast outside the
 * redactor's folder would be the way around it.
 */
import { expect, test } from 'vitest';
import { read, sourcesUnder } from './imports.ts';

/** `as Redacted`, `as unknown as Redacted[]`, `<Redacted>text`, `as Array<Redacted>`; not `import { x as Redacted }`. */
const CAST = /\bas\s+(?:readonly\s+)?(?:\w+<\s*)?Redacted\b(?!Text)|<Redacted(?:\[\])?>\s*[\w('"`[]/g;

function casts(file: string, source: string): string[] {
  return [...source.matchAll(CAST)].map(
    (match) => `${file}:${source.slice(0, match.index).split('\n').length} casts with '${match[0]}'`,
  );
}

test('no source file outside the redactor casts to Redacted', () => {
  const sources = sourcesUnder('src').filter((file) => !file.startsWith('src/runtime/redaction/'));
  expect(sources.length).toBeGreaterThan(10);
  expect(sources.flatMap((file) => casts(file, read(file)))).toEqual([]);
});

test.each([
  'const a = text as Redacted;',
  'const a = text as unknown as Redacted[];',
  'const a = list as readonly Redacted[];',
  'const a = list as Array<Redacted>;',
  'const a = <Redacted>text;',
])('%j is found, with its line', (statement) => {
  expect(casts('src/cli/x.ts', `\n${statement}\n`)).toEqual([
    expect.stringMatching(/^src\/cli\/x\.ts:2 casts/),
  ]);
});

test.each([
  'function f(text: Redacted): Redacted[] {',
  'const list: Array<Redacted> = [];',
  'new Map<string, Redacted>()',
])('%j is no cast', (statement) => {
  expect(casts('src/cli/x.ts', statement)).toEqual([]);
});
