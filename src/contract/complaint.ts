/**
 * What is wrong with a piece of text that people wrote, as a value: one text may have many, and all are told.
 */

/** One sentence that says what is wrong, and one that says what to write. */
export interface Complaint {
  message: string;
  fix: string;
}

export type Parsed<P> = { pattern: P; warning?: Complaint } | { fault: Complaint };

export function fault(message: string, fix: string): { fault: Complaint } {
  return { fault: { message, fix } };
}
