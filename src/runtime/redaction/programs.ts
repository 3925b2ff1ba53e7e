/**
 * The table of programs (tools.ts) ready for use: each name with its grammars, and what to look for before they are tried.
 */
import { CLASS, LETTER } from './characters.ts';
import { type Grammar, ROWS } from './tools.ts';

export type OptionKind = 'secret' | 'exact' | 'attached' | 'pair' | 'named' | 'cookie' | 'source';

/** A grammar ready for use. */
export interface Tool {
  readonly options: ReadonlyMap<string, OptionKind>;
  readonly usage: readonly (readonly string[])[];
  readonly when: string | undefined;
  /** What must stand behind the program: the words of one of its usage lines. None where an option may do. */
  readonly words: readonly (readonly string[])[];
}

const OPTION_KINDS = ['secret', 'exact', 'attached', 'pair', 'named', 'cookie', 'source'] as const;

function compile(grammar: Grammar): Tool {
  const options = new Map<string, OptionKind>();
  for (const kind of OPTION_KINDS) {
    for (const option of grammar[kind]?.split(' ') ?? []) options.set(option, kind);
  }
  const usage = (grammar.usage ?? []).map((line) => line.split(' '));
  return { options, usage, when: grammar.when, words: options.size > 0 ? [] : usage.map(wordsOf) };
}

/** A word of a usage line that is a word as such, or what stands in one. */
export function isLiteral(word: string): boolean {
  return word !== '_' && !word.includes('*');
}

/** The words with which a usage line begins; `~word` stands for what has `word` in it. */
function wordsOf(line: readonly string[]): string[] {
  const holes = line.findIndex((word) => !isLiteral(word));
  return line.slice(0, holes < 0 ? line.length : holes).map((word) => word.replace(/^~/, ''));
}

/** Why the quick look stops at a character. */
export const Stop = { word: 1, quote: 2, end: 3 } as const;

/** What a program's secrets stand behind, for a quick look at its arguments before they are split into words. */
export class Marks {
  /** A usage line that begins with any argument: nothing can be told by the first characters of words. */
  readonly any: boolean;
  /** For each character, why to stop there: a mark may begin, a quote opens or closes, the command ends. */
  readonly stops = new Uint8Array(128);
  /** For the first, second and third character of a word, one bit for each option or word that has it there. */
  readonly #first = new Int32Array(128);
  readonly #second = new Int32Array(128);
  readonly #third = new Int32Array(128);
  /** Letters of short options, which may stand bundled behind one hyphen. */
  readonly #letters = new Uint8Array(128);

  constructor(tools: readonly Tool[]) {
    const lines = tools.flatMap((tool) => tool.usage);
    this.any = lines.some(([word]) => word === '_' || word!.includes('*') || word!.startsWith('~'));
    const marks = [...tools.flatMap((tool) => [...tool.options.keys()]), ...lines.map((line) => line[0]!)];
    marks.forEach((mark, index) => {
      this.#set(mark, 1 << (index & 31));
    });
    for (const quote of ['"', "'"]) this.stops[quote.charCodeAt(0)] = Stop.quote;
    for (const end of ['\0', '\n', '\r', ';', '|', '&', ')']) this.stops[end.charCodeAt(0)] = Stop.end;
  }

  #set(mark: string, bit: number): void {
    this.#first[mark.charCodeAt(0)]! |= bit;
    this.stops[mark.charCodeAt(0)] = Stop.word;
    if (/^-[^-]$/.test(mark)) this.#letters[mark.charCodeAt(1)] = 1;
    [this.#second, this.#third].forEach((column, index) => {
      const code = mark.charCodeAt(index + 1);
      // A mark that is over may have anything behind it.
      if (Number.isNaN(code)) for (let any = 0; any < 128; any++) column[any]! |= bit;
      else column[code]! |= bit;
    });
  }

  /** True when one of them may stand at `at`. */
  mayBegin(codes: Uint16Array, at: number): boolean {
    const first = codes[at]! & 127;
    const second = codes[at + 1]!;
    const third = codes[at + 2]!;
    if ((this.#first[first]! & this.#second[second & 127]! & this.#third[third & 127]!) !== 0) return true;
    if (first !== 45) return false;
    for (let p = at + 1; p < at + 8; p++) {
      const code = codes[p]!;
      if (code >= 128 || (CLASS[code]! & LETTER) === 0) return false;
      if (this.#letters[code] === 1) return true;
    }
    return false;
  }
}

/** A program: its grammars, and what to look for before they are tried. */
export interface Program {
  readonly tools: readonly Tool[];
  readonly marks: Marks;
}

/** Program name to its grammars. */
export const TOOLS: ReadonlyMap<string, Program> = (() => {
  const tools = new Map<string, Tool[]>();
  for (const [programs, grammar] of ROWS) {
    const tool = compile(grammar);
    for (const program of programs.split(' ')) {
      const known = tools.get(program);
      if (known === undefined) tools.set(program, [tool]);
      else known.push(tool);
    }
  }
  return new Map([...tools].map(([program, list]) => [program, { tools: list, marks: new Marks(list) }]));
})();
