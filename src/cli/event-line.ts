/**
 * One event as one line with aligned columns: when, pid, program, action, verdict, target; for what was refused,
 * the rule and its reason behind it. Refusals stand out without colour too, in capitals.
 *
 * In:  texts that are printable already (describe.ts).
 * Out: a line without its newline.
 */
import type { EventText } from './describe.ts';
import type { RulingWord } from './ruling.ts';
import type { Paint, Style } from './terminal.ts';

const PROGRAM_WIDTH = 12;
const ACTION_WIDTH = 9;
const VERDICT_WIDTH = 10;

export interface LineForm {
  style: Style;
  /** Characters of a target that are shown; Infinity: all. */
  targetWidth: number;
}

export function eventLine(when: string, text: EventText, { style, targetWidth }: LineForm): string {
  const { ruling } = text;
  const refused = ruling !== undefined && ruling.word !== 'allowed';
  const columns = [
    style.dim(when),
    style.dim((text.pid === 0 ? '' : String(text.pid)).padStart(7)),
    within(text.program, PROGRAM_WIDTH).padEnd(PROGRAM_WIDTH),
    text.action.padEnd(ACTION_WIDTH),
    ruling ? verdict(ruling.word, style) : ' '.repeat(VERDICT_WIDTH),
    within(text.target, targetWidth),
  ];
  if (refused) {
    const paint = paintOf(ruling.word, style);
    columns.push(paint(`<- ${ruling.rule}${ruling.because ? `: ${ruling.because}` : ''}`));
  }
  return columns.join(' ').trimEnd();
}

function verdict(word: RulingWord, style: Style): string {
  const text = word === 'allowed' || word.startsWith('would') ? word : word.toUpperCase();
  return paintOf(word, style)(text.padEnd(VERDICT_WIDTH));
}

function paintOf(word: RulingWord, style: Style): Paint {
  if (word === 'allowed') return style.dim;
  return word.startsWith('would') ? style.yellow : (text) => style.bold(style.red(text));
}

/** Cut in the middle of an escape at worst, never of a character: the text holds no control any more. */
function within(text: string, width: number): string {
  if (text.length <= width) return text;
  const characters = [...text];
  return characters.length <= width ? text : `${characters.slice(0, width - 1).join('')}…`;
}
