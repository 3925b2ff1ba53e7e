/**
 * The Merkle tree of RFC 6962 (section 2.1) over leaves given by their hashes: root, inclusion proof,
 * consistency proof.
 *
 * A tree of `size` leaves is never held in memory: the hashes of its complete subtrees come from a
 * `SubtreeHashes`, of which each function asks for O(log size).
 *
 * SHA-256. A leaf is hashed with a 0 byte before it, two subtrees with a 1 byte.
 */
import { hash } from 'node:crypto';

export const HASH_BYTES = 32;

/**
 * Hash of the complete subtree of 2^level leaves that starts at leaf index * 2^level. Asked only for subtrees
 * that lie inside the tree.
 */
export type SubtreeHashes = (level: number, index: number) => Uint8Array;

/** MTH of no leaves. */
export const EMPTY_ROOT: Uint8Array = hash('sha256', new Uint8Array(), 'buffer');

/** Before a leaf in what is hashed. */
export const LEAF_MARK = 0;

/** A hash as text, a character for a byte. */
export type HashText = string;

/**
 * Node makes a digest as text in a third of the time and less that it takes for one in a buffer, which is an allocation outside
 * V8's heap for each: so text it is, and who writes it into a row of hashes needs no buffer for it.
 */
export function sha256Text(bytes: Uint8Array): HashText {
  return hash('sha256', bytes, 'binary');
}

export function sha256(bytes: Uint8Array): Buffer {
  return Buffer.from(sha256Text(bytes), 'latin1');
}

export function leafHash(leaf: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(1 + leaf.length);
  bytes[0] = LEAF_MARK;
  bytes.set(leaf, 1);
  return sha256(bytes);
}

const nodeInput = Buffer.alloc(1 + 2 * HASH_BYTES, 1);

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  nodeInput.set(left, 1);
  nodeInput.set(right, 1 + HASH_BYTES);
  return sha256(nodeInput);
}

/** The hashes of the level above a row of them, in their place: the first half of the row. */
export function foldRow(row: Buffer): Buffer {
  for (let at = 0; at < row.length; at += 2 * HASH_BYTES) {
    nodeInput.set(row.subarray(at, at + 2 * HASH_BYTES), 1);
    row.write(sha256Text(nodeInput), at / 2, HASH_BYTES, 'latin1');
  }
  return row.subarray(0, row.length / 2);
}

/** Root of the first `size` leaves. */
export function treeRoot(size: number, hashes: SubtreeHashes): Uint8Array {
  return size === 0 ? EMPTY_ROOT : rangeHash(0, size, hashes);
}

/** PATH(index, D[size]): siblings from the leaf up. */
export function inclusionProof(index: number, size: number, hashes: SubtreeHashes): Uint8Array[] {
  if (!(index >= 0 && index < size)) throw new RangeError(`no leaf ${index} in a tree of ${size}`);
  const path: Uint8Array[] = [];
  let from = 0;
  let to = size;
  while (to - from > 1) {
    const middle = from + splitPoint(to - from);
    if (index < middle) {
      path.push(rangeHash(middle, to, hashes));
      to = middle;
    } else {
      path.push(rangeHash(from, middle, hashes));
      from = middle;
    }
  }
  return path.reverse();
}

/**
 * The root that an inclusion proof leads to (RFC 9162, 2.1.3.2); undefined when it has too few hashes for its
 * place, or too many.
 */
export function rootOfInclusion(
  index: number,
  size: number,
  leaf: Uint8Array,
  hashes: readonly Uint8Array[],
): Uint8Array | undefined {
  if (!(index >= 0 && index < size)) return undefined;
  let node = index;
  let last = size - 1;
  let root = leaf;
  for (const hash of hashes) {
    if (last === 0) return undefined;
    if (node % 2 === 1 || node === last) {
      root = nodeHash(hash, root);
      // A last node without a sibling moves up as it is.
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      root = nodeHash(root, hash);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 ? root : undefined;
}

/** PROOF(from, D[to]): that the tree of the first `from` leaves is the beginning of that of the first `to`. */
export function consistencyProof(from: number, to: number, hashes: SubtreeHashes): Uint8Array[] {
  if (!(from >= 0 && from <= to)) throw new RangeError(`no tree of ${from} in a tree of ${to}`);
  if (from === 0 || from === to) return [];
  const path: Uint8Array[] = [];
  let start = 0;
  let end = to;
  // Whether the subtree in hand still begins at leaf 0 of the old tree: then its hash is the old root, known.
  let known = true;
  while (from !== end) {
    const middle = start + splitPoint(end - start);
    if (from <= middle) {
      path.push(rangeHash(middle, end, hashes));
      end = middle;
    } else {
      path.push(rangeHash(start, middle, hashes));
      start = middle;
      known = false;
    }
  }
  if (!known) path.push(rangeHash(start, end, hashes));
  return path.reverse();
}

/**
 * Whether a consistency proof leads from the old root to the new one (RFC 9162, 2.1.4.2). From no leaves to any it
 * is empty, and proves nothing but that.
 */
export function isConsistent(
  from: { size: number; root: Uint8Array },
  to: { size: number; root: Uint8Array },
  hashes: readonly Uint8Array[],
): boolean {
  if (from.size > to.size) return false;
  if (from.size === to.size) return hashes.length === 0 && Buffer.compare(from.root, to.root) === 0;
  if (from.size === 0) return hashes.length === 0;
  let node = from.size - 1;
  let last = to.size - 1;
  while (node % 2 === 1) {
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  // An old tree that is one complete subtree is its own first hash.
  const path = node === 0 && isPowerOfTwo(from.size) ? [from.root, ...hashes] : [...hashes];
  const first = path.shift();
  if (!first) return false;
  let oldRoot = first;
  let newRoot = first;
  for (const hash of path) {
    if (last === 0) return false;
    if (node % 2 === 1 || node === last) {
      oldRoot = nodeHash(hash, oldRoot);
      newRoot = nodeHash(hash, newRoot);
      while (node % 2 === 0 && node !== 0) {
        node /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      newRoot = nodeHash(newRoot, hash);
    }
    node = Math.floor(node / 2);
    last = Math.floor(last / 2);
  }
  const same = Buffer.compare(oldRoot, from.root) === 0 && Buffer.compare(newRoot, to.root) === 0;
  return last === 0 && same;
}

function isPowerOfTwo(size: number): boolean {
  return 2 ** levelOf(size) === size;
}

/** MTH of leaves from..to-1, where `from` is a multiple of the largest power of two that the range holds. */
function rangeHash(from: number, to: number, hashes: SubtreeHashes): Uint8Array {
  const size = to - from;
  const split = splitPoint(size);
  if (split * 2 === size || size === 1) return hashes(levelOf(size), from / size);
  const middle = from + split;
  return nodeHash(rangeHash(from, middle, hashes), rangeHash(middle, to, hashes));
}

/** The largest power of two smaller than `size` (of 1: a half, which no caller uses). */
function splitPoint(size: number): number {
  let split = 0.5;
  while (split * 2 < size) split *= 2;
  return split;
}

/** Exponent of a power of two. Math.log2 is not exact enough to be trusted with it. */
function levelOf(size: number): number {
  let level = 0;
  for (let rest = size; rest > 1; rest /= 2) level++;
  return level;
}
