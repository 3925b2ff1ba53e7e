/**
 * Many literals in one pass: an Aho-Corasick automaton, made deterministic, case-folded and class-compressed.
 *
 * In:  literals of printable ASCII.
 * Out: one table. `table[state + classOf[code]]` is the next state; a state is the offset of its row. A state at or above
 *      `accepting` ends one literal or more: `hits[table[state + hitColumn]]` lists them, longest first.
 */
export interface Automaton {
  readonly table: Int32Array;
  /** UTF-16 code unit to class, below 256. Upper case has its lower case's class; what no literal has is class 0. */
  readonly classOf: Uint8Array;
  readonly accepting: number;
  readonly hitColumn: number;
  /** Column of how many characters of a literal's head have been read in this state. */
  readonly depthColumn: number;
  readonly hits: readonly Int32Array[];
}

function fold(code: number): number {
  return code >= 65 && code <= 90 ? code + 32 : code;
}

/** Class of each code unit, and how many classes there are. */
function compress(literals: readonly string[]): [classOf: Uint8Array, classes: number] {
  const classOf = new Uint8Array(0x10000);
  let classes = 1;
  for (const literal of literals) {
    for (let i = 0; i < literal.length; i++) {
      const code = fold(literal.charCodeAt(i));
      if (classOf[code] === 0) classOf[code] = classes++;
    }
  }
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

/** Puts accepting states last and turns state numbers into row offsets; two columns behind the classes say the rest. */
function pack(
  rows: Int32Array[],
  ends: number[][],
  depths: number[],
  classOf: Uint8Array,
  classes: number,
): Automaton {
  const width = classes + 2;
  const hits: Int32Array[] = [];
  const offset = new Int32Array(rows.length);
  let position = 0;
  for (let state = 0; state < rows.length; state++)
    if (ends[state]!.length === 0) offset[state] = width * position++;
  const accepting = width * position;
  for (let state = 0; state < rows.length; state++)
    if (ends[state]!.length > 0) offset[state] = width * position++;
  const table = new Int32Array(rows.length * width);
  for (let state = 0; state < rows.length; state++) {
    const row = rows[state]!;
    const at = offset[state]!;
    for (let symbol = 0; symbol < classes; symbol++) table[at + symbol] = offset[row[symbol]!]!;
    if (ends[state]!.length > 0) table[at + classes] = hits.push(Int32Array.from(ends[state]!)) - 1;
    table[at + classes + 1] = depths[state]!;
  }
  return { table, classOf, accepting, hitColumn: classes, depthColumn: classes + 1, hits };
}
