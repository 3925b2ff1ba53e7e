/**
 * The pass over every character of a text (native/redaction/pass.c, WebAssembly), with the automaton in its memory.
 *
 * In:     literals, and what is known of what they lead to, once; then texts, block by block.
 * Out:    what each block shows, in `Found`. What it means is looked at afterwards.
 * Throws: REDACTION_PASS once, when the module is not there or is another one's: a host without a redactor must not start.
 */
import { readFileSync } from 'node:fs';
import { WarderError } from '../../base/error.ts';
import { atRoot } from '../../base/root.ts';
import { type Automaton, type Room, tableIn } from './automaton.ts';
import { Found } from './found.ts';
import { automatonOf } from './kept-automaton.ts';

export const MODULE = 'build/redaction.wasm';
const PAGE = 65536;

/** As much of node's as is used here: its types come without. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: object };
};

/** What the module exports; native/redaction/pass.c says what each does. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  layout(level: number): number;
  automaton(at: number, shift: number, accepting: number, isWide: number): void;
  states(...at: Addresses): void;
  begin(level: number): void;
  parts(start: number, end: number): void;
  go(level: number, length: number, isLast: number, isAtHome: number): void;
}

/** Of the depths, of what issues, of endings, of sets, of what secrets without anchor begin with, of anchors as they are written. */
type Addresses = readonly [number, number, number, number, number, number];

/** What `layout` tells, in its order: addresses, then how much there is room for. */
const LAYOUT = [
  'codes',
  'classOf',
  'found',
  'at',
  'state',
  'run',
  'calm',
  'home',
  'parts',
  'block',
  'margin',
  'levels',
  'places',
  'runs',
  'calms',
] as const;
export type Layout = Readonly<Record<(typeof LAYOUT)[number], number>>;

let compiled: object | undefined;

function load(): Exports {
  try {
    compiled ??= new WebAssembly.Module(readFileSync(atRoot(MODULE)));
    return new WebAssembly.Instance(compiled).exports as Exports;
  } catch (error) {
    throw new WarderError(
      'REDACTION_PASS',
      `the redactor's pass ${MODULE} cannot be loaded: ${(error as Error).message}`,
      'run make build, or install Warder again',
    );
  }
}

/** Numbers that the pass knows of an accepting state: `struct ending`. */
export const ENDING = 4;
/** Added to the number of an anchor that ends alone where it was found, in place of the state. */
export const ALONE = 2 ** 30;

/** What the pass has to know of the states besides the automaton. */
export interface States {
  /** For each, 1 when it lies within an anchor of an issued secret: what else is looked for is not put together over joints. */
  readonly issuing: Uint8Array;
  /**
   * `ENDING` numbers for each accepting one: where in `sets` the 128 bytes are that say what may stand behind, the anchor if only one ends there or
   * -1, its length and what turns a hit of it away, where in `written` it stands.
   */
  readonly endings: Int32Array;
  readonly sets: Uint8Array;
  /** Anchors as they are written, one behind the other. */
  readonly written: Uint8Array;
  /** 128 bytes, 1 for what a secret without anchor may begin with. */
  readonly beginning: Uint8Array;
}

/** In the memory of the module. */
export interface Home {
  /** A text of one block may lie here: it need not be copied to there. */
  readonly codes: Uint16Array;
  /** For each of its characters from `start` to `end` a bit, 32 to a number, the lowest first: whether it parts the words of a command. */
  parts(start: number, end: number): Int32Array;
}

export class Pass<Known extends States> {
  readonly automaton: Automaton;
  readonly states: Known;
  /** What is known of a text, per level: a text within a text is scanned before the outer one is done. */
  readonly found: readonly Found[];
  readonly #exports: Exports;
  readonly home: Home;
  readonly #codes: Uint16Array;
  readonly #block: number;
  readonly #margin: number;

  /** `make` makes the automaton, with its table in the room that it is given; `statesOf` what else is to be known of it. */
  constructor(
    literals: readonly string[],
    statesOf: (automaton: Automaton) => Known,
    make: (literals: readonly string[], room: Room) => Automaton = automatonOf,
  ) {
    const exports = load();
    const { memory } = exports;
    this.#exports = exports;
    let at = 0;
    const made = make(literals, (bytes) => {
      at = memory.grow(Math.ceil(bytes / PAGE)) * PAGE;
      return new Uint8Array(memory.buffer, at, bytes);
    });
    const { shift, depths, accepting, classOf } = made;
    const isWide = made.table.BYTES_PER_ELEMENT === 4;
    const bytes = made.table.byteLength;
    exports.automaton(at, shift, accepting, isWide ? 1 : 0);
    this.states = statesOf(made);
    const { issuing, endings, sets, beginning, written } = this.states;
    exports.states(...this.#keep(depths, issuing, endings, sets, beginning, written));
    // The memory has grown: views of it that were made before are empty.
    this.automaton = { ...made, table: tableIn(new Uint8Array(memory.buffer, at, bytes), isWide) };
    const layout = this.#layout(0);
    new Uint8Array(memory.buffer, layout.classOf, classOf.length).set(classOf);
    this.#block = layout.block;
    this.#margin = layout.margin;
    this.#codes = new Uint16Array(memory.buffer, layout.codes, layout.block + layout.margin);
    const parts = new Int32Array(memory.buffer, layout.parts, layout.block / 32 + 1);
    this.home = {
      codes: new Uint16Array(memory.buffer, layout.home, layout.block + layout.margin),
      parts: (start, end) => {
        exports.parts(start, end);
        return parts;
      },
    };
    this.found = Array.from(
      { length: layout.levels },
      (_, level) => new Found(memory.buffer, this.#layout(level)),
    );
  }

  /** Copies tables to where the module reads them, which it returns. */
  #keep(
    ...tables: readonly [Uint8Array, Uint8Array, Int32Array, Uint8Array, Uint8Array, Uint8Array]
  ): Addresses {
    const { memory } = this.#exports;
    const sizes = tables.map(({ byteLength }) => (byteLength + 3) & ~3);
    let at = memory.grow(Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / PAGE)) * PAGE;
    return tables.map((table, index) => {
      const address = at;
      new Uint8Array(memory.buffer, address, table.byteLength).set(
        new Uint8Array(table.buffer, table.byteOffset, table.byteLength),
      );
      at += sizes[index]!;
      return address;
    }) as unknown as Addresses;
  }

  #layout(level: number): Layout {
    const { memory, layout } = this.#exports;
    const values = new Uint32Array(memory.buffer, layout(level), LAYOUT.length);
    return Object.fromEntries(LAYOUT.map((name, index) => [name, values[index]!])) as Layout;
  }

  /** Begins with a text at `level`. */
  begin(level: number): Found {
    this.#exports.begin(level);
    const found = this.found[level]!;
    found.begin();
    return found;
  }

  /** Goes on with it from `found.next`, by a block. NULs lie behind the text; behind one at `home` they are written here. */
  go(level: number, codes: Uint16Array, length: number): void {
    const found = this.found[level]!;
    const from = found.next;
    const size = Math.min(this.#block, length - from);
    const isAtHome = codes === this.home.codes;
    if (!isAtHome) this.#codes.set(codes.subarray(from, from + size + this.#margin));
    this.#exports.go(level, size, from + size === length ? 1 : 0, isAtHome ? 1 : 0);
    found.next = from + size;
    found.look(codes, length);
  }
}
