/**
 * The kernel side of Warder as one object: programs attached, policies and runs in maps, labels on processes,
 * batches of records coming out.
 *
 * Owns the addon's sensor; everything in the kernel goes with `close`, and with this process however it ends.
 * Throws: WarderError KERNEL_… from every method; what was half done by the call that failed is taken back.
 */
import {
  type Clocks,
  loadAddon,
  type MapName,
  type NativeSensor,
  type OnBatch,
  type ProgramStatus,
} from './addon.ts';
import type { LossCount } from './events.ts';
import { enums, layout, names } from './generated/layout.ts';
import { explained, explaining } from './kernel-error.ts';
import { programsToAttach } from './mechanisms.ts';
import { lowered } from './names.ts';
import type { MapRows, PolicyRows } from './policy-rows.ts';

export interface SensorSettings {
  /** Mount point of cgroup2. */
  cgroup2: string;
  /** Ring buffers, bytes: powers of two. */
  decisionsBytes?: number;
  observationsBytes?: number;
  /** Most bytes of records that wait in this process. */
  backlogBytes?: number;
}

export interface RunSwitches {
  /** Kill what could not be prevented. */
  terminate: boolean;
}

const MEBIBYTE = 1 << 20;
const NS_PER_MS = 1_000_000n;
const LABEL_FLAGS_NONE = 0;

/** What goes into the kernel before the policy itself, and out of it after. */
const ROW_MAPS: readonly (readonly [MapName, (rows: PolicyRows) => MapRows])[] = [
  ['port_rules', (rows) => rows.ports],
  ['address_rules', (rows) => rows.addresses],
  ['name_rules', (rows) => rows.names],
  ['path_rules', (rows) => rows.paths],
];

const KINDS = lowered(names.event_kind, 'EVENT_');
const CAUSES = lowered(names.loss_cause, 'LOSS_');

export class Sensor {
  readonly #native: NativeSensor;
  readonly #clocks: () => Clocks;
  /** What onBatch returned and has not settled. */
  readonly #handling = new Set<Promise<void>>();

  private constructor(native: NativeSensor, clocks: () => Clocks) {
    this.#native = native;
    this.#clocks = clocks;
  }

  /** Loads programs and maps; attaches nothing. */
  static open(settings: SensorSettings): Sensor {
    const addon = loadAddon();
    const native = explaining(() =>
      addon.openSensor({
        cgroupPath: settings.cgroup2,
        decisionsBytes: settings.decisionsBytes ?? 4 * MEBIBYTE,
        observationsBytes: settings.observationsBytes ?? 16 * MEBIBYTE,
        backlogBytes: settings.backlogBytes ?? 16 * MEBIBYTE,
      }),
    );
    return new Sensor(native, () => addon.clocks());
  }

  /** Every program of this version, with what became of it. */
  programs(): ProgramStatus[] {
    return explaining(() => this.#native.programs());
  }

  /** Names of the programs that this kernel took. */
  loaded(): string[] {
    return this.programs()
      .filter((program) => program.available)
      .map((program) => program.name);
  }

  /** Attaches what this kernel needs of them, all or none. */
  attach(): void {
    const programs = programsToAttach(this.loaded());
    explaining(() => this.#native.attach(programs));
  }

  detach(): void {
    const programs = this.loaded();
    explaining(() => this.#native.detach(programs));
  }

  /** Batches go to `onBatch` from here on; see OnBatch for what it may keep. Once. */
  start(onBatch: OnBatch): void {
    explaining(() =>
      this.#native.start((batch) => {
        const handling = onBatch(batch);
        if (handling) this.#track(handling);
        return handling;
      }),
    );
  }

  /** Resolves when all that the kernel had written at the call has been given to onBatch and dealt with there. */
  async flush(): Promise<void> {
    await this.#native.flush().catch((error) => {
      throw explained(error);
    });
    await Promise.allSettled(this.#handling);
  }

  /** Writes a policy that no run uses yet, whole or not at all. Its lease ends `leaseMs` from now. */
  install(rows: PolicyRows, leaseMs: number): void {
    try {
      for (const [map, of] of ROW_MAPS) {
        const { keys, values, count } = of(rows);
        this.#write(map, keys, values, count);
      }
      this.renewLease(rows, leaseMs);
    } catch (error) {
      this.remove(rows);
      throw error;
    }
  }

  /** Sets the lease's end of an installed policy anew: `leaseMs` from now, below 0 is over already. */
  renewLease(rows: PolicyRows, leaseMs: number): void {
    const head = Buffer.from(rows.head);
    const until = this.#clocks().bootNs + BigInt(Math.floor(leaseMs)) * NS_PER_MS;
    head.writeBigUInt64LE(until > 0n ? until : 0n, layout.policy.fields.lease_until_ns.offset);
    this.#write('policies', numberKey(rows.policy), head, 1);
  }

  /** Takes a policy away that no run uses any more. Rows that are not there are no error. */
  remove(rows: PolicyRows): void {
    this.#delete('policies', numberKey(rows.policy), 1);
    for (const [map, of] of ROW_MAPS.toReversed()) {
      const { keys, count } = of(rows);
      this.#delete(map, keys, count);
    }
  }

  /** Switches a run to an installed policy, by one write. */
  setRun(run: number, policy: number, { terminate }: RunSwitches): void {
    const { fields, size } = layout.run;
    const value = Buffer.alloc(size);
    value.writeUInt32LE(policy, fields.policy.offset);
    value.writeUInt32LE(terminate ? enums.run_flag.RUN_TERMINATE : 0, fields.flags.offset);
    this.#write('runs', numberKey(run), value, 1);
  }

  /** Forgets a run: what still carries its label may do nothing more. */
  clearRun(run: number): void {
    this.#delete('runs', numberKey(run), 1);
  }

  /** Puts a process under a run, with all that it forks from now on. It must be held, with one thread. */
  label(pid: number, run: number): void {
    if (run === 0) throw new RangeError('run 0 is no label');
    const { fields, size } = layout.label;
    const label = Buffer.alloc(size);
    label.writeUInt32LE(run, fields.run.offset);
    label.writeUInt32LE(LABEL_FLAGS_NONE, fields.flags.offset);
    explaining(() => this.#native.labelProcess(pid, label));
  }

  /** The run that a process is under; null for none, or where there is no such process. */
  runOf(pid: number): number | null {
    const label = explaining(() => this.#native.readLabel(pid));
    return label ? label.readUInt32LE(layout.label.fields.run.offset) : null;
  }

  /** Records lost since the programs were loaded; only what is not 0. Counts only grow. */
  lossCounts(): LossCount[] {
    const counts = explaining(() => this.#native.losses());
    return Array.from(counts, (records, index) => ({
      kind: KINDS[Math.floor(index / enums.loss_cause.LOSS_CAUSES)] ?? String(index),
      cause: CAUSES[index % enums.loss_cause.LOSS_CAUSES] ?? String(index),
      records,
    })).filter(({ records }) => records > 0n);
  }

  /** Detaches, unloads, stops the drain thread. What was not flushed is dropped. Idempotent. */
  close(): void {
    this.#native.close();
  }

  #track(handling: Promise<void>): void {
    this.#handling.add(handling);
    const forget = () => this.#handling.delete(handling);
    handling.then(forget, forget);
  }

  #write(map: MapName, keys: Buffer, values: Buffer, count: number): void {
    explaining(() => this.#native.mapWrite(map, keys, values, count));
  }

  #delete(map: MapName, keys: Buffer, count: number): void {
    explaining(() => this.#native.mapDelete(map, keys, count));
  }
}

/** Key of the maps `runs` and `policies`. */
function numberKey(number: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32LE(number);
  return key;
}
