/**
 * How fast the redactor is: `node test/bench/redaction.ts`.
 *
 * Prints strings per second and megabytes per second for strings of 64 B to 16 KB, of which none, 1 % or all have a secret,
 * each also as a ratio to a plain loop that reads the same strings; what an engine of regular expressions does with the
 * same anchors; and the dearest single strings of 128 KB. One core; the medians of some rounds.
 */
import { arch, cpus, release } from 'node:os';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';
import { RULES } from '../../src/runtime/redaction/rules/index.ts';
import { FRAMES, namesOf } from '../redaction/corpus/frames.ts';
import { hostileStrings } from '../redaction/corpus/hostile.ts';
import { KINDS } from '../redaction/corpus/kinds.ts';
import { ordinaryLines } from '../redaction/corpus/ordinary.ts';
import { Random } from '../redaction/corpus/random.ts';

const SIZES = [64, 200, 4096, 16_384];
const SHARES = [0, 0.01, 1];
const BYTES_PER_ROUND = 6_000_000;
const ROUNDS = 5;

/** Strings of `size` characters: ordinary lines put together, in `share` of them one secret somewhere. */
function strings(size: number, share: number, count: number, r: Random): string[] {
  const lines = ordinaryLines(4000, r);
  const frames = FRAMES.filter((frame) => frame.group === 'plain' && frame.id !== 'file-name');
  return Array.from({ length: count }, (_, i) => {
    let text = '';
    if (r.next() < share) {
      const kind = r.pick(KINDS.filter(({ prefix }) => prefix < 24));
      const value = kind.make(r);
      const fitting = frames.filter(
        (frame) => frame.fits(kind, value) && frame.make(value, namesOf(kind), r).text !== undefined,
      );
      text =
        fitting.length > 0 && value.length < size / 2
          ? `${r.pick(fitting).make(value, namesOf(kind), r).text} `
          : '';
    }
    while (text.length < size) text += `${lines[(i * 7 + text.length) % lines.length]} `;
    // Through a buffer: one flat string, as those that come from the kernel are.
    return Buffer.from(text.slice(0, size)).toString('latin1');
  });
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

/** Strings per second. */
function rate(list: readonly string[], work: (text: string) => void): number {
  const seconds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    for (const text of list) work(text);
    seconds.push(Number(process.hrtime.bigint() - start) / 1e9);
  }
  return list.length / median(seconds);
}

let sink = 0;
/** The plain loop: every character read once. */
function readOnly(text: string): void {
  let sum = 0;
  for (let i = 0; i < text.length; i++) sum += text.charCodeAt(i);
  sink += sum;
}

const redactor = createRedactor();
const counts = {};
const alternation = new RegExp(
  RULES.flatMap((rule) => rule.anchors)
    .map((anchor) => anchor.replace(/[^\w]/g, '\\$&'))
    .join('|'),
  'i',
);

console.log(
  `${cpus()[0]?.model} ${arch()}, kernel ${release()}, node ${process.version}, ${RULES.length} rules\n`,
);
console.log(
  '| size | with secret | strings/s | MB/s | of a plain loop | one regular expression over the anchors, strings/s |',
);
console.log('|---:|---:|---:|---:|---:|---:|');
for (const size of SIZES) {
  for (const share of SHARES) {
    const list = strings(
      size,
      share,
      Math.max(200, Math.round(BYTES_PER_ROUND / size)),
      new Random(size + share * 100),
    );
    for (const text of list.slice(0, 2000)) redactor.text(text, counts);
    const own = rate(list, (text) => redactor.text(text, counts));
    const plain = rate(list, readOnly);
    const regex = rate(list.slice(0, Math.max(50, Math.round(list.length / 20))), (text) => {
      if (alternation.test(text)) sink++;
    });
    console.log(
      `| ${size} | ${share * 100} % | ${Math.round(own).toLocaleString('en')} | ${((own * size) / 1e6).toFixed(0)} | 1 : ${(plain / own).toFixed(1)} | ${Math.round(regex).toLocaleString('en')} |`,
    );
  }
}

console.log('\n| hostile string, 128 KB | ms |');
console.log('|---|---:|');
const dear = Object.entries(hostileStrings(128 * 1024)).map(([name, text]): [string, number] => {
  const times = Array.from({ length: 3 }, () => {
    const start = process.hrtime.bigint();
    redactor.text(text, counts);
    return Number(process.hrtime.bigint() - start) / 1e6;
  });
  return [name, Math.max(...times)];
});
for (const [name, ms] of dear.sort((a, b) => b[1] - a[1]).slice(0, 12))
  console.log(`| ${name} | ${ms.toFixed(1)} |`);
if (sink === -1) console.log(sink);
