/**
 * Ratios as bars, an SVG that reads on light and dark pages alike. A stroke marks what a figure may be at most.
 */
import type { Figure, Part } from './figure.ts';

const ROW = 18;
const LEFT = 330;
const WIDTH = 820;
/** Bars end here; what is longer is cut and says so. */
const MOST = 3;

export function chartOf(parts: readonly Part[]): string {
  const lines: string[] = [];
  let y = 8;
  for (const { title, figures } of parts) {
    const ratios = figures.filter(({ unit }) => unit === 'x');
    if (ratios.length === 0) continue;
    y += ROW;
    lines.push(`<text x="4" y="${y}" font-weight="bold">${escaped(title)}</text>`);
    for (const figure of ratios) {
      y += ROW;
      lines.push(bar(figure, y));
    }
    y += 6;
  }
  const height = y + 12;
  const unit = x(1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="11">`,
    '<title>The ratios of these tables as bars</title>',
    `<rect width="${WIDTH}" height="${height}" fill="#ffffff"/>`,
    `<line x1="${unit}" x2="${unit}" y1="8" y2="${height - 8}" stroke="#999999" stroke-dasharray="2 3"/>`,
    ...lines,
    '</svg>',
    '',
  ].join('\n');
}

function x(ratio: number): number {
  return Math.round(LEFT + (Math.min(ratio, MOST) / MOST) * (WIDTH - LEFT - 60));
}

function bar({ text, value: { median, low, high }, goal }: Figure, y: number): string {
  const end = x(median);
  const missed = goal?.most !== undefined && median > goal.most;
  const parts = [
    `<text x="${LEFT - 8}" y="${y}" text-anchor="end">${escaped(text)}</text>`,
    `<rect x="${LEFT}" y="${y - 10}" width="${end - LEFT}" height="12" fill="${missed ? '#c2574b' : '#4b7ec2'}"/>`,
    `<line x1="${x(low)}" x2="${x(high)}" y1="${y - 4}" y2="${y - 4}" stroke="#222222"/>`,
    `<text x="${Math.max(end, x(high)) + 6}" y="${y}">${median.toFixed(2)}${median > MOST ? ' →' : ''}</text>`,
  ];
  if (goal?.most !== undefined)
    parts.push(
      `<line x1="${x(goal.most)}" x2="${x(goal.most)}" y1="${y - 11}" y2="${y + 3}" stroke="#000000"/>`,
    );
  return parts.join('');
}

function escaped(text: string): string {
  return text.replace(/[&<>]/g, (sign) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[sign]!);
}
