/**
 * Colour for people: SGR codes on a terminal, nothing anywhere else.
 *
 * Colour is used only where the output is a terminal, NO_COLOR is unset or empty (no-color.org) and TERM is not
 * `dumb`.
 */
export type Paint = (text: string) => string;

export interface Style {
  bold: Paint;
  dim: Paint;
  red: Paint;
  yellow: Paint;
  green: Paint;
}

const plainText: Paint = (text) => text;

export const PLAIN: Style = {
  bold: plainText,
  dim: plainText,
  red: plainText,
  yellow: plainText,
  green: plainText,
};

export const COLOUR: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  red: sgr(31, 39),
  yellow: sgr(33, 39),
  green: sgr(32, 39),
};

/** @param terminal whether the output goes to one */
export function styleFor(
  terminal: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): Style {
  return terminal && !environment.NO_COLOR && environment.TERM !== 'dumb' ? COLOUR : PLAIN;
}

function sgr(on: number, off: number): Paint {
  return (text) => (text === '' ? '' : `\x1b[${on}m${text}\x1b[${off}m`);
}
