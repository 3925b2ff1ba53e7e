/**
 * The look for files by name met its bound: those further down carry no mask, and are terminated, not prevented.
 */
import { WarderError } from '../../base/error.ts';
import type { WallsUp } from '../launch/launcher.ts';

export function scanCut({ scanned, masked }: WallsUp): WarderError {
  return new WarderError(
    'WALLS_SCAN_CUT',
    `files that the policy denies by name were looked for in the first ${scanned - 1} directory entries only (${masked} found)`,
    'deny large directories by their path, or give the agent a smaller workspace; what was not looked at is terminated at its open, not prevented',
  );
}
