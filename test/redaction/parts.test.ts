/** The parts that the engine is built of, each by itself. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseSet } from '../../src/runtime/redaction/alphabet.ts';
import { buildAutomaton } from '../../src/runtime/redaction/automaton.ts';
import { decodeBase64, decodeHex } from '../../src/runtime/redaction/encodings.ts';
import { FewWords } from '../../src/runtime/redaction/few-words.ts';
import { type Finding, mergeFindings } from '../../src/runtime/redaction/finding.ts';
import { Form, NO_MATCH, RAN_OUT } from '../../src/runtime/redaction/form.ts';
import { judgeName } from '../../src/runtime/redaction/names.ts';
import { Text } from '../../src/runtime/redaction/text.ts';
import { WordTable } from '../../src/runtime/redaction/word-table.ts';
import { Work } from '../../src/runtime/redaction/work.ts';

function codes(text: string): Uint16Array {
  return Uint16Array.from(`${text}\0\0\0\0`, (char) => char.charCodeAt(0));
}

test('the automaton finds every literal at every place, whatever its case', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-c-]{1,4}$/), { minLength: 1, maxLength: 8 }),
      fc.stringMatching(/^[a-cA-C-]{0,40}$/),
      (literals, text) => {
        const { table, classOf, accepting, shift, ends, endsFrom } = buildAutomaton(literals);
        const found: string[] = [];
        let state = 0;
        for (let at = 0; at < text.length; at++) {
          state = table[(state << shift) | classOf[text.charCodeAt(at)]!]!;
          if (state < accepting) continue;
          const hit = state - accepting;
          for (const index of ends.subarray(endsFrom[hit], endsFrom[hit + 1]))
            found.push(`${index}@${at + 1}`);
        }
        const expected: string[] = [];
        literals.forEach((literal, index) => {
          for (let at = literal.length; at <= text.length; at++)
            if (text.slice(at - literal.length, at).toLowerCase() === literal)
              expected.push(`${index}@${at}`);
        });
        expect(found.sort()).toEqual(expected.sort());
      },
    ),
  );
});

test.each([
  ['ab#', 'ab12x', 4],
  ['ab#', 'ab1', RAN_OUT],
  ['ab#', 'ab1x', NO_MATCH],
  ['ab?#', 'a12', 3],
  ['(live|test)_#', 'test_12', 7],
  ['(live|test)_#', 'tes', RAN_OUT],
  ['[a-c]{2}-#', 'cb-12', 5],
  ['\\##', '#12', 3],
])('the form %j on %j', (form, text, expected) => {
  const digits = { set: parseSet('0-9'), min: 2, max: 3 };
  const work = new Work();
  work.reset(10);
  expect(new Form(form, digits).match(codes(text), 0, text.length, work)).toBe(expected);
});

test('what a match can begin with is worked out once, as it is asked for at each hit', () => {
  const form = new Form('x?(ab|cd)#', { set: parseSet('0-9'), min: 2, max: 3 });
  expect([...form.first].flatMap((is, code) => (is === 1 ? [String.fromCharCode(code)] : []))).toEqual([
    'a',
    'c',
    'x',
  ]);
  expect(form.first).toBe(form.first);
});

test('what is taken out begins at the mark', () => {
  const form = new Form('host/!#', { set: parseSet('0-9'), min: 2, max: 4 });
  const work = new Work();
  work.reset(10);
  form.match(codes('host/123'), 0, 8, work);
  expect([form.begin, form.secretStart, form.secretEnd]).toEqual([5, 5, 8]);
});

test.each([
  ['DB_PASSWORD', 'password strong'],
  ['dbPassword', 'password strong'],
  ['mysqlpassword', 'password strong'],
  ['requirepass', 'password strong'],
  ['API_KEY', 'api-key strong'],
  ['apiKey', 'api-key strong'],
  ['X-Api-Key', 'api-key strong'],
  ['STRIPE_KEY', 'api-key strong'],
  ['SECRET_KEY_BASE', 'api-key strong'],
  ['SOME_KEY', 'key weak'],
  ['client_secret', 'secret strong'],
  ['authToken', 'token strong'],
  ['session_id', 'session weak'],
  ['seed_phrase', 'mnemonic strong'],
  ['recovery_codes', 'secret strong'],
  ['password_file', undefined],
  ['token_count', undefined],
  ['max_tokens', undefined],
  ['public_key', undefined],
  ['keyboard', undefined],
  ['author', undefined],
  ['bypass', undefined],
  ['FunctionPassManager', undefined],
  ['passenger', undefined],
  ['monkey', undefined],
  ['zone_id', undefined],
  ['primary_key', 'key weak'],
  ['max_new_tokens', undefined],
  ['new_token', 'token strong'],
])('the name %s promises %s', (name, promised) => {
  const judged = judgeName(codes(name), 0, name.length);
  expect(judged && `${judged.category} ${judged.promise}`).toBe(promised);
});

function textOf(source: string): Text {
  const text = new Text();
  text.reset(source.length, 'text');
  text.append(source);
  text.source = source;
  return text;
}

test('a table of words tells what a map does, whatever their case, also for words of one hash', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.stringMatching(/^[a-d]{1,3}$/), fc.constantFrom(1, 2, 4)), { maxLength: 60 }),
      fc.array(fc.stringMatching(/^[a-dA-D0{]{0,4}$/), { maxLength: 30 }),
      (words, asked) => {
        const table = new WordTable(words);
        const map = new Map<string, number>();
        for (const [word, value] of words) map.set(word, (map.get(word) ?? 0) | value);
        for (const word of asked)
          expect(table.get(codes(`_${word}_`), 1, word.length + 1)).toBe(map.get(word.toLowerCase()) ?? 0);
      },
    ),
  );
});

test('of a few words the first is told that stands at a place, and none where the text ends', () => {
  const words = new FewWords(['is now', 'is', 'to']);
  const text = textOf('IS NOW is nothing, Tok');
  expect([0, 3, 7, 19, 21].map((at) => words.at(text, at))).toEqual([
    'is now',
    undefined,
    'is',
    'to',
    undefined,
  ]);
  expect(words.mayStandAt(text, 3)).toBe(false);
  expect(words.at(textOf('\u0149s \u0174o'), 0)).toBeUndefined();
  expect(words.at(text, -1)).toBeUndefined();
});

test('whether a literal follows is told at each place, forwards and backwards, as a search from there tells it', () => {
  fc.assert(
    fc.property(
      fc.stringMatching(/^[ab ]{0,40}$/),
      fc.array(fc.tuple(fc.constantFrom('a', 'ab', 'bb a'), fc.nat(44)), { maxLength: 20 }),
      (source, asked) => {
        const text = textOf(source);
        const work = new Work();
        for (const [literal, from] of asked)
          expect(text.mayFollow(literal, from, work)).toBe(source.indexOf(literal, from) >= 0);
      },
    ),
  );
});

test('a literal that is asked for at many places is looked for once, and is forgotten with the text', () => {
  const text = textOf(`${' '.repeat(8000)}login`);
  const work = new Work();
  work.reset(8005);
  for (let from = 0; from < 8000; from++) expect(text.mayFollow('login', from, work)).toBe(true);
  expect(work.allowed - work.left).toBe(1000);
  text.reset(5, 'text');
  text.append('logic');
  text.source = 'logic';
  expect(text.mayFollow('login', 0, work)).toBe(false);
});

test('of a text that is not one string nobody can tell what follows', () => {
  const text = textOf('abc');
  text.source = undefined;
  expect(text.mayFollow('login', 0, new Work())).toBe(true);
});

test('text that was encoded comes out as it went in', () => {
  const into = new Text();
  fc.assert(
    fc.property(fc.string({ minLength: 9, maxLength: 60 }), (text) => {
      for (const encoding of ['base64', 'base64url'] as const) {
        const encoded = Buffer.from(text).toString(encoding).replace(/=+$/, '');
        expect(decodeBase64(codes(encoded), 0, encoded.length, into)).toBe(true);
        expect(into.slice(0, into.length)).toBe(text);
      }
      const hex = Buffer.from(text).toString('hex');
      expect(decodeHex(codes(hex), 0, hex.length, into)).toBe(true);
      expect(into.slice(0, into.length)).toBe(text);
    }),
  );
});

test('bytes that are no text are not decoded', () => {
  const into = new Text();
  const random = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]).toString(
    'base64',
  );
  expect(decodeBase64(codes(random), 0, random.length, into)).toBe(false);
  expect(decodeHex(codes('8f14e45fceea167a5a36dedd4bea2543'), 0, 32, into)).toBe(false);
});

test('findings that overlap become one, named by the one that knows most; others stay apart', () => {
  const finding = (start: number, end: number, kind: string, rank: number): Finding => ({
    start,
    end,
    kind,
    rule: kind,
    rank,
  });
  const merged = mergeFindings([
    finding(10, 20, 'b', 1),
    finding(0, 5, 'a', 1),
    finding(15, 30, 'c', 3),
    finding(30, 32, 'd', 1),
  ]);
  expect(merged.map(({ start, end, kind }) => [start, end, kind])).toEqual([
    [0, 5, 'a'],
    [10, 30, 'c'],
    [30, 32, 'd'],
  ]);
});

test('only this folder makes the type that may leave the host', () => {
  const source = join(import.meta.dirname, '../../src');
  const casts = readdirSync(source, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.startsWith('runtime/redaction/'))
    .filter((file) =>
      /\bas (?:unknown as )?(?:readonly )?Redacted\b/.test(readFileSync(join(source, file), 'utf8')),
    );
  expect(casts).toEqual([]);
});
