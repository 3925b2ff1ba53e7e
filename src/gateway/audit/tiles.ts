/**
 * The audit tree as tiles: up to 256 hashes in a row each, so that the log stores one hash per event (and one
 * in 256 above it) and a proof reads a few tiles, whatever the size. The scheme of C2SP tlog-tiles, height 8.
 *
 * Tile (level, index) holds the hashes of the complete subtrees of 256^level leaves numbered from index * 256.
 * Tiles fill from the left; only the last of a level can be partial. It has zeros behind its hashes: of a row that keeps its
 * length the database writes the pages that changed, of another one all, and the index and list of free pages with them.
 * Zeros where a hash is to be make another root, which no checkpoint has.
 *
 * Throws: AUDIT_TILE for a tile that lacks hashes.
 */
import { WarderError } from '../../base/error.ts';
import { foldRow, HASH_BYTES, type HashText, type SubtreeHashes } from './merkle.ts';

const TILE_HASHES = 256;
const TILE_BYTES = TILE_HASHES * HASH_BYTES;
/** Tree levels in a tile: 2^8 hashes. */
const TILE_HEIGHT = 8;

/** A tile, with zeros or nothing behind its hashes. Asked only for tiles that hold at least one. */
export type TileReader = (level: number, index: number) => Uint8Array;
export type TileWriter = (level: number, index: number, hashes: Uint8Array) => void;

interface OpenTile {
  index: number;
  hashes: Buffer;
  count: number;
  changed: boolean;
}

/** Grows a tree leaf by leaf; holds one partial tile per level. */
export class TileAppender {
  /** Leaves so far. */
  size: number;
  readonly #open: OpenTile[] = [];
  #full: { level: number; index: number; hashes: Buffer }[] = [];

  constructor(size: number, read: TileReader) {
    this.size = size;
    for (let level = 0, hashes = size; hashes > 0; level++, hashes = Math.floor(hashes / TILE_HASHES)) {
      const index = Math.floor(hashes / TILE_HASHES);
      const count = hashes % TILE_HASHES;
      const tile = newTile(index);
      if (count > 0) tile.hashes.set(read(level, index).subarray(0, count * HASH_BYTES));
      tile.count = count;
      this.#open.push(tile);
    }
  }

  add(leafHash: HashText): void {
    const tile = this.#last(0);
    tile.hashes.write(leafHash, tile.count * HASH_BYTES, HASH_BYTES, 'latin1');
    this.#grown(0, tile);
    this.size++;
  }

  /** Hands out every tile that changed since the last call. */
  flush(write: TileWriter): void {
    for (const { level, index, hashes } of this.#full) write(level, index, hashes);
    this.#full = [];
    this.#open.forEach((tile, level) => {
      if (tile.changed && tile.count > 0) write(level, tile.index, tile.hashes);
      tile.changed = false;
    });
  }

  #last(level: number): OpenTile {
    this.#open[level] ??= newTile(0);
    return this.#open[level];
  }

  /** There is one hash more in it. */
  #grown(level: number, tile: OpenTile): void {
    tile.count++;
    tile.changed = true;
    if (tile.count < TILE_HASHES) return;
    this.#full.push({ level, index: tile.index, hashes: tile.hashes });
    this.#open[level] = newTile(tile.index + 1);
    const above = this.#last(level + 1);
    above.hashes.set(perfectRoot(tile.hashes), above.count * HASH_BYTES);
    this.#grown(level + 1, above);
  }
}

/** How many hashes a tile of a tree has; less than one: there is no such tile. */
export function hashesInTile(level: number, index: number, size: number): number {
  return Math.min(TILE_HASHES, Math.floor(size / TILE_HASHES ** level) - index * TILE_HASHES);
}

/** Hashes of complete subtrees out of tiles. */
export function subtreesOf(read: TileReader): SubtreeHashes {
  return (level, index) => {
    const tileLevel = Math.floor(level / TILE_HEIGHT);
    const width = 2 ** (level % TILE_HEIGHT);
    const first = index * width;
    const tileIndex = Math.floor(first / TILE_HASHES);
    const tile = read(tileLevel, tileIndex);
    const end = (first % TILE_HASHES) + width;
    if (tile.length < end * HASH_BYTES) throw tooShort(`${tileLevel}/${tileIndex}`, tile.length, end);
    return perfectRoot(tile.subarray((end - width) * HASH_BYTES, end * HASH_BYTES));
  };
}

/** Root over a row of 2^n hashes. */
function perfectRoot(row: Uint8Array): Uint8Array {
  let level: Buffer = Buffer.from(row);
  while (level.length > HASH_BYTES) level = foldRow(level);
  return level;
}

function tooShort(tile: string, bytes: number, hashes: number): WarderError {
  return new WarderError(
    'AUDIT_TILE',
    `tile ${tile} of the audit tree holds ${Math.floor(bytes / HASH_BYTES)} hashes, ${hashes} are wanted`,
    'the database is damaged or was changed: keep the file for inquiry and restore a backup',
  );
}

function newTile(index: number): OpenTile {
  return { index, hashes: Buffer.alloc(TILE_BYTES), count: 0, changed: false };
}
