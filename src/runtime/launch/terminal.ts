/**
 * The terminal that this process and the agents it starts share: its path, or undefined without one.
 */
import { readlinkSync } from 'node:fs';
import { isatty } from 'node:tty';

export function ownTerminal(): string | undefined {
  const descriptor = [0, 1, 2].find((number) => isatty(number));
  return descriptor === undefined ? undefined : readlinkSync(`/proc/self/fd/${descriptor}`);
}
