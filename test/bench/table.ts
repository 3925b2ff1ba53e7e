/**
 * Figures as text: a table of Markdown.
 */
import { type Bound, type Figure, isKept, type Part } from './figure.ts';

export function tableOf({ title, about, figures, absent }: Part): string {
  const rows = figures.map(
    (figure) =>
      `| ${figure.text} | ${shownOf(figure)} | ${goalOf(figure)} |${figure.remark ? ` ${figure.remark} |` : ''}`,
  );
  const hasRemarks = figures.some(({ remark }) => remark);
  return [
    `### ${title}`,
    '',
    about,
    '',
    `| | measured | goal |${hasRemarks ? ' |' : ''}`,
    `|---|---:|---|${hasRemarks ? '---|' : ''}`,
    ...rows.map((row, index) => (hasRemarks && !figures[index]!.remark ? `${row} |` : row)),
    ...(absent?.length ? ['', ...absent.map(({ text, why }) => `- ${text}: not measured here, ${why}`)] : []),
  ].join('\n');
}

export function shownOf({ value: { median, low, high }, unit }: Figure): string {
  const shown = number(median, unit);
  return low === high ? shown : `${shown} (${number(low, unit, true)}–${number(high, unit, true)})`;
}

function number(value: number, unit: Figure['unit'], bare = false): string {
  if (unit === 'x') return `${value.toFixed(value < 10 ? 2 : 1)}${bare ? '' : 'x'}`;
  const isCount = unit === '' && Number.isInteger(value);
  const digits = isCount || unit === '/s' || unit === 'ns' || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  const text = value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
  return bare || unit === '' ? text : `${text}${unit === '/s' || unit === '%' ? '' : ' '}${unit}`;
}

function goalOf({ goal, value, unit }: Figure): string {
  if (!goal) return '';
  return `${boundOf(goal, unit)}: ${isKept(value, goal) ? 'kept' : '**missed**'}`;
}

function boundOf({ most, least }: Bound, unit: Figure['unit']): string {
  return most === undefined ? `at least ${number(least!, unit)}` : `at most ${number(most, unit)}`;
}
