/**
 * Budgets in the kernel's maps, as bpf/budget.h lays them out: which pools a run counts into, how far each may go, and
 * what has been used.
 *
 * In:     numbers of runs and pools. Counts are absolute: they only grow as long as the maps are there.
 * Throws: WarderError KERNEL_… from every method.
 */
import { constants, enums, layout } from './generated/layout.ts';
import type { KernelMaps } from './maps.ts';

/** What the kernel programs count, in the order of enum resource. */
export const COUNTED = ['execs', 'connects', 'changes', 'egress'] as const;
export type Counted = (typeof COUNTED)[number];

/** Numbers of pools: 1 to POOLS - 1. */
export const { POOLS } = constants;
/** A pool that is only counted. */
export const UNLIMITED = 0xffff_ffff_ffff_ffffn;

export interface RunPool {
  resource: Counted;
  pool: number;
  /** Index in the run's policy of the layer whose budget it is. */
  layer: number;
}

export interface PoolUse {
  used: bigint;
  /** Tries that were refused; for egress packets. */
  refused: bigint;
}

export class KernelBudgets {
  readonly #maps: KernelMaps;

  constructor(maps: KernelMaps) {
    this.#maps = maps;
  }

  /** What a run counts from now on. `stopped`: index of a layer for which it may use nothing more at all. */
  set(run: number, pools: readonly RunPool[], stopped: number | undefined): void {
    const { fields, size } = layout.run_budget;
    const value = Buffer.alloc(size);
    value.writeUInt32LE(stopped === undefined ? 0 : stopped + 1, fields.stopped.offset);
    const filled = COUNTED.map(() => 0);
    const ref = layout.pool_ref;
    for (const { resource, pool, layer } of pools) {
      const row = COUNTED.indexOf(resource);
      const place = filled[row] ?? 0;
      filled[row] = place + 1;
      const at = fields.pools.offset + (row * constants.LAYERS_MAX + place) * ref.size;
      value.writeUInt16LE(pool, at + ref.fields.pool.offset);
      value.writeUInt8(layer, at + ref.fields.layer.offset);
    }
    this.#maps.write('run_budgets', number4(run), value, 1);
    if (this.#maps.keys('run_uses').some((key) => key.readUInt32LE() === run)) return;
    this.#maps.write('run_uses', number4(run), Buffer.alloc(layout.run_use.size), 1);
  }

  /** The run is over, or has no budgets any more. */
  clear(run: number): void {
    this.#maps.delete('run_budgets', number4(run), 1);
    this.#maps.delete('run_uses', number4(run), 1);
  }

  /** Runs that have budgets, by number. */
  runs(): number[] {
    return this.#maps.keys('run_budgets').map((key) => key.readUInt32LE());
  }

  /** Numbers of pools that runs count into. */
  poolsInUse(): Set<number> {
    const { fields, size } = layout.run_budget;
    const runs = this.runs();
    const bytes = this.#maps.read('run_budgets', Buffer.concat(runs.map(number4)), runs.length);
    const refs = runs.flatMap((_, row) =>
      Array.from(
        { length: fields.pools.count },
        (_, n) => row * size + fields.pools.offset + n * layout.pool_ref.size,
      ),
    );
    return new Set(refs.map((at) => bytes.readUInt16LE(at)).filter((pool) => pool !== 0));
  }

  /** What a run has used since it first had budgets. */
  runUse(run: number): Record<Counted, bigint> {
    const value = this.#maps.read('run_uses', number4(run), 1);
    const at = layout.run_use.fields.used.offset;
    return Object.fromEntries(
      COUNTED.map((resource, index) => [resource, value.readBigUInt64LE(at + index * 8)]),
    ) as Record<Counted, bigint>;
  }

  /** How far a pool's count may go, from the beginning of its number. */
  allow(pool: number, until: bigint): void {
    const value = Buffer.alloc(8);
    value.writeBigUInt64LE(until);
    this.#maps.write('pool_allowed', number4(pool), value, 1);
  }

  poolUse(pool: number): PoolUse {
    const { fields } = layout.pool_use;
    const value = this.#maps.read('pool_uses', number4(pool), 1);
    return {
      used: value.readBigUInt64LE(fields.used.offset),
      refused: value.readBigUInt64LE(fields.refused.offset),
    };
  }

  /** Packets of sockets that the kernel makes in a run's own cgroup are the run's, by the id of that cgroup. */
  setCgroup(cgroup: bigint, run: number): void {
    this.#maps.write('run_cgroups', number8(cgroup), number4(run), 1);
  }

  clearCgroup(cgroup: bigint): void {
    this.#maps.delete('run_cgroups', number8(cgroup), 1);
  }
}

function number4(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function number8(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return bytes;
}

/** The order here is the kernel's. */
if (enums.resource.RESOURCES !== COUNTED.length) throw new Error('COUNTED is not enum resource');
