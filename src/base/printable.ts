/**
 * Text that others chose (file names, arguments, a policy's words), made safe for a terminal and for a line.
 *
 * In:     any string.
 * Out:    the same string with every character that has no glyph, or that moves the cursor, colours, reorders or
 *         hides text, written as an escape: `\n`, `\r`, `\t`, `\x1b`, `\u{202e}`. A backslash is doubled, so that
 *         two different strings never look alike. One line always; printable text comes back as it is.
 * Throws: never.
 *
 * Classes: Unicode general categories Cc, Cf, Cs, Zl, Zp and Zs (but the space), and Default_Ignorable_Code_Point
 * (zero-width and bidirectional controls, variation selectors, tags).
 */

const UNSAFE = /[\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{DI}]|(?! )\p{Zs}/gu;

const SHORT: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

export function printable(text: string): string {
  return text.replace(UNSAFE, escapeOf);
}

/** What a shell word may hold without quotes; brackets, for the marks of the redactor. */
const BARE_WORD = /^[\w@%+=:,./[\]-]+$/;

/** One word of several on a line, in the printable form, as a shell has it quoted: where it begins and ends shows. */
export function printableWord(word: string): string {
  return BARE_WORD.test(word) ? word : `'${printable(word).replaceAll("'", `'\\''`)}'`;
}

/**
 * At most `length` characters (code points) of the printable form; where something was left out it ends in `…`.
 * An escape is never cut through.
 */
export function printableWithin(text: string, length: number): string {
  // No string gets shorter by escaping, so what lies past `length + 1` code points cannot show.
  const head = text.length > 2 * (length + 1) ? text.slice(0, 2 * (length + 1)) : text;
  const glyphs: string[] = [];
  let shown = 0;
  for (const character of head) {
    const glyph = printable(character);
    // An escape is ASCII; anything else is one code point.
    const width = glyph === character ? 1 : glyph.length;
    if (shown + width > length) return `${glyphsWithin(glyphs, length - 1)}…`;
    shown += width;
    glyphs.push(glyph);
  }
  return glyphs.join('');
}

/** As many of the glyphs as fit. */
function glyphsWithin(glyphs: readonly string[], length: number): string {
  let out = '';
  let room = length;
  for (const glyph of glyphs) {
    room -= [...glyph].length;
    if (room < 0) break;
    out += glyph;
  }
  return out;
}

function escapeOf(character: string): string {
  const short = SHORT[character];
  if (short !== undefined) return short;
  const code = character.codePointAt(0)!;
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}
