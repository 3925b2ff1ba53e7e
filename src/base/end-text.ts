/**
 * How a process ended, in words.
 */
import { constants } from 'node:os';

/** `status 1`, `SIGKILL` */
export function endText({ code, signal }: { code?: number | null; signal?: number | null }): string {
  return signal ? signalName(signal) : `status ${code ?? 0}`;
}

function signalName(number: number): string {
  const known = Object.entries(constants.signals).find(([, value]) => value === number);
  return known ? known[0] : `signal ${number}`;
}
