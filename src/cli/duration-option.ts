/** `30s`, `5m`, `1h`, `30d` of an option, in milliseconds. */
import { InvalidArgumentError } from 'commander';
import { parseDuration } from './config/option.ts';

export function durationOption(text: string): number {
  const parsed = parseDuration(text);
  if (parsed === null) throw new InvalidArgumentError('Write it like 30s, 5m, 1h or 30d.');
  return parsed;
}
