/** `30s`, `5m`, `1h`, `30d` of an option, in milliseconds. */
import { InvalidArgumentError, Option } from 'commander';
import { parseDuration } from './config/option.ts';

/** With what holds where it is left out, which help shows as it is written. */
export function durationUnless(flags: string, description: string, fallback: string): Option {
  return new Option(flags, description).argParser(durationOption).default(durationOption(fallback), fallback);
}

function durationOption(text: string): number {
  const parsed = parseDuration(text);
  if (parsed === null) throw new InvalidArgumentError('Write it like 500ms, 30s, 5m, 1h or 30d.');
  return parsed;
}
