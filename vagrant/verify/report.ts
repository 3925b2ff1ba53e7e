/**
 * What the verifiers of several kernels say of every program: judged, and as a table.
 *
 * In:     node report.ts [--update] [--host FILE] LAB_FILE…: what warder-verify wrote on this host and on kernels
 *         of the lab. The host comes first in the table.
 * Out:    the tables on stdout; with --update also between the marks in docs/kernel-support.md.
 * Exit:   1, after a sentence for each, when a program is refused, outgrows its budget or has none (judge.ts).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseBudgets } from './budgets.ts';
import { parseFindings } from './findings.ts';
import { faults, type Kernel } from './judge.ts';
import { lineOf, mapTable, programTable } from './tables.ts';

const DOCUMENT = 'docs/kernel-support.md';
const MARKS = ['<!-- verify: begin -->', '<!-- verify: end -->'] as const;

const { values, positionals } = parseArgs({
  options: { update: { type: 'boolean' }, host: { type: 'string' } },
  allowPositionals: true,
});
const kernel = (file: string, isLab: boolean): Kernel => ({
  findings: parseFindings(readFileSync(file, 'utf8')),
  isLab,
});
const kernels = [
  ...(values.host ? [kernel(values.host, false)] : []),
  ...positionals.map((file) => kernel(file, true)),
];
const newest = kernels.at(-1);
if (!newest) throw new Error('no findings given');

const text = [
  `Kernels: ${kernels.map(({ findings, isLab }) => (isLab ? findings.release : `${lineOf(findings.release)} (the build host)`)).join(', ')}.`,
  programTable(kernels),
  `Maps, on ${newest.findings.release} with two processors:`,
  mapTable(newest.findings),
].join('\n\n');
console.log(text);
if (values.update) update(text);

const budgets = parseBudgets(readFileSync(new URL('budgets', import.meta.url), 'utf8'));
const found = faults(kernels, budgets);
for (const fault of found) console.error(`verify: ${fault}`);
process.exitCode = found.length === 0 ? 0 : 1;

function update(table: string): void {
  const document = readFileSync(DOCUMENT, 'utf8');
  const [begin, end] = MARKS.map((mark) => document.indexOf(mark)) as [number, number];
  if (begin < 0 || end < begin) throw new Error(`${DOCUMENT} lacks the marks ${MARKS.join(' and ')}`);
  writeFileSync(
    DOCUMENT,
    `${document.slice(0, begin + MARKS[0].length)}\n\n${table}\n\n${document.slice(end)}`,
  );
}
