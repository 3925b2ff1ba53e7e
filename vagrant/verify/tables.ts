/**
 * Findings as Markdown: programs by kernel, and maps. For docs/kernel-support.md and for the terminal.
 */
import type { Findings, ProgramFinding } from './findings.ts';
import type { Kernel } from './judge.ts';

/** `6.12.117+deb12-cloud-amd64` is 6.12. */
export const lineOf = (release: string): string => release.split('.').slice(0, 2).join('.');

function cell(program: ProgramFinding | undefined): string {
  if (!program) return '–';
  switch (program.outcome) {
    case 'loaded':
      return String(program.instructions);
    case 'refused':
      return `**refused** (${program.errnoName})`;
    case 'unavailable':
      return `not here (${program.errnoName})`;
    case 'absent':
      return 'no hook';
  }
}

/** One row a program: instructions processed on each kernel; code and stack are those of the last that loads it. */
export function programTable(kernels: Kernel[]): string {
  const all = kernels.map(({ findings }) => findings);
  const names = [...new Set(all.flatMap(({ programs }) => programs.map(({ name }) => name)))];
  const rows = names.map((name) => {
    const found = all.map(({ programs }) => programs.find((program) => program.name === name));
    const loaded = found.findLast((program) => program?.outcome === 'loaded');
    const size = loaded?.outcome === 'loaded' ? [`${loaded.jitedBytes}`, loaded.stack] : ['–', '–'];
    return [`\`${name}\``, `\`${found.find(Boolean)!.section}\``, ...found.map(cell), ...size];
  });
  const heads = kernels.map(({ findings, isLab }) => (isLab ? lineOf(findings.release) : 'build host'));
  return markdown(['program', 'hook', ...heads, 'code bytes', 'stack'], rows);
}

export function mapTable({ maps }: Findings): string {
  const rows = maps.map((map) => [
    `\`${map.name}\``,
    map.type,
    `${map.keyBytes}`,
    `${map.valueBytes}`,
    `${map.entries}`,
    `${Math.ceil(map.emptyBytes / 1024)}`,
  ]);
  return markdown(['map', 'type', 'key', 'value', 'entries', 'empty, KiB'], rows);
}

function markdown(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
