/**
 * Many literals in one pass: an Aho-Corasick automaton, made deterministic, case-folded and class-compressed.
 *
 * In:  literals of printable ASCII.
 * Out: one table. `table[(state << shift) | classOf[code]]` is the next state. States are numbered so that those near the
 *      start, where nearly all text stays, lie together; those at or above `accepting` end one literal or more:
 *      `hits[state - accepting]` lists them, longest first.
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
  readonly hits: readonly Int32Array[];
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

export function buildAutomaton(literals: readonly string[]): Automaton {
  const [classOf, classes] = compress(literals);
  const rows: Int32Array[] = [new Int32Array(classes).fill(-1)];
  const ends: number[][] = [[]];
  const depths: number[] = [0];
  literals.forEach((literal, index) => {
    let state = 0;
    for (let i = 0; i < literal.length; i++) {
      const symbol = classOf[literal.charCodeAt(i)]!;
      let child = rows[state]![symbol]!;
      if (child < 0) {
        child = rows.length;
        rows[state]![symbol] = child;
        rows.push(new Int32Array(classes).fill(-1));
        ends.push([]);
        depths.push(i + 1);
      }
      state = child;
    }
    ends[state]!.push(index);
  });
  linkFailures(rows, ends, classes);
  return pack(rows, ends, depths, classOf, classes);
}

/** Breadth first: a missing edge becomes the edge of the longest proper suffix that is a head of some literal. */
function linkFailures(rows: Int32Array[], ends: number[][], classes: number): void {
  const failure = new Int32Array(rows.length);
  const queue: number[] = [];
  for (let symbol = 0; symbol < classes; symbol++) {
    const child = rows[0]![symbol]!;
    if (child < 0) rows[0]![symbol] = 0;
    else queue.push(child);
  }
  for (let at = 0; at < queue.length; at++) {
    const state = queue[at]!;
    const fallback = rows[failure[state]!]!;
    ends[state]!.push(...ends[failure[state]!]!);
    for (let symbol = 0; symbol < classes; symbol++) {
      const child = rows[state]![symbol]!;
      if (child < 0) {
        rows[state]![symbol] = fallback[symbol]!;
      } else {
        failure[child] = fallback[symbol]!;
        queue.push(child);
      }
    }
  }
}

/** Numbers the states: by depth, accepting ones last. */
function pack(
  rows: Int32Array[],
  ends: number[][],
  depths: number[],
  classOf: Uint8Array,
  classes: number,
): Automaton {
  const order = rows.map((_, state) => state).sort((a, b) => depths[a]! - depths[b]! || a - b);
  const plain = order.filter((state) => ends[state]!.length === 0);
  const ending = order.filter((state) => ends[state]!.length > 0);
  const number = new Uint32Array(rows.length);
  const sorted = [...plain, ...ending];
  sorted.forEach((state, index) => {
    number[state] = index;
  });
  const shift = classes > 64 ? 7 : 6;
  const size = rows.length << shift;
  const table = rows.length > 0xffff ? new Uint32Array(size) : new Uint16Array(size);
  sorted.forEach((state, index) => {
    const row = rows[state]!;
    for (let symbol = 0; symbol < classes; symbol++) table[(index << shift) | symbol] = number[row[symbol]!]!;
  });
  return {
    table,
    shift,
    classOf,
    accepting: plain.length,
    depths: Uint8Array.from(sorted, (state) => depths[state]!),
    hits: ending.map((state) => Int32Array.from(ends[state]!)),
  };
}
