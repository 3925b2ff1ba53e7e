/**
 * Writes lines to a rotating file for ever, for the test that kills it: node writer.ts FILE. Says a dot for each commit. A line of event n is a
 * function of n alone.
 */
import { writeSync } from 'node:fs';
import { RotatingFile } from '../../../src/cli/export/rotating-file.ts';

export const lineOf = (index: number): string => `${index} ${'x'.repeat(index % 97)}`;

if (process.argv[1]?.endsWith('writer.ts')) {
  const file = new RotatingFile({ path: process.argv[2]!, maxBytes: 2000, question: 'q', from: 0 });
  for (let index = file.next; ; index++) {
    file.write([lineOf(index)], index);
    if (index % 7 === 0) {
      file.commit();
      writeSync(1, '.');
    }
  }
}
