/**
 * The look for files by name met its bound: those further down carry no mask. Their opens are asked about all the same
 * (decision 0110): what may not be read is refused; that one is there, stat tells.
 */
import { WarderError } from '../../base/error.ts';
import type { WallsUp } from '../launch/launcher.ts';

export function scanCut({ scanned, masked }: WallsUp): WarderError {
  return new WarderError(
    'WALLS_SCAN_CUT',
    `files that the policy denies by name were looked for in the first ${scanned - 1} directory entries only (${masked} found)`,
    'deny large directories by their path, or give the agent a smaller workspace; of what was not looked at, opening what may not be read is prevented all the same, and writing what may be read and not written is terminated',
  );
}
