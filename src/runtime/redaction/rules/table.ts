/**
 * The tables of this folder, read into rules.
 *
 * In:  a family and its table: one rule a line, columns apart by two spaces or more:
 *
 *        id   anchors   form   alphabet   length   boundary   source
 *
 *      anchors  apart by a comma; `-` for none.
 *      form     see form.ts and rule.ts; `@#` is the common one.
 *      alphabet a name of alphabet.ts, or the inside of a bracket expression.
 *      length   of the secret run: `32`, or `20..64`.
 *      boundary of rule.ts, and after a comma `lead=N` or `lead=N..M`, `entropy=X`, `anycase`, `apart`.
 *      source   the issuer's page, without `https://`.
 *      Lines that begin with `#` and empty ones say nothing.
 * Out: rules. Throws RULE_INVALID for a line without its seven columns.
 */
import { WarderError } from '../../../base/error.ts';
import type { Boundary, Rule } from '../rule.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function range(text: string): number | [number, number] {
  const [from, to] = text.split('..');
  return to === undefined ? Number(from) : [Number(from), Number(to)];
}

export function table(family: string, text: string): Rule[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('# '))
    .map((line) => parseLine(family, line));
}

function parseLine(family: string, line: string): Rule {
  const columns = line.split(/ {2,}/);
  if (columns.length !== 7) {
    throw new WarderError(
      'RULE_INVALID',
      `a line of ${family} has ${columns.length} columns, 7 are needed: ${line}`,
      'write id, anchors, form, alphabet, length, boundary and source, two spaces or more between them',
    );
  }
  const [id, anchorList, form, alphabet, length, terms, source] = columns as [
    string,
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  const anchors = anchorList === '-' ? [] : anchorList.split(',');
  const [boundary, ...more] = terms.split(',');
  const rule: Writable<Rule> = {
    id,
    family,
    anchors,
    form,
    alphabet,
    length: range(length),
    boundary: boundary as Boundary,
    source: `https://${source}`,
  };
  for (const term of more) {
    const [key, value] = term.split('=');
    if (key === 'lead') rule.lead = range(value!);
    else if (key === 'entropy') rule.entropy = Number(value);
    else if (key === 'anycase') rule.ignoreCase = true;
    else if (key === 'apart') rule.apart = true;
  }
  return rule;
}
