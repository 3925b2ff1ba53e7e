/**
 * The policy's ${workspace}, as the command line has it. Throws RUN_WORKSPACE where it is no directory.
 */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { WarderError } from '../base/error.ts';

export function workspaceDirectory(option: string | undefined): string {
  const path = resolve(option ?? '.');
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return path;
  throw new WarderError(
    'RUN_WORKSPACE',
    `the workspace ${path} is not a directory`,
    'make it, or name another with --workspace DIR',
  );
}
