/**
 * HTML from text that others chose: escaped by construction.
 *
 * `html` is a template tag: what stands between ${} is escaped, but for HTML made by `html` itself and lists of it.
 */
import { printable } from '../../base/printable.ts';

export class Html {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export type Part = Html | string | number | readonly (Html | string | number)[];

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
  '`': '&#96;',
};

/** Also for the values of quoted attributes. */
function escaped(text: string): string {
  return text.replace(/[&<>"'`]/g, (character) => ESCAPES[character]!);
}

export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, at) => text + (at < parts.length ? render(parts[at]!) : '')).join(''));
}

/** Text as people see it: no character that has no glyph, or that moves or hides others. */
export function shown(text: string | null | undefined): Html {
  return new Html(escaped(printable(text ?? '')));
}

/** For a data block: nothing in it can end its element. */
export function dataJson(value: unknown): Html {
  return new Html(
    JSON.stringify(value)
      .replaceAll('<', '\\u003c')
      .replaceAll('>', '\\u003e')
      .replaceAll('&', '\\u0026')
      .replaceAll('\u2028', '\\u2028')
      .replaceAll('\u2029', '\\u2029'),
  );
}

function render(part: Part): string {
  if (part instanceof Html) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return part.map(render).join('');
}
