/** The tree over tiles against the independent RFC 6962 in ../rfc6962.ts, and against published roots. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  consistencyProof,
  EMPTY_ROOT,
  inclusionProof,
  leafHash,
  treeRoot,
} from '../../../src/gateway/audit/merkle.ts';
import { subtreesOf, TileAppender, type TileReader } from '../../../src/gateway/audit/tiles.ts';
import { mth, path, proof, verifyConsistency, verifyInclusion } from '../rfc6962.ts';

/** The leaves and roots that Certificate Transparency's own tests use. */
const LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((text) => Buffer.from(text, 'hex'));
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

interface Grown {
  leaves: Buffer[];
  read: TileReader;
}

/** A tree grown in the given steps, its tiles kept as a database would. */
function grow(steps: readonly number[], { reopen = false } = {}): Grown {
  const tiles = new Map<string, Buffer>();
  const read: TileReader = (level, index) => tiles.get(`${level}/${index}`)!;
  const leaves: Buffer[] = [];
  let tree = new TileAppender(0, read);
  for (const step of steps) {
    if (reopen) tree = new TileAppender(leaves.length, read);
    for (let n = 0; n < step; n++) {
      const leaf = Buffer.from(`leaf ${leaves.length}`);
      leaves.push(leaf);
      tree.add(leafHash(leaf).toString('latin1'));
    }
    tree.flush((level, index, hashes) => tiles.set(`${level}/${index}`, Buffer.from(hashes)));
    expect(tree.size).toBe(leaves.length);
  }
  return { leaves, read };
}

test('the published roots come out', () => {
  const tiles = new Map<string, Buffer>();
  const read: TileReader = (level, index) => tiles.get(`${level}/${index}`)!;
  const tree = new TileAppender(0, read);
  LEAVES.forEach((leaf, at) => {
    tree.add(leafHash(leaf).toString('latin1'));
    tree.flush((level, index, hashes) => tiles.set(`${level}/${index}`, Buffer.from(hashes)));
    expect(Buffer.from(treeRoot(at + 1, subtreesOf(read))).toString('hex')).toBe(ROOTS[at]);
    expect(mth(LEAVES.slice(0, at + 1)).toString('hex')).toBe(ROOTS[at]);
  });
  expect(Buffer.from(EMPTY_ROOT).toString('hex')).toBe(
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  );
  expect(treeRoot(0, subtreesOf(read))).toBe(EMPTY_ROOT);
});

test.each([1, 2, 255, 256, 257, 511, 513, 1000])(
  'every earlier root of a tree of %d leaves can be had from its tiles',
  (size) => {
    const { leaves, read } = grow([size]);
    for (const at of [1, 2, 3, size >> 1, size - 1, size].filter((at) => at > 0 && at <= size)) {
      expect(Buffer.from(treeRoot(at, subtreesOf(read)))).toEqual(mth(leaves.slice(0, at)));
    }
  },
);

test('how a tree was cut into appends, and by whom, does not show', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(400), { minLength: 1, maxLength: 6 }), fc.boolean(), (steps, reopen) => {
      const { leaves, read } = grow(steps, { reopen });
      expect(Buffer.from(treeRoot(leaves.length, subtreesOf(read)))).toEqual(mth(leaves));
    }),
    { numRuns: 30 },
  );
});

const big = grow([70_000]);
const bigRoots = new Map<number, Buffer>();
function rootOf(size: number): Buffer {
  const root = bigRoots.get(size) ?? mth(big.leaves.slice(0, size));
  bigRoots.set(size, root);
  return root;
}

test('proofs of a tree over three levels of tiles are what the RFC says, and verify', () => {
  const hashes = subtreesOf(big.read);
  const sizes = [70_000, 65_536, 65_537, 65_535, 513, 3];
  for (const size of sizes) {
    expect(Buffer.from(treeRoot(size, hashes))).toEqual(rootOf(size));
    for (const index of [0, 1, size >> 1, size - 2, size - 1]) {
      const inclusion = inclusionProof(index, size, hashes);
      expect(verifyInclusion(big.leaves[index]!, index, size, inclusion, rootOf(size))).toBe(true);
      expect(verifyInclusion(big.leaves[index]!, index, size, inclusion.slice(1), rootOf(size))).toBe(false);
    }
    for (const from of sizes.filter((other) => other < size)) {
      const consistency = consistencyProof(from, size, hashes);
      expect(verifyConsistency(from, size, rootOf(from), rootOf(size), consistency)).toBe(true);
      expect(verifyConsistency(from, size, rootOf(3 === from ? 2 : 3), rootOf(size), consistency)).toBe(
        false,
      );
    }
  }
});

test('proofs of small trees equal PATH and PROOF, for every size and place', () => {
  const { leaves, read } = grow([40]);
  const hashes = subtreesOf(read);
  for (let size = 1; size <= 40; size++) {
    const d = leaves.slice(0, size);
    for (let index = 0; index < size; index++) {
      expect(inclusionProof(index, size, hashes).map((h) => Buffer.from(h))).toEqual(path(index, d));
    }
    for (let from = 1; from <= size; from++) {
      expect(consistencyProof(from, size, hashes).map((h) => Buffer.from(h))).toEqual(proof(from, d));
    }
  }
});

test('a proof reads a few tiles, not the tree', () => {
  const touched = new Set<string>();
  const counting: TileReader = (level, index) => {
    touched.add(`${level}/${index}`);
    return big.read(level, index);
  };
  inclusionProof(12_345, 70_000, subtreesOf(counting));
  expect(touched.size).toBeLessThanOrEqual(6);
});

test('a tile that is too short is said so', () => {
  const { read } = grow([300]);
  const cut: TileReader = (level, index) => read(level, index).subarray(0, 40);
  expect(() => treeRoot(300, subtreesOf(cut))).toThrow(
    /tile 0\/1 of the audit tree holds 1 hashes, 32 are wanted/,
  );
});

test('what is not in the tree has no proof', () => {
  const hashes = subtreesOf(big.read);
  expect(() => inclusionProof(5, 5, hashes)).toThrow(/no leaf 5 in a tree of 5/);
  expect(() => inclusionProof(-1, 5, hashes)).toThrow(/no leaf -1/);
  expect(() => consistencyProof(6, 5, hashes)).toThrow(/no tree of 6 in a tree of 5/);
});
