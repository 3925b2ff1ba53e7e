/**
 * Many literals in one pass: an Aho-Corasick automaton, made deterministic, case-folded and class-compressed.
 *
 * In:  literals of printable ASCII.
 * Out: one table `next[state + classOf[code]]`; a state at or above `accepting` ends one literal or more, which
 *      `hits(state)` lists, longest first. States are numbered by their row's offset, so that a step is one
 *      addition and one load.
 */
export interface Automaton {
  /** Row offset plus class to row offset. */
  readonly next: Int32Array;
  /** UTF-16 code unit to class. Upper case has its lower case's class; what no literal has is class 0. */
  readonly classOf: Uint8Array;
  /** The least row offset at which a literal ends. */
  readonly accepting: number;
  /** Characters of the longest literal's head that have been read in this state. */
  depthAt(state: number): number;
  /** Indices into the literals, for a state at or above `accepting`. */
  hits(state: number): readonly number[];
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
  return number(rows, ends, depths, classOf, classes);
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

/** Puts accepting states last and turns state numbers into row offsets. */
function number(
  rows: Int32Array[],
  ends: number[][],
  depths: number[],
  classOf: Uint8Array,
  classes: number,
): Automaton {
  const order = [...rows.keys()].sort(
    (a, b) => Math.sign(ends[a]!.length) - Math.sign(ends[b]!.length) || a - b,
  );
  const offset = new Int32Array(rows.length);
  order.forEach((state, position) => {
    offset[state] = position * classes;
  });
  const next = new Int32Array(rows.length * classes);
  const depth = new Uint8Array(rows.length);
  const hitsOf: number[][] = [];
  order.forEach((state, position) => {
    depth[position] = Math.min(255, depths[state]!);
    hitsOf[position] = ends[state]!;
    rows[state]!.forEach((child, symbol) => {
      next[position * classes + symbol] = offset[child]!;
    });
  });
  const plain = order.findIndex((state) => ends[state]!.length > 0);
  return {
    next,
    classOf,
    accepting: (plain < 0 ? rows.length : plain) * classes,
    depthAt: (state) => depth[state / classes]!,
    hits: (state) => hitsOf[state / classes]!,
  };
}
