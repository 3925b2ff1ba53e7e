/**
 * Parts of schemas for files that people write: mappings with known keys, lists, closed words, amounts; and the
 * way from zod's issues to complaints that say what to write.
 *
 * An issue's message is two lines, what is wrong and what to write: zod carries one text through, and
 * `yamlFaults` takes it apart again.
 */
import { z } from 'zod';
import type { Complaint } from '../../contract/complaint.ts';
import { nearest } from '../../contract/nearest.ts';
import type { Fault, YamlValue } from './yaml-source.ts';

export function two({ message, fix }: Complaint): string {
  return `${message}\n${fix}`;
}

/** How a value is called in messages. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a mapping' : `the ${typeof value} ${JSON.stringify(value)}`;
}

export function wrong(what: string, input: unknown, fix: string): string {
  const missing = input === undefined || input === null;
  return two({ message: missing ? `${what} is missing` : `${what} cannot be ${kindOf(input)}`, fix });
}

/** A mapping with these keys and no others. For an unknown one the message is the list of known ones. */
export function mapping<Shape extends z.ZodRawShape>(what: string, shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? Object.keys(shape).join('\n')
        : wrong(what, issue.input, `write a mapping of ${Object.keys(shape).join(', ')}`),
  });
}

export function list<Item extends z.ZodType>(what: string, item: Item, example: string) {
  return z.array(item, { error: (issue) => wrong(what, issue.input, `write a list: ${example}`) });
}

export function oneOf<const Values extends readonly [string, ...string[]]>(what: string, values: Values) {
  return z.enum(values, {
    error: (issue) => {
      const meant = typeof issue.input === 'string' ? nearest(issue.input, values) : null;
      const fix = meant
        ? `write ${meant}`
        : `write ${values.length > 1 ? 'one of ' : ''}${values.join(', ')}`;
      return issue.input === undefined || issue.input === null
        ? wrong(what, issue.input, fix)
        : two({ message: `${what} cannot be ${JSON.stringify(issue.input)}`, fix });
    },
  });
}

/** A text that `parse` understands; null from it is a fault. */
export function amount<T>(what: string, parse: (text: string) => T | null, example: string) {
  return z.unknown().transform((input, context): T => {
    const value = typeof input === 'string' ? parse(input.trim()) : null;
    if (value !== null) return value;
    context.addIssue({
      code: 'custom',
      message: two({ message: `${what} cannot be ${kindOf(input)}`, fix: `write it like ${example}` }),
    });
    return z.NEVER;
  });
}

export function inRange<T>(what: string, numberOf: (value: T) => number, least: number, most: number) {
  return (value: T, context: z.RefinementCtx<T>) => {
    const number = numberOf(value);
    if (number >= least && number <= most) return;
    context.addIssue({
      code: 'custom',
      message: two({
        message: `${what} is out of range: ${number}`,
        fix: `write ${least.toLocaleString('en')} to ${most.toLocaleString('en')}`,
      }),
    });
  };
}

/** An issue as a complaint, and where: at a value, or at a key of a mapping that should not be there. */
interface SchemaComplaint extends Complaint {
  path: (string | number)[];
  key: string | null;
}

export function complaints(error: z.ZodError): SchemaComplaint[] {
  const mistyped = new Set(
    error.issues.filter((issue) => issue.code === 'unrecognized_keys').map((issue) => issue.path.join('/')),
  );
  return error.issues.flatMap((issue): SchemaComplaint[] => {
    // That a rule says nothing follows from a mistyped key of it.
    if (issue.code === 'custom' && issue.path.length > 0 && mistyped.has(issue.path.join('/'))) return [];
    const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
    const [message = '', fix = ''] = issue.message.split('\n');
    if (issue.code !== 'unrecognized_keys') return [{ path, key: null, message, fix }];
    const known = issue.message.split('\n');
    return issue.keys.map((key) => ({ path, key, ...unknownKey(key, known) }));
  });
}

function unknownKey(key: string, known: readonly string[]): Complaint {
  const meant = nearest(key, known);
  const message = `unknown key '${key}'`;
  if (meant) return { message, fix: `write ${meant}` };
  return { message, fix: `the keys here are ${known.join(', ')}` };
}

/** Issues as faults of the file that the value came from. */
export function yamlFaults(error: z.ZodError, source: YamlValue, file: string): Fault[] {
  return complaints(error).map(({ path, key, message, fix }) => {
    const place = key === null ? source.placeOf(path) : source.placeOfKey(path, key);
    return { file, ...place, message, fix };
  });
}
