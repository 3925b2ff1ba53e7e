/**
 * What must hold for every input: never throws, does not change what it has redacted, adds nothing but markers, and loses
 * a secret however the string around it is cut or put together.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';
import { FRAMES, namesOf } from './corpus/frames.ts';
import { hostileStrings } from './corpus/hostile.ts';
import { leak } from './corpus/judge.ts';
import { KINDS } from './corpus/kinds.ts';
import { ordinaryLines } from './corpus/ordinary.ts';
import { Random } from './corpus/random.ts';

const redactor = createRedactor();
const MARKER = /\[REDACTED:[a-z0-9-]+(?: length=\d+ hash=[0-9a-f]{16})?\]/;

/** Pieces of what the contexts look for, between random text. */
const pieces = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      ...'password token secret api_key apiKey Authorization Bearer Basic Cookie: sid= --password -p -u mysql curl echo docker login -----BEGIN -----END PRIVATE KEY----- [REDACTED: [REDACTED:password] ghp_ AKIA eyJ sk- xoxb- :// @ = : == => -> " \' ` \\ \\n \\u0041 %41 %25 &quot; &#65; ${X} <token> { } [ ] ( ) , ; | & \n \r\n \0 | > <<< name value key'.split(
        ' ',
      ),
    ),
  },
  { weight: 2, arbitrary: fc.string({ maxLength: 24 }) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
  { weight: 1, arbitrary: fc.base64String({ maxLength: 48 }) },
  { weight: 1, arbitrary: fc.stringMatching(/^[A-Za-z0-9]{8,40}$/) },
);
const texts = fc
  .array(pieces, { maxLength: 24 })
  .chain((list) => fc.constantFrom('', ' ').map((glue) => list.join(glue)));

/** An event of the corpus, as text. */
const planted = fc.tuple(fc.nat(), fc.nat(), fc.nat()).map(([seed, k, f]) => {
  const r = new Random(seed);
  const kind = KINDS[k % KINDS.length]!;
  const value = kind.make(r);
  const fitting = FRAMES.filter((frame) => frame.group === 'plain' && frame.fits(kind, value));
  const event = fitting[f % fitting.length]!.make(value, namesOf(kind), r);
  return event.text ?? event.path ?? (event.argv ?? event.env ?? []).join(' ');
});
const inputs = fc.oneof({ weight: 3, arbitrary: texts }, { weight: 2, arbitrary: planted });

/** True when `part` is what is left of `whole` with some of it taken out. */
function isRest(part: string, whole: string): boolean {
  let at = 0;
  for (let i = 0; i < part.length; i++) {
    at = whole.indexOf(part[i]!, at);
    if (at < 0) return false;
    at++;
  }
  return true;
}

test('no input makes it throw, in any field, cut or not', () => {
  fc.assert(
    fc.property(fc.array(inputs, { maxLength: 6 }), fc.boolean(), (list, cut) => {
      const counts = {};
      expect(redactor.argv(list, counts, cut)).toHaveLength(list.length);
      expect(redactor.env(list, counts, cut)).toHaveLength(list.length);
      for (const text of list) {
        expect(typeof redactor.path(text, counts, cut)).toBe('string');
        expect(typeof redactor.text(text, counts, cut)).toBe('string');
      }
    }),
    { numRuns: 1500 },
  );
});

test('what has been redacted is not redacted again', () => {
  fc.assert(
    fc.property(inputs, (text) => {
      const once = redactor.text(text, {});
      expect(redactor.text(once, {})).toBe(once);
    }),
    { numRuns: 4000 },
  );
});

test('arguments that have been redacted are not redacted again', () => {
  fc.assert(
    fc.property(fc.array(inputs, { maxLength: 6 }), (argv) => {
      const once = redactor.argv(argv, {});
      expect(redactor.argv(once, {})).toEqual(once);
    }),
    { numRuns: 1500 },
  );
});

test('what a marker is called says nothing of the command that it stands in', () => {
  const once = ['MYAPP_KEY=[REDACTED:wasabi-secret-key]', 'tool', '<<<word=password'];
  expect(redactor.argv(once, {})).toEqual(once);
});

test.each([
  ['[REDACTED: ', ' ]'],
  ['[REDACTED:', ']'],
  ['[redacted:', ']'],
  ['[REDACTED:token length=', ' hash=0123456789abcdef]'],
  [`[REDACTED:${'a'.repeat(81)} `, ']'],
])('what is written like a marker hides nothing: %s…%s', (before, behind) => {
  const token = `ghp_${'aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5'}`;
  for (const text of [`${before}${token}${behind}`, `${before}password=${token}${behind}`])
    expect(redactor.text(text, {})).not.toContain(token.slice(4, 20));
});

test('the marker of a string that went whole stays as it is', () => {
  const once = redactor.text(`token=${'x'.repeat(2 << 20)}`, {});
  expect(once).toMatch(/ length=\d+ hash=/);
  for (const text of [once, `secret=${once}`, `{"token":"${once}"}`])
    expect(redactor.text(text, {})).toBe(text);
});

test('nothing is in the result but what was there and markers, and each marker is counted', () => {
  fc.assert(
    fc.property(inputs, (text) => {
      const counts: Record<string, number> = {};
      const before = text.split(MARKER).length;
      const parts = redactor.text(text, counts).split(MARKER);
      expect(isRest(parts.join(''), text)).toBe(true);
      const counted = Object.values(counts).reduce((a, b) => a + b, 0);
      expect(parts.length - before <= counted).toBe(true);
      if (counted === 0) expect(parts.length).toBe(before);
    }),
    { numRuns: 3000 },
  );
});

/** Kinds that are known by their beginning, on one line. */
const PREFIXED = KINDS.filter(
  ({ id, marked, prefix, suffix }) =>
    marked &&
    prefix >= 4 &&
    suffix === 0 &&
    !/^(?:pem|pgp|mnemonic)|-url$|connection|webhook|otpauth|sas-token|asana|salesforce|fcm/.test(id),
);

test('a secret that is cut off anywhere is gone when the string is said to be cut', () => {
  const r = new Random(11);
  for (const kind of PREFIXED) {
    const value = kind.make(r);
    for (const size of [kind.prefix + 8, kind.prefix + 9, Math.ceil(value.length / 2), value.length - 1]) {
      if (size >= value.length || size < kind.prefix + 8) continue;
      const out = redactor.text(`calling with ${value.slice(0, size)}`, {}, true);
      expect(
        leak({ text: out }, value.slice(0, size), kind.prefix, 0),
        `${kind.id} cut to ${size}: ${out}`,
      ).toBeUndefined();
    }
  }
});

test('a secret survives no split over two arguments, wherever it is split', () => {
  const r = new Random(12);
  const leaks: string[] = [];
  let splits = 0;
  for (const kind of PREFIXED) {
    const value = kind.make(r);
    for (let i = 0; i < 6; i++) {
      const at = r.int(Math.max(2, kind.prefix - 2), value.length - 8);
      const out = redactor.argv(['tool', value.slice(0, at), value.slice(at)], {});
      splits++;
      if (leak({ argv: out }, value, kind.prefix, 0) !== undefined) leaks.push(`${kind.id} at ${at}`);
    }
  }
  expect(leaks.length / splits, leaks.join('; ')).toBeLessThan(0.03);
});

test('secrets that stand side by side are all gone', () => {
  const r = new Random(13);
  const names = ['API_TOKEN', 'DB_PASSWORD', 'CLIENT_SECRET'];
  for (let i = 0; i < 200; i++) {
    const values = names.map(() => r.alnum(24));
    const lines = ordinaryLines(4, r);
    const text = [lines[0], ...names.map((name, n) => `${name}=${values[n]}`), lines[1]].join('\n');
    const out = redactor.text(text, {});
    for (const value of values) expect(leak({ text: out }, value, 0, 0), text).toBeUndefined();
  }
});

test('a lone surrogate, a NUL and characters beyond the BMP go through unharmed', () => {
  for (const text of ['\ud800 token', 'a\0b', '😀 password: 😀', '\udfff'.repeat(40)])
    expect(redactor.text(text, {})).toBe(text);
});

test('hostile strings, cut at random places, hold to the same rules', () => {
  const r = new Random(14);
  for (const text of Object.values(hostileStrings(600))) {
    const piece = text.slice(r.int(0, 200), r.int(300, 600));
    const once = redactor.text(piece, {});
    expect(redactor.text(once, {})).toBe(once);
  }
});
