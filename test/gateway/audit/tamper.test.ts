/** Ten thousand ways to alter an export at random: each is found, and the report leads to the place. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditReport } from '../../../src/gateway/audit/verify.ts';
import { cleanUp } from '../fixtures.ts';
import { evidence, exported, verified } from './exported.ts';

const TRIES = 10_000;

let originals: Buffer[] = [];

beforeAll(async () => {
  const of = await evidence([3, 14, 9, 1]);
  originals = [Buffer.from(await exported(of)), Buffer.from(await exported(of, { from: 17 }))];
});
afterAll(cleanUp);

type Change = (file: Buffer) => Buffer;

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const at = (file: Buffer, where: number): number => Math.floor(where * file.length);

/** Bytes: one bit flipped, some taken out, some put in, two places exchanged, the end cut off. */
const byteChange: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(place, fc.nat(7)).map(
    ([where, bit]): Change =>
      (file) => {
        const copy = Buffer.from(file);
        copy[at(file, where)]! ^= 1 << bit;
        return copy;
      },
  ),
  fc.tuple(place, fc.integer({ min: 1, max: 2000 })).map(
    ([where, count]): Change =>
      (file) =>
        Buffer.concat([file.subarray(0, at(file, where)), file.subarray(at(file, where) + count)]),
  ),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 40 })).map(
    ([where, bytes]): Change =>
      (file) =>
        Buffer.concat([file.subarray(0, at(file, where)), bytes, file.subarray(at(file, where))]),
  ),
  fc.tuple(place, place).map(
    ([one, other]): Change =>
      (file) => {
        const copy = Buffer.from(file);
        [copy[at(file, one)], copy[at(file, other)]] = [copy[at(file, other)]!, copy[at(file, one)]!];
        return copy;
      },
  ),
  place.map(
    (where): Change =>
      (file) =>
        file.subarray(0, at(file, where)),
  ),
);

/** Lines: some taken out, copied elsewhere, exchanged, turned round; a hash or an event exchanged for another. */
const lineChange: fc.Arbitrary<Change> = fc
  .tuple(
    fc.constantFrom('take', 'copy', 'exchange', 'turn', 'word'),
    place,
    place,
    fc.integer({ min: 1, max: 8 }),
  )
  .map(
    ([what, one, other, count]): Change =>
      (file) => {
        const lines = file.toString('utf8').slice(0, -1).split('\n');
        const [from, to] = [Math.floor(one * lines.length), Math.floor(other * lines.length)];
        if (what === 'take') lines.splice(from, count);
        if (what === 'copy') lines.splice(to, 0, ...lines.slice(from, from + count));
        if (what === 'exchange') [lines[from], lines[to]] = [lines[to]!, lines[from]!];
        if (what === 'turn') lines.splice(from, count, ...lines.slice(from, from + count).reverse());
        if (what === 'word') {
          const words = lines[from]!.split(' ');
          const others = lines[to]!.split(' ');
          words[words.length - 1] = others[others.length - 1]!;
          lines[from] = words.join(' ');
        }
        return Buffer.from(`${lines.join('\n')}\n`);
      },
  );

/** Line, from 1, in which two files first differ. */
function firstDifference(a: Buffer, b: Buffer): number {
  let at = 0;
  while (at < a.length && at < b.length && a[at] === b[at]) at++;
  return a.subarray(0, at).filter((byte) => byte === 0x0a).length + 1;
}

/** First and last line of the section that a line is in: header, block with its events, note. */
function sectionAround(file: Buffer, line: number): [number, number] {
  const lines = file.toString('utf8').split('\n');
  const starts = lines.flatMap((text, at) => (/^(hashes |checkpoint$|seal$)/.test(text) ? [at + 1] : []));
  const start = starts.findLast((one) => one <= line) ?? 1;
  return [start, (starts.find((one) => one > line) ?? lines.length) - 1];
}

function leadsTo(report: AuditReport, original: Buffer, line: number): boolean {
  const [from, to] = sectionAround(original, line);
  // One line further: what was cut out of a section shows where the next one begins.
  return report.problems.some((problem) => problem.line >= from - 1 && problem.line <= to + 1);
}

test.each([0, 1])(
  'export %d: altered at random, by bytes and by lines',
  async (which) => {
    const original = originals[which]!;
    expect((await verified(original)).ok).toBe(true);
    let altered = 0;
    let sealOnly = 0;
    let elsewhere = 0;
    await fc.assert(
      fc.asyncProperty(fc.oneof(byteChange, lineChange), async (change) => {
        const file = change(original);
        fc.pre(!file.equals(original));
        altered++;
        const report = await verified(file);
        expect(report.ok).toBe(false);
        if (report.problems.length === 1 && report.problems[0]!.message.includes('not as it was sealed')) {
          sealOnly++;
          return;
        }
        if (!leadsTo(report, original, firstDifference(original, file))) elsewhere++;
      }),
      { numRuns: TRIES / 2 },
    );
    expect(altered).toBe(TRIES / 2);
    // Whole checkpoints taken out are all that the seal alone must tell.
    expect(sealOnly).toBeLessThan(altered / 100);
    // Found always; a header that is moved onto another's place may be told where its own events are missed.
    expect(elsewhere).toBeLessThan(altered / 1000);
  },
  120_000,
);
