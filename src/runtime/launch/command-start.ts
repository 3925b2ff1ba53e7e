/**
 * The beginning of a command line, as much of it as an exec event has: a command may have megabytes of arguments, an
 * event may not.
 *
 * In: the words. Out: those that fit, the last one perhaps not whole, and whether something is missing.
 */
import { constants } from '../../kernel/generated/layout.ts';

export function commandStart(command: readonly string[]): { argv: string[]; cut: boolean } {
  const argv: string[] = [];
  let room = constants.ARGV_BYTES;
  for (const word of command) {
    const bytes = Buffer.from(word);
    if (bytes.length >= room) {
      if (room > 1) argv.push(bytes.subarray(0, room - 1).toString());
      return { argv, cut: true };
    }
    argv.push(word);
    room -= bytes.length + 1; // the NUL behind it
  }
  return { argv, cut: false };
}
