/**
 * The root of a growing RFC 6962 tree, from its leaf hashes one after the other, in O(log n) memory.
 *
 * Holds the hashes of the complete subtrees that cover the leaves so far, the largest first: one per bit that
 * is set in their number.
 */
import { EMPTY_ROOT, nodeHash } from './merkle.ts';

export class CompactRange {
  /** Leaves so far. */
  size: number;
  readonly #subtrees: Uint8Array[];

  /** @param subtrees what `coveringSubtrees(size)` names; of an empty tree none. */
  constructor(size = 0, subtrees: readonly Uint8Array[] = []) {
    if (subtrees.length !== coveringSubtrees(size).length) {
      throw new RangeError(`${subtrees.length} subtrees do not cover ${size} leaves`);
    }
    this.size = size;
    this.#subtrees = [...subtrees];
  }

  push(leafHash: Uint8Array): void {
    let hash = leafHash;
    // Each lowest bit that is set is a complete subtree as large as what is in hand: the two become one.
    for (let rest = this.size; rest % 2 === 1; rest = (rest - 1) / 2)
      hash = nodeHash(this.#subtrees.pop()!, hash);
    this.#subtrees.push(hash);
    this.size++;
  }

  root(): Uint8Array {
    if (this.size === 0) return EMPTY_ROOT;
    return this.#subtrees.reduceRight((right, left) => nodeHash(left, right));
  }

  copy(): CompactRange {
    return new CompactRange(this.size, this.#subtrees);
  }
}

/** The complete subtrees, (level, index), that cover the first `size` leaves, the largest first. */
export function coveringSubtrees(size: number): { level: number; index: number }[] {
  const subtrees: { level: number; index: number }[] = [];
  for (let level = 0, rest = size; rest > 0; level++, rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) subtrees.unshift({ level, index: rest - 1 });
  }
  return subtrees;
}
