/**
 * Every message that Warder can fail with, out of the source: its code, its words, and what to do.
 *
 * In:  src/, native/ and the launcher. A message is `new WarderError(CODE, MESSAGE, FIX)`; the addon's are in
 *      src/kernel/advice.ts, with what to do.
 * Out: rows in the order of codes; what is filled in at the time stands as `…`.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ErrorRow {
  code: string;
  message: string;
  fix: string;
}

export function errorRows(folder = 'src'): ErrorRow[] {
  const rows = sources(folder).flatMap((path) => rowsOf(readFileSync(path, 'utf8')));
  const byText = new Map(rows.map((row) => [`${row.code}\0${row.message}`, row]));
  return [...byText.values()].sort((a, b) => order(a.code, b.code) || order(a.message, b.message));
}

/** All codes that stand in the source as such, whatever makes an error of them. */
export function codesOf(folder = 'src'): string[] {
  const constructed = sources(folder).flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/new WarderError\(\s*'([A-Z_0-9]+)'/g)].map(([, code]) => code!),
  );
  return [...new Set(constructed)].sort();
}

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true })
    .map((name) => join(folder, String(name)))
    .filter((path) => /\.tsx?$/.test(path) && !path.includes('/generated/'))
    .sort();
}

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function rowsOf(text: string): ErrorRow[] {
  return [...text.matchAll(/new WarderError\(/g)].flatMap((found) => {
    const [code = '', message = '', fix = ''] = argumentsFrom(text, found.index + found[0].length);
    const name = /^'([A-Z_0-9]+)'$/.exec(code)?.[1];
    return name ? [{ code: name, message: spoken(message), fix: spoken(fix) }] : [];
  });
}

/** The arguments of a call, from behind its bracket, as they are written. */
function argumentsFrom(text: string, start: number): string[] {
  const found: string[] = [];
  let depth = 0;
  let from = start;
  for (let at = start; at < text.length; at++) {
    const char = text[at]!;
    if (/['"`]/.test(char)) at = endOfString(text, at);
    else if (/[([{]/.test(char)) depth++;
    else if (/[)\]}]/.test(char) && depth-- === 0) {
      found.push(text.slice(from, at).trim());
      break;
    } else if (char === ',' && depth === 0) {
      found.push(text.slice(from, at).trim());
      from = at + 1;
    }
  }
  return found.filter((one) => one !== '');
}

/** Where a string that begins at `at` ends; code inside a template is gone over. */
function endOfString(text: string, at: number): number {
  const quote = text[at];
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === quote) return i;
    else if (quote === '`' && text.startsWith('${', i)) i = endOfCode(text, i + 2);
  }
  return text.length;
}

function endOfCode(text: string, at: number): number {
  for (let i = at; i < text.length; i++) {
    if (/['"`]/.test(text[i]!)) i = endOfString(text, i);
    else if (text[i] === '{') i = endOfCode(text, i + 1);
    else if (text[i] === '}') return i;
  }
  return text.length;
}

/** The words of an expression: its strings, one after the other where they are joined, a `…` for all else. */
function spoken(expression: string): string {
  const parts: string[] = [];
  let rest = false;
  for (let at = 0; at < expression.length; at++) {
    if (!/['"`]/.test(expression[at]!)) {
      rest ||= !/[\s+]/.test(expression[at]!);
      continue;
    }
    const end = endOfString(expression, at);
    if (rest) parts.push('…');
    rest = false;
    parts.push(words(expression.slice(at, end + 1)));
    at = end;
  }
  if (rest || parts.length === 0) parts.push('…');
  return parts.join('').replaceAll(/…(\s*…)+/g, '…');
}

function words(literal: string): string {
  let text = '';
  for (let at = 1; at < literal.length - 1; at++) {
    if (literal[0] === '`' && literal.startsWith('${', at)) {
      at = endOfCode(literal, at + 2);
      text += '…';
    } else if (literal[at] === '\\') text += literal[++at] === 'n' ? ' ' : literal[at];
    else text += literal[at];
  }
  return text;
}
