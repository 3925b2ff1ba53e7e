/**
 * The maps of the kernel programs as rows of bytes, and the fields of the one that controls them.
 *
 * In:     keys and values, many in one Buffer, as bpf/ lays them out.
 * Throws: WarderError KERNEL_… from every method.
 */
import type { ControlField, MapName, NativeSensor } from './addon.ts';
import { layout } from './generated/layout.ts';
import { explaining } from './kernel-error.ts';

const KEY_BYTES: Readonly<Record<MapName, number>> = {
  runs: 4,
  policies: 4,
  path_rules: layout.path_key.size,
  name_rules: layout.name_key.size,
  address_rules: layout.address_key.size,
  port_rules: layout.port_key.size,
  content_rules: layout.content_rule_key.size,
  contents: layout.content_key.size,
  adopted_cgroups: 8,
  adopted_programs: layout.program_key.size,
  adopted_paths: layout.cgroup_path.size,
  path_grants: layout.path_grant_key.size,
  address_grants: layout.address_grant_key.size,
  run_budgets: 4,
  run_uses: 4,
  pool_allowed: 4,
  pool_uses: 4,
  run_cgroups: 8,
  resolvers: 8,
  named_addresses: layout.named_key.size,
};

export class KernelMaps {
  readonly #native: NativeSensor;

  constructor(native: NativeSensor) {
    this.#native = native;
  }

  write(map: MapName, keys: Buffer, values: Buffer, count: number): void {
    explaining(() => this.#native.mapWrite(map, keys, values, count));
  }

  /** Values of keys that are there. */
  read(map: 'run_budgets' | 'run_uses' | 'pool_uses', keys: Buffer, count: number): Buffer {
    return explaining(() => this.#native.mapRead(map, keys, count));
  }

  /** How many were there. */
  delete(map: MapName, keys: Buffer, count: number): number {
    return explaining(() => this.#native.mapDelete(map, keys, count));
  }

  keys(map: MapName): Buffer[] {
    const bytes = explaining(() => this.#native.mapKeys(map));
    const size = KEY_BYTES[map];
    return Array.from({ length: bytes.length / size }, (_, row) =>
      bytes.subarray(row * size, (row + 1) * size),
    );
  }

  control(field: ControlField, value: bigint): void {
    explaining(() => this.#native.controlWrite(field, value));
  }

  controlRead(field: ControlField): bigint {
    return explaining(() => this.#native.controlRead(field));
  }
}
