/**
 * Policies in the kernel's maps, and which of them a run is under.
 *
 * In:     rows of a compiled policy, which bear its number; numbers of runs.
 * Throws: WarderError KERNEL_… from every method; what was half written by the call that failed is taken back.
 */
import type { Clocks, MapName } from './addon.ts';
import { enums, layout } from './generated/layout.ts';
import { type Grant, grantKey } from './grants.ts';
import type { KernelMaps } from './maps.ts';
import type { MapRows, PolicyRows } from './policy-rows.ts';

const NS_PER_MS = 1_000_000n;

export interface RunSwitches {
  /** Kill what could not be prevented. */
  terminate: boolean;
}

/** Where the keys of a policy's rows have its number. */
const ROW_POLICY_AT: readonly (readonly [MapName, number])[] = [
  ['path_rules', layout.path_key.fields.policy.offset],
  ['name_rules', layout.name_key.fields.policy.offset],
  ['address_rules', layout.address_key.fields.policy.offset],
  ['port_rules', layout.port_key.fields.policy.offset],
  ['content_rules', layout.content_rule_key.fields.policy.offset],
  ['path_grants', layout.path_grant_key.fields.policy.offset],
  ['address_grants', layout.address_grant_key.fields.policy.offset],
  ['named_addresses', layout.named_key.fields.policy.offset],
];

/** What goes into the kernel before the policy itself, and out of it after. */
const ROW_MAPS: readonly (readonly [MapName, (rows: PolicyRows) => MapRows])[] = [
  ['port_rules', (rows) => rows.ports],
  ['address_rules', (rows) => rows.addresses],
  ['content_rules', (rows) => rows.contents],
  ['name_rules', (rows) => rows.names],
  ['path_rules', (rows) => rows.paths],
];

export class KernelPolicies {
  readonly #maps: KernelMaps;
  readonly #clocks: () => Clocks;

  constructor(maps: KernelMaps, clocks: () => Clocks) {
    this.#maps = maps;
    this.#clocks = clocks;
  }

  /** Writes a policy that no run uses yet, whole or not at all. Its lease ends `leaseMs` from now. */
  install(rows: PolicyRows, leaseMs: number): void {
    try {
      for (const [map, of] of ROW_MAPS) {
        const { keys, values, count } = of(rows);
        this.#maps.write(map, keys, values, count);
      }
      this.renewLease(rows, leaseMs);
    } catch (error) {
      this.remove(rows);
      throw error;
    }
  }

  /** Sets the lease's end of an installed policy anew: `leaseMs` from now, below 0 is over already. */
  renewLease(rows: Pick<PolicyRows, 'policy' | 'head'>, leaseMs: number): void {
    const head = Buffer.from(rows.head);
    const until = this.#clocks().bootNs + BigInt(Math.floor(leaseMs)) * NS_PER_MS;
    head.writeBigUInt64LE(until > 0n ? until : 0n, layout.policy.fields.lease_until_ns.offset);
    this.#maps.write('policies', numberKey(rows.policy), head, 1);
  }

  /** Takes a policy away that no run uses any more. Rows that are not there are no error. */
  remove(rows: PolicyRows): void {
    this.#maps.delete('policies', numberKey(rows.policy), 1);
    for (const [map, of] of ROW_MAPS.toReversed()) {
      const { keys, count } = of(rows);
      this.#maps.delete(map, keys, count);
    }
  }

  /** Switches a run to an installed policy, by one write. */
  setRun(run: number, policy: number, { terminate }: RunSwitches): void {
    const { fields, size } = layout.run;
    const value = Buffer.alloc(size);
    value.writeUInt32LE(policy, fields.policy.offset);
    value.writeUInt32LE(terminate ? enums.run_flag.RUN_TERMINATE : 0, fields.flags.offset);
    this.#maps.write('runs', numberKey(run), value, 1);
  }

  /** Lets what an installed policy holds go on for `ms` from now; returns what takes that back. */
  grant(grant: Grant, policy: number, ms: number): () => void {
    const row = grantKey(grant, policy);
    if (!row) return () => {};
    const until = Buffer.alloc(8);
    until.writeBigUInt64LE(this.#clocks().bootNs + BigInt(Math.floor(ms)) * NS_PER_MS);
    this.#maps.write(row.map, row.key, until, 1);
    return () => this.#maps.delete(row.map, row.key, 1);
  }

  /** Forgets a run: what still carries its label may do nothing more. */
  clearRun(run: number): void {
    this.#maps.delete('runs', numberKey(run), 1);
  }

  /** Numbers that no run and no policy has had as long as these maps are there. */
  nextRun(): number {
    return this.#next('last_run');
  }

  nextPolicy(): number {
    return this.#next('last_policy');
  }

  /** Numbers up to this one have been given, to processes of maps before these. */
  reserveRuns(last: number): void {
    if (this.#maps.controlRead('last_run') < BigInt(last)) this.#maps.control('last_run', BigInt(last));
  }

  #next(field: 'last_run' | 'last_policy'): number {
    const next = this.#maps.controlRead(field) + 1n;
    this.#maps.control(field, next);
    return Number(next);
  }

  /** Numbers of the runs that the kernel knows. */
  runs(): number[] {
    return this.#maps.keys('runs').map((key) => key.readUInt32LE());
  }

  /** Takes away a policy whose rows are known by its number alone. */
  sweep(policy: number): void {
    this.#maps.delete('policies', numberKey(policy), 1);
    for (const [map, at] of ROW_POLICY_AT) {
      const keys = this.#maps.keys(map).filter((key) => key.readUInt32LE(at) === policy);
      this.#maps.delete(map, Buffer.concat(keys), keys.length);
    }
  }
}

/** Key of the maps `runs` and `policies`. */
function numberKey(number: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32LE(number);
  return key;
}
