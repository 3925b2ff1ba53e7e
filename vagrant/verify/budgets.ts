/**
 * How much each program may ask of the verifier, from the table `budgets` beside this file.
 *
 * In:     the table's text: `PROGRAM INSTRUCTIONS [LINE]`, # for comments.
 * Throws: an Error with the line where it has another form.
 */

export interface Budget {
  /** Most instructions that the verifier may process on any kernel. */
  instructions: number;
  /** First kernel line that has the hook; undefined: all that Warder runs on. */
  since?: string;
}

export function parseBudgets(text: string): Map<string, Budget> {
  const budgets = new Map<string, Budget>();
  for (const line of text.split('\n')) {
    const fields = line.replace(/#.*/, '').trim().split(/\s+/);
    if (fields[0] === '') continue;
    const [name, instructions, since] = fields;
    const wellFormed =
      fields.length <= 3 && /^\d+$/.test(instructions ?? '') && (!since || /^\d+\.\d+$/.test(since));
    if (!wellFormed || budgets.has(name!)) {
      throw new Error(`budgets: "${line}" is not PROGRAM INSTRUCTIONS [LINE], once for each program`);
    }
    budgets.set(name!, { instructions: Number(instructions), ...(since && { since }) });
  }
  return budgets;
}

/** Whether the kernel with this release ("6.12.117+deb12-cloud-amd64") is of that line ("6.7") or newer. */
export function isAtLeast(release: string, line: string): boolean {
  const [major, minor] = release.split('.').map((part) => Number.parseInt(part, 10));
  const [wantedMajor, wantedMinor] = line.split('.').map(Number);
  return major! > wantedMajor! || (major === wantedMajor && minor! >= wantedMinor!);
}
