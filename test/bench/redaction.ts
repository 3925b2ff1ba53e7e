/**
 * How fast the redactor is: `make bench-redaction`.
 *
 * Prints strings per second and megabytes per second for strings of 64 B to 16 KB, of which none, 1 % or all have a secret,
 * each also as a ratio to a plain loop that reads the same strings; the same with the memory of a run that is full; and the
 * dearest single strings of 128 KB, in CPU time.
 *
 * One core. The list is gone through in small parts again and again, and the best time of each part counts: what other work
 * on the machine does to it is left out as far as it can be. The lines are those of the corpus, which look like secrets more
 * often than most: every tenth word is a sensitive name, a digest, a placeholder or a token that is none. `sources` is
 * this repository's own text.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { arch, cpus, release } from 'node:os';
import { join } from 'node:path';
import { anchorsOf, Context } from '../../src/runtime/redaction/anchors.ts';
import { createRedactor } from '../../src/runtime/redaction/redactor.ts';
import { compileRule } from '../../src/runtime/redaction/rule.ts';
import { RULES } from '../../src/runtime/redaction/rules/index.ts';
import { FRAMES, namesOf } from '../redaction/corpus/frames.ts';
import { hostileStrings } from '../redaction/corpus/hostile.ts';
import { KINDS } from '../redaction/corpus/kinds.ts';
import { ordinaryLines } from '../redaction/corpus/ordinary.ts';
import { Random } from '../redaction/corpus/random.ts';

const SIZES = [64, 200, 4096, 16_384];
const SHARES = [0, 0.01, 1];
/** Characters of a list, and of one part of it. */
const LIST = 300_000;
const PART = 40_000;
const MILLISECONDS = Number(process.env.BENCH_MS ?? 1500);

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

/** Strings per second of each of several works over the same list. */
function rates(list: readonly string[], works: readonly ((text: string) => void)[]): number[] {
  const perPart = Math.max(1, Math.round(PART / list[0]!.length));
  const parts: string[][] = [];
  for (let at = 0; at < list.length; at += perPart) parts.push(list.slice(at, at + perPart));
  const best = works.map(() => parts.map(() => Number.POSITIVE_INFINITY));
  const end = performance.now() + MILLISECONDS * works.length;
  for (let pass = 0; pass < 3 || performance.now() < end; pass++) {
    parts.forEach((part, index) => {
      works.forEach((work, which) => {
        const start = process.hrtime.bigint();
        for (const text of part) work(text);
        const took = Number(process.hrtime.bigint() - start);
        if (took < best[which]![index]!) best[which]![index] = took;
      });
    });
  }
  return best.map((times) => (list.length * 1e9) / times.reduce((sum, time) => sum + time, 0));
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
console.log(
  `${cpus()[0]?.model} ${arch()}, kernel ${release()}, node ${process.version}, ${RULES.length} rules\n`,
);
/** This repository's sources and pages, cut into strings of `size` characters. */
function sources(size: number): string[] {
  const root = join(import.meta.dirname, '../..');
  const files = ['src', 'docs', 'native', 'bpf'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && /\.(?:ts|md|c|cc|h)$/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name)),
  );
  const all = Buffer.concat(files.map((file) => readFileSync(file))).toString('latin1');
  const count = Math.round(LIST / size);
  const step = Math.floor(all.length / count);
  return Array.from({ length: count }, (_, i) =>
    Buffer.from(all.slice(i * step, i * step + size), 'latin1').toString('latin1'),
  );
}

function measure(size: number, what: string, list: readonly string[]): void {
  const run = redactor.forRun(what);
  // As many values as a run remembers.
  for (let i = 0; i < 300; i++) run.env([`P_${i}_PASSWORD=${new Random(i).alnum(24)}`], counts);
  for (const text of list) redactor.text(text, counts);
  const [own, inRun, plain] = rates(list, [
    (text) => redactor.text(text, counts),
    (text) => run.text(text, counts),
    readOnly,
  ]) as [number, number, number];
  redactor.forget(what);
  const number = (value: number): string => Math.round(value).toLocaleString('en');
  console.log(
    `| ${size} | ${what} | ${number(own)} | ${((own * size) / 1e6).toFixed(0)} | 1 : ${(plain / own).toFixed(1)} | ${number(inRun)} |`,
  );
}

console.log('| size | with secret | strings/s | MB/s | to a plain loop | in a run, strings/s |');
console.log('|---:|---:|---:|---:|---:|---:|');
// What is measured first is compiled by then.
for (const text of strings(200, 0.3, 6000, new Random(1))) redactor.text(text, counts);
for (const size of SIZES) {
  for (const share of SHARES) {
    const count = Math.max(20, Math.round(LIST / size));
    measure(size, `${share * 100} %`, strings(size, share, count, new Random(size + share * 100)));
  }
  measure(size, 'sources', sources(size));
}

/** What redacting it took, in milliseconds of CPU time. */
function cpuMs(text: string): number {
  const before = process.threadCpuUsage();
  redactor.text(text, counts);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1000;
}

const LONG = 128 * 1024;
const SHORT = LONG / 8;
console.log('\n| hostile string, 128 KB | CPU ms, best | first |');
console.log('|---|---:|---:|');
const dear = Object.entries(hostileStrings(LONG)).map(([name, text]): [string, number, number] => {
  const times = Array.from({ length: 5 }, () => cpuMs(text));
  return [name, Math.min(...times), times[0]!];
});
for (const [name, best, first] of dear.sort((a, b) => b[1] - a[1]).slice(0, 12))
  console.log(`| ${name} | ${best.toFixed(1)} | ${first.toFixed(1)} |`);
/**
 * Every anchor but those of the rules, again and again: work that nobody pays for shows here, as no test looks at a clock.
 * Strings of an eighth of the length, so an eighth of the time.
 */
const anchors = new Set(
  anchorsOf(RULES.map(compileRule))
    .filter(({ context }) => context !== Context.issued)
    .map(({ literal }) => literal),
);
const repeated = [...anchors]
  .flatMap((literal) => ['', 'a ', '="', ': ', '"a"\n', ',\n', '")(","'].map((behind) => literal + behind))
  .map((unit): [string, number] => {
    const text = unit.repeat(Math.ceil(SHORT / unit.length)).slice(0, SHORT);
    const times = Array.from({ length: 2 }, () => cpuMs(text));
    return [unit, Math.min(...times)];
  });
console.log('\n| repeated, 16 KB | CPU ms |');
console.log('|---|---:|');
for (const [unit, took] of repeated.sort((a, b) => b[1] - a[1]).slice(0, 6))
  console.log(`| ${JSON.stringify(unit)} | ${took.toFixed(1)} |`);
if (sink === -1) console.log(sink);
