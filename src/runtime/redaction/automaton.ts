/**
 * Many literals in one pass: an Aho-Corasick automaton, made deterministic, case-folded and class-compressed.
 *
 * In:  literals of printable ASCII.
 * Out: one table. `table[(state << shift) | classOf[code]]` is the next state. States are numbered so that those near the
 *      start, where nearly all text stays, lie together; those at or above `accepting` end one literal or more: those in
 *      `ends` from `endsFrom[state - accepting]` to the next one's, longest first.
 */
export interface Automaton {
  readonly table: Uint16Array | Uint32Array;
  /** Of a row of the table: its length is a power of two, 64 as long as so many classes are enough. */
  readonly shift: number;
  /** UTF-16 code unit to class, below 128. Upper case has its lower case's class; what no literal has is class 0. */
  readonly classOf: Uint8Array;
  readonly accepting: number;
  /** How many characters of a literal's head have been read in each state. */
  readonly depths: Uint8Array;
  readonly ends: Int32Array;
  readonly endsFrom: Int32Array;
}

/** Where a table is to lie: so many bytes, at an address that four divides. */
export type Room = (bytes: number) => Uint8Array;
const OWN_ROOM: Room = (bytes) => new Uint8Array(bytes);

/** The table in its room. More states than fit two bytes need four. */
export function tableIn(bytes: Uint8Array, isWide: boolean): Uint16Array | Uint32Array {
  const { buffer, byteOffset, byteLength } = bytes;
  return isWide
    ? new Uint32Array(buffer, byteOffset, byteLength / 4)
    : new Uint16Array(buffer, byteOffset, byteLength / 2);
}

/** Characters by how often they stand in text: their columns lie together in a row. */
const FREQUENT = 'etaoinsrlcdpu/m.-=gfhby_v:0123456789"kwxjqz,;';

function fold(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

/** Class of each code unit, and how many classes there are. */
function compress(literals: readonly string[]): [classOf: Uint8Array, classes: number] {
  const used = new Set<number>();
  for (const literal of literals)
    for (let i = 0; i < literal.length; i++) used.add(fold(literal.charCodeAt(i)));
  const classOf = new Uint8Array(0x10000);
  let classes = 1;
  for (const char of FREQUENT) {
    const code = char.charCodeAt(0);
    if (used.delete(code)) classOf[code] = classes++;
  }
  for (const code of used) classOf[code] = classes++;
  for (let upper = 65; upper <= 90; upper++) classOf[upper] = classOf[upper + 32]!;
  return [classOf, classes];
}

/** The literals as a tree: each state's first child and next sibling, and the class that leads to it. 0: none. */
class Trie {
  readonly child: Int32Array;
  readonly sibling: Int32Array;
  readonly symbol: Uint8Array;
  readonly depth: Uint8Array;
  readonly ends: (number[] | undefined)[] = [undefined];
  states = 1;

  constructor(literals: readonly string[], classOf: Uint8Array) {
    const most = literals.reduce((sum, literal) => sum + literal.length, 1);
    this.child = new Int32Array(most);
    this.sibling = new Int32Array(most);
    this.symbol = new Uint8Array(most);
    this.depth = new Uint8Array(most);
    literals.forEach((literal, index) => {
      let state = 0;
      for (let i = 0; i < literal.length; i++) state = this.#step(state, classOf[literal.charCodeAt(i)]!);
      const ends = this.ends[state];
      if (ends === undefined) this.ends[state] = [index];
      else ends.push(index);
    });
  }

  /** The child of `state` by `symbol`; 0 when there is none. */
  next(state: number, symbol: number): number {
    let child = this.child[state]!;
    while (child !== 0 && this.symbol[child] !== symbol) child = this.sibling[child]!;
    return child;
  }

  #step(state: number, symbol: number): number {
    const known = this.next(state, symbol);
    if (known !== 0) return known;
    const child = this.states++;
    this.symbol[child] = symbol;
    this.depth[child] = this.depth[state]! + 1;
    this.sibling[child] = this.child[state]!;
    this.child[state] = child;
    this.ends.push(undefined);
    return child;
  }
}

export function buildAutomaton(literals: readonly string[], room = OWN_ROOM): Automaton {
  const [classOf, classes] = compress(literals);
  const trie = new Trie(literals, classOf);
  const order = new Int32Array(trie.states);
  const failure = linkFailures(trie, order);
  return pack(trie, order, failure, classOf, classes, room);
}

/** Breadth first: the state of the longest proper suffix that is a head of some literal. It hands on what ends there. */
function linkFailures(trie: Trie, order: Int32Array): Int32Array {
  const failure = new Int32Array(trie.states);
  let count = 1;
  for (let at = 0; at < count; at++) {
    const state = order[at]!;
    for (let child = trie.child[state]!; child !== 0; child = trie.sibling[child]!) {
      order[count++] = child;
      if (state === 0) continue;
      let suffix = failure[state]!;
      let next = trie.next(suffix, trie.symbol[child]!);
      while (next === 0 && suffix !== 0) {
        suffix = failure[suffix]!;
        next = trie.next(suffix, trie.symbol[child]!);
      }
      failure[child] = next;
      const inherited = trie.ends[next];
      if (inherited !== undefined) trie.ends[child] = [...(trie.ends[child] ?? []), ...inherited];
    }
  }
  return failure;
}

/**
 * Numbers the states, by depth, accepting ones last, and fills their rows: that of the suffix, with the state's own children
 * in it.
 */
function pack(
  trie: Trie,
  order: Int32Array,
  failure: Int32Array,
  classOf: Uint8Array,
  classes: number,
  room: Room,
): Automaton {
  const number = new Int32Array(trie.states);
  const depths = new Uint8Array(trie.states);
  const ends: number[] = [];
  const endsFrom: number[] = [0];
  let plain = 0;
  for (const state of order) if (trie.ends[state] === undefined) number[state] = plain++;
  for (const state of order) {
    const here = trie.ends[state];
    if (here !== undefined) {
      number[state] = plain + endsFrom.length - 1;
      for (const literal of here) ends.push(literal);
      endsFrom.push(ends.length);
    }
    depths[number[state]!] = trie.depth[state]!;
  }
  const shift = classes > 64 ? 7 : 6;
  const size = trie.states << shift;
  const isWide = trie.states > 0xffff;
  const table = tableIn(room(size * (isWide ? 4 : 2)), isWide);
  for (const state of order) {
    const row = number[state]! << shift;
    const suffix = number[failure[state]!]! << shift;
    if (state !== 0) table.copyWithin(row, suffix, suffix + classes);
    for (let child = trie.child[state]!; child !== 0; child = trie.sibling[child]!)
      table[row | trie.symbol[child]!] = number[child]!;
  }
  return {
    table,
    shift,
    classOf,
    accepting: plain,
    depths,
    ends: Int32Array.from(ends),
    endsFrom: Int32Array.from(endsFrom),
  };
}
