/**
 * A string that a rule describes: its form filled with random characters of its sets.
 *
 * In:  a rule and randomness.
 * Out: a text in which the rule should find its kind; for a rule that needs an issuer's name, with that name before it.
 */
import { ALPHABETS } from '../../../src/runtime/redaction/alphabet.ts';
import type { Rule } from '../../../src/runtime/redaction/rule.ts';
import type { Random } from './random.ts';

/** The characters of a bracket expression's inside, or of a named alphabet. */
function characters(expression: string): string {
  const inside = (ALPHABETS as Record<string, string>)[expression] ?? expression;
  let out = '';
  const units = [...inside.matchAll(/\\(.)|([\s\S])/g)].map((match) => ({
    char: match[1] ?? match[2]!,
    escaped: match[1] !== undefined,
  }));
  const plain = (unit: { char: string; escaped: boolean }): string =>
    unit.escaped ? ({ n: '\n', r: '\r', t: '\t' }[unit.char] ?? unit.char) : unit.char;
  for (let i = 0; i < units.length; i++) {
    const range = units[i + 1];
    if (range !== undefined && range.char === '-' && !range.escaped && i + 2 < units.length) {
      for (let code = plain(units[i]!).charCodeAt(0); code <= plain(units[i + 2]!).charCodeAt(0); code++)
        out += String.fromCharCode(code);
      i += 2;
    } else out += plain(units[i]!);
  }
  return [...new Set(out)].join('');
}

function secretRun(rule: Rule, r: Random): string {
  const [least, most] = typeof rule.length === 'number' ? [rule.length, rule.length] : rule.length;
  if (rule.alphabet === 'uuid') return r.uuid();
  const size = r.int(least, Math.min(most, least + 8));
  // Padding and white space stand at the end of an encoding, not within it.
  const set = characters(rule.alphabet).replace(/[=\s\\]/g, '');
  return r.of(set, size);
}

/** The form, filled. */
function fill(rule: Rule, r: Random): string {
  const anchor = rule.anchors.length > 0 ? r.pick(rule.anchors) : '';
  const token = /\\(.)|@|#|!|\[((?:\\.|[^\]\\])*)\](?:\{(\d+)(?:,(\d+))?\}|(\?))?|\(([^)]*)\)|([^\\])(\?)?/g;
  let out = '';
  for (const match of rule.form.matchAll(token)) {
    const [whole, escaped, set, least, most, optional, choices, literal] = match;
    if (whole === '@') out += anchor;
    else if (whole === '#') out += secretRun(rule, r);
    else if (whole === '!') continue;
    else if (escaped !== undefined) out += escaped;
    else if (set !== undefined) {
      const from = optional === undefined ? Number(least ?? 1) : 0;
      out += r.of(
        characters(set).replace(/[\s\\]/g, ''),
        r.int(from, Math.min(Number(most ?? least ?? 1), from + 6)),
      );
    } else if (choices !== undefined)
      out += r.pick(choices.split('|').map((choice) => choice.replace(/\\(.)/g, '$1')));
    else out += literal ?? whole;
  }
  return out;
}

export function sampleOf(rule: Rule, r: Random): string {
  const value = fill(rule, r);
  return rule.boundary === 'name' ? `${r.pick(rule.anchors)}_thing=${value}` : `see ${value} there`;
}
