/**
 * A set of words with a number for each, looked up in code units without making a string.
 *
 * In:  words of a to z, each with a number above 0.
 * Out: `get(codes, start, end)`: the number, or 0. Case does not count.
 */
export class WordTable {
  #edges = new Uint16Array(26 * 256);
  #values = new Int32Array(256);
  #nodes = 1;

  constructor(words: Iterable<readonly [word: string, value: number]>) {
    for (const [word, value] of words) this.#add(word, value);
  }

  #add(word: string, value: number): void {
    let node = 0;
    for (let i = 0; i < word.length; i++) {
      const edge = node * 26 + word.charCodeAt(i) - 97;
      if (this.#edges[edge] === 0) {
        this.#grow();
        this.#edges[edge] = this.#nodes++;
      }
      node = this.#edges[edge]!;
    }
    this.#values[node] = this.#values[node]! | value;
  }

  #grow(): void {
    if (this.#nodes < this.#values.length) return;
    const edges = new Uint16Array(this.#edges.length * 2);
    edges.set(this.#edges);
    this.#edges = edges;
    const values = new Int32Array(this.#values.length * 2);
    values.set(this.#values);
    this.#values = values;
  }

  get(codes: Uint16Array, start: number, end: number): number {
    let node = 0;
    for (let at = start; at < end; at++) {
      const letter = (codes[at]! | 32) - 97;
      if (letter < 0 || letter > 25 || codes[at]! > 122) return 0;
      node = this.#edges[node * 26 + letter]!;
      if (node === 0) return 0;
    }
    return this.#values[node]!;
  }
}
