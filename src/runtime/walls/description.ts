/**
 * The description of the walls as the launcher reads it: native/launcher/walls.h has the words.
 *
 * In: lines, each a word and its arguments. Out: bytes; every string ended by a NUL.
 * Throws: WALLS_TEXT for a string that would read as two.
 */
import { WarderError } from '../../base/error.ts';

export type WallLine =
  | readonly ['place', PlaceFlags, string]
  | readonly ['hide' | 'socket' | 'veil' | 'keep' | 'private' | 'scan' | 'skip' | 'leave' | 'guard', string]
  | readonly ['proc' | 'terminals' | 'local-sockets' | 'memory']
  | readonly ['name' | 'suffix' | 'watch', 'hide' | 'freeze', string]
  | readonly ['allow', string, string]
  | readonly ['scope', 'abstract' | 'signal']
  | readonly ['hold', 'exec' | 'files']
  | readonly ['privilege', string];

export type PlaceFlags = '-' | 'w' | 'x' | 'wx';

export function describeWalls(lines: readonly WallLine[]): Buffer {
  const words = ['warder-walls', '1', ...lines.flat(), 'end'];
  const bad = words.find((word) => word.includes('\0'));
  if (bad !== undefined) {
    throw new WarderError(
      'WALLS_TEXT',
      `a wall cannot be described: ${JSON.stringify(bad)} holds a NUL`,
      'no path of the kernel holds one: report this with the policy',
    );
  }
  return Buffer.from(words.map((word) => `${word}\0`).join(''));
}
