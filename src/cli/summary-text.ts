/**
 * The summary as people read it at the end of a run.
 *
 * In:  a RunSummary, and how to look deeper.
 * Out: lines without newlines. Of long tables the head is shown and the rest is counted.
 */

import { endText } from '../base/end-text.ts';
import { printable } from '../base/printable.ts';
import type { Count } from './bounded-counts.ts';
import { groupDirectories } from './directories.ts';
import type { Refusal, RefusalOutcome, RunSummary, Table } from './summary.ts';
import type { Paint, Style } from './terminal.ts';

const LABEL_WIDTH = 14;
const ROWS = 8;
const REFUSAL_ROWS = 20;
const TARGETS = 3;
const TARGET_WIDTH = 100;

/** What each outcome claims, as the heading of its refusals. */
const OUTCOMES: readonly (readonly [RefusalOutcome, string, keyof Style])[] = [
  ['prevented', 'failed before it had an effect', 'red'],
  ['terminated', 'the process was killed; the effect may have happened', 'red'],
  ['observed', 'refused, but went ahead: seen after the fact', 'red'],
  ['refused', 'outcome unknown', 'red'],
  ['would deny', 'monitored only: enforce would have refused it', 'yellow'],
  ['would hold', 'monitored only: enforce would have held it', 'yellow'],
];

export function summaryLines(summary: RunSummary, style: Style, deeper: string): string[] {
  return [
    '',
    style.bold(`warder: ${printable(summary.agent)} ${ending(summary)}`),
    ...section('run', [
      `${summary.run}, ${counted(summary.events, 'event')}, ${seconds(summary.durationMs)}`,
    ]),
    ...list('policy', summary.policy ? [summary.policy] : []),
    ...list('not enforced', summary.unenforced.map(printable), style.yellow),
    ...tableSection('programs', 'start', summary.programs),
    ...list('workspace', summary.workspace ? [printable(summary.workspace)] : []),
    ...directorySection('read', summary.read, summary.workspace),
    ...directorySection('written', summary.written, summary.workspace),
    ...tableSection('looked up', 'time', summary.lookedUp),
    ...tableSection('reached', 'time', summary.reached),
    ...tableSection('bound', 'time', summary.bound),
    ...tableSection('privileged', 'time', summary.privileged),
    ...OUTCOMES.flatMap(([outcome, meaning, paint]) =>
      refusalSection(summary, outcome, meaning, style[paint]),
    ),
    ...list(
      'also refused',
      summary.refusalsBeyond > 0 ? [`${summary.refusalsBeyond} by further rules`] : [],
      style.red,
    ),
    ...nothingRefused(summary, style),
    ...tableSection('redacted', 'time', summary.redacted),
    ...lossSection(summary, style),
    ...waitingSection(summary, style),
    ...section('look deeper', [deeper]),
  ];
}

function ending({ exit, stragglers }: RunSummary): string {
  const left = stragglers > 0 ? `, ${counted(stragglers, 'process', 'processes')} left behind and ended` : '';
  if (exit.code === undefined && exit.signal === undefined) return `has not been seen to end${left}`;
  return `ended with ${endText(exit)}${left}`;
}

function nothingRefused({ refusals }: RunSummary, style: Style): string[] {
  return refusals.length === 0 ? section('refused', [style.green('nothing that was seen')]) : [];
}

function refusalSection(
  summary: RunSummary,
  outcome: RefusalOutcome,
  meaning: string,
  paint: Paint,
): string[] {
  const refusals = summary.refusals.filter((refusal) => refusal.outcome === outcome);
  if (refusals.length === 0) return [];
  const total = refusals.reduce((sum, { count }) => sum + count, 0);
  return section(outcome, [
    paint(`${counted(total, 'action')} (${meaning})`),
    ...refusals.slice(0, REFUSAL_ROWS).flatMap(refusalLines),
    ...more(refusals.length - REFUSAL_ROWS, 'rule'),
  ]);
}

/** `exec 2 times: /usr/bin/curl …` and below it the rule and its reason. */
function refusalLines({ category, count, rule, because, targets }: Refusal): string[] {
  const rest = count - targets.entries.slice(0, TARGETS).reduce((sum, entry) => sum + entry.count, 0);
  return [
    ...targets.entries
      .slice(0, TARGETS)
      .map(
        ({ key, count: times }) =>
          `${category.padEnd(8)}${within(key)}${times > 1 ? `  ${times} times` : ''}`,
      ),
    ...(rest > 0 ? [`${category.padEnd(8)}and ${counted(rest, 'more', 'more')}`] : []),
    `        by ${rule}${because ? `: ${because}` : ''}`,
  ];
}

/** What lies in the workspace first and by itself: it is what a person looks for, and elsewhere is much more. */
function directorySection(label: string, table: Table, workspace: string): string[] {
  if (table.total === 0) return [];
  const inside: Count[] = [];
  const outside: Count[] = [];
  for (const entry of table.entries) {
    const isInside = workspace !== '' && (entry.key === workspace || entry.key.startsWith(`${workspace}/`));
    (isInside ? inside : outside).push(entry);
  }
  const named = groupDirectories(inside, ROWS).map(({ key, count }) => ({
    key: `\${workspace}${key.slice(workspace.length)}`,
    count,
  }));
  return section(label, [
    `${counted(table.total, 'time')} in ${counted(table.entries.length, 'directory', 'directories')}`,
    ...rows(named, 'directory of the workspace', 'directories of the workspace'),
    ...rows(groupDirectories(outside, ROWS), 'other directory', 'other directories'),
    ...beyond(table, 'in further directories'),
  ]);
}

function tableSection(label: string, unit: string, table: Table): string[] {
  if (table.total === 0) return [];
  const heading = `${counted(table.total, unit)}, ${table.entries.length} different`;
  return section(label, [
    heading,
    ...rows(table.entries, 'other', 'others'),
    ...beyond(table, 'further ones'),
  ]);
}

function lossSection({ lost, unstored }: RunSummary, style: Style): string[] {
  if (lost.total === 0 && unstored === 0) return section('lost', [style.green('nothing')]);
  return section('lost', [
    ...(unstored > 0
      ? [style.red(`${counted(unstored, 'event')} that could not be written to the log`)]
      : []),
    ...(lost.total > 0 ? [style.yellow(counted(lost.total, 'record'))] : []),
    ...lost.entries.map(({ key, count }) => row(key.replaceAll('_', ' '), count)),
  ]);
}

function waitingSection({ waiting }: RunSummary, style: Style): string[] {
  if (!waiting) return [];
  return section('waiting', [
    style.yellow(
      `${counted(waiting, 'event')} for the log: on this host's disk until the gateway takes them`,
    ),
  ]);
}

/** The head of a table; the rest as a number. */
function rows(entries: readonly Count[], unit: string, units: string): string[] {
  const head = entries.slice(0, ROWS).map(({ key, count }) => row(key, count));
  const rest = entries.slice(ROWS);
  if (rest.length === 0) return head;
  const times = rest.reduce((sum, { count }) => sum + count, 0);
  return [...head, `${String(times).padStart(8)}  in ${counted(rest.length, unit, units)}`];
}

function beyond(table: Table, what: string): string[] {
  return table.beyond > 0 ? [`${String(table.beyond).padStart(8)}  ${what}`] : [];
}

function more(count: number, unit: string): string[] {
  return count > 0 ? [`and ${counted(count, `more ${unit}`, `more ${unit}s`)}`] : [];
}

function row(key: string, count: number): string {
  return `${String(count).padStart(8)}  ${within(printable(key))}`;
}

/** For text that is printable already. */
function within(text: string): string {
  const characters = [...text];
  return characters.length <= TARGET_WIDTH ? text : `${characters.slice(0, TARGET_WIDTH - 1).join('')}…`;
}

function section(label: string, lines: readonly string[]): string[] {
  return lines.map((line, index) => `  ${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}`);
}

function list(label: string, lines: readonly string[], paint: Paint = (text) => text): string[] {
  return section(label, lines.map(paint));
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(milliseconds < 10_000 ? 3 : 1)} s`;
}
