/**
 * The terminal that an agent has among its standard descriptors: its path, or undefined without one.
 */
import { readlinkSync } from 'node:fs';
import { isatty } from 'node:tty';

/** @param descriptors of this process, to become the agent's; default: its own standard ones */
export function terminalAmong(descriptors: readonly number[] = [0, 1, 2]): string | undefined {
  const descriptor = descriptors.find((number) => isatty(number));
  return descriptor === undefined ? undefined : readlinkSync(`/proc/self/fd/${descriptor}`);
}
