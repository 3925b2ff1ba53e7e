/**
 * Lists for people: times, and columns.
 */

/** `2026-11-21 07:00`, or nothing for 0. */
export function whenText(unixMs: number): string {
  return unixMs === 0 ? '' : new Date(unixMs).toISOString().slice(0, 16).replace('T', ' ');
}

/** Columns as wide as what is in them. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
