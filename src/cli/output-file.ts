/**
 * A file that a command writes: it appears whole or not at all, for its owner alone.
 *
 * Throws: OUTPUT_FILE.
 */
import { writeFileSync } from 'node:fs';
import { type Draft, openDraft } from '../base/draft.ts';
import { unwritable } from './line-sink.ts';

export function writeOutputFile(path: string, text: string): void {
  let draft: Draft | undefined;
  try {
    draft = openDraft(path, 0o600);
    writeFileSync(draft.fd, text);
    draft.keep();
  } catch (error) {
    draft?.drop();
    throw unwritable(path, error as Error);
  }
}
