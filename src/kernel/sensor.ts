/**
 * The kernel side of Warder as one object: programs attached, policies and runs in maps, labels on processes,
 * batches of records coming out.
 *
 * Owns the addon's sensor; everything in the kernel goes with `close`, and with this process however it ends. With
 * `pins` it stays, in force, until a later process takes it over or away.
 * Throws: WarderError KERNEL_… from every method; what was half done by the call that failed is taken back.
 */
import { WarderError } from '../base/error.ts';
import {
  type Clocks,
  type ControlField,
  loadAddon,
  type MapName,
  type NativeGuard,
  type NativeSensor,
  type OnBatch,
  type ProgramStatus,
} from './addon.ts';
import { KernelBudgets } from './budgets.ts';
import { KernelContents } from './content.ts';
import type { LossCount } from './events.ts';
import { enums, layout, names } from './generated/layout.ts';
import { type Grant, grantKey } from './grants.ts';
import { explained, explaining } from './kernel-error.ts';
import { EGRESS_PROGRAM, programsToAttach } from './mechanisms.ts';
import { KernelResolvers } from './named.ts';
import { lowered } from './names.ts';
import type { Pins } from './pins.ts';
import type { MapRows, PolicyRows } from './policy-rows.ts';

export interface SensorSettings {
  /** Mount point of cgroup2. */
  cgroup2: string;
  /** Ring buffers, bytes: powers of two. */
  decisionsBytes?: number;
  observationsBytes?: number;
  /** Most bytes of records that wait in this process. */
  backlogBytes?: number;
  /** Where to be kept beyond this process. Ring sizes must be those that it was opened with. */
  pins?: Pins;
}

/** A task under a run. */
export interface GovernedTask {
  run: number;
  tgid: number;
  tid: number;
  /** Of the process, and of its present parent: nanoseconds of CLOCK_BOOTTIME. */
  startNs: bigint;
  parentTgid: number;
  parentStartNs: bigint;
}

/** What makes processes a run's that Warder did not start. */
export type Adoption =
  /** A cgroup2 directory, by its id (its inode number) and its level below the root. */
  | { cgroup: bigint; level: number }
  /** One that may come to be, by its path below cgroup2's root: "/system.slice/agent.service". */
  | { path: string }
  /** An executable file, as stat(2) tells it. */
  | { inode: bigint; device: bigint };

export interface RunSwitches {
  /** Kill what could not be prevented. */
  terminate: boolean;
}

const MEBIBYTE = 1 << 20;
const NS_PER_MS = 1_000_000n;
const LABEL_FLAGS_NONE = 0;
/** Rounds over all processes until none without its label is left; two are usual. */
const LABEL_ROUNDS = 100;

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

/** What goes into the kernel before the policy itself, and out of it after. */
const ROW_MAPS: readonly (readonly [MapName, (rows: PolicyRows) => MapRows])[] = [
  ['port_rules', (rows) => rows.ports],
  ['address_rules', (rows) => rows.addresses],
  ['content_rules', (rows) => rows.contents],
  ['name_rules', (rows) => rows.names],
  ['path_rules', (rows) => rows.paths],
];

const KINDS = lowered(names.event_kind, 'EVENT_');
const CAUSES = lowered(names.loss_cause, 'LOSS_');

/** How long opens of marked files wait for a process that is stopped: shorter than people wait, longer than a busy host takes. */
const GUARD_SILENCE_MS = 15_000;

export class Sensor {
  readonly #native: NativeSensor;
  readonly #clocks: () => Clocks;
  readonly #pins: Pins | undefined;
  /** Contents of files, for rules by content. */
  readonly contents: KernelContents;
  /** What runs may use. */
  readonly budgets: KernelBudgets;
  /** Who answers host names. */
  readonly resolvers: KernelResolvers;
  /** What onBatch returned and has not settled. */
  readonly #handling = new Set<Promise<void>>();

  private constructor(native: NativeSensor, clocks: () => Clocks, pins: Pins | undefined) {
    this.#native = native;
    this.#clocks = clocks;
    this.#pins = pins;
    this.contents = new KernelContents(native);
    this.budgets = new KernelBudgets(native);
    this.resolvers = new KernelResolvers(native);
  }

  /** Loads programs and maps; attaches nothing. */
  static open(settings: SensorSettings): Sensor {
    const addon = loadAddon();
    const { pins } = settings;
    const native = explaining(() =>
      addon.openSensor({
        cgroupPath: settings.cgroup2,
        decisionsBytes: settings.decisionsBytes ?? 4 * MEBIBYTE,
        observationsBytes: settings.observationsBytes ?? 16 * MEBIBYTE,
        backlogBytes: settings.backlogBytes ?? 16 * MEBIBYTE,
        ...(pins ? { mapsPath: pins.mapsPath, generation: pins.generation } : {}),
      }),
    );
    return new Sensor(native, () => addon.clocks(), pins);
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

  /** Attaches what this kernel needs of them, all or none, and gives them their pins. */
  attach(): void {
    const programs = programsToAttach(this.loaded());
    // Where another process began to count what leaves, that goes on without a gap.
    if (this.budgets.runs().length > 0) programs.push(EGRESS_PROGRAM);
    explaining(() => this.#native.attach(programs));
    // A set that is still in force from before tells what goes ahead until takeOver().
    if (this.#pins && !this.#pins.isFollowing) this.#tell();
    this.#pin(programs);
  }

  /** Counts the bytes that leave, from here on until detach(): it looks at every packet of the host. */
  countEgress(): void {
    if (this.programs().some(({ name, attached }) => name === EGRESS_PROGRAM && attached)) return;
    explaining(() => this.#native.attach([EGRESS_PROGRAM]));
    this.#pin([EGRESS_PROGRAM]);
  }

  #pin(programs: readonly string[]): void {
    const pins = this.#pins;
    if (!pins) return;
    for (const program of programs) {
      explaining(() => this.#native.pinLink(program, pins.linkPath(program)));
    }
  }

  detach(): void {
    const programs = this.loaded();
    this.#pins?.removeLinks();
    explaining(() => this.#native.detach(programs));
  }

  /**
   * Follows the set of programs of a process that has died: attaches this one, takes labels over from maps of
   * another form, and only then takes the other away. Both judge meanwhile. `held` is called around the taking
   * over of labels: processes should not fork in it.
   */
  takeOver(held: (take: () => void) => void): void {
    this.attach();
    const former = this.#pins?.formerLabels() ?? [];
    if (former.length > 0) {
      held(() => {
        for (const path of former) this.#takeLabels(path);
      });
    }
    this.#tell();
    this.#pins?.removeFormer();
  }

  #takeLabels(path: string): void {
    for (let round = 0; round < LABEL_ROUNDS; round++) {
      if (explaining(() => this.#native.takeLabels(path)) === 0) return;
    }
    throw new WarderError(
      'KERNEL_LABEL',
      `processes of agents came to be faster than they could be labelled, in ${LABEL_ROUNDS} rounds`,
      'the programs of the Warder before stay in force; start again',
    );
  }

  #tell(): void {
    this.#control('generation', BigInt(this.#pins?.generation ?? 0));
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

  /** Lets what an installed policy holds go on for `ms` from now; returns what takes that back. */
  grant(grant: Grant, policy: number, ms: number): () => void {
    const row = grantKey(grant, policy);
    if (!row) return () => {};
    const until = Buffer.alloc(8);
    until.writeBigUInt64LE(this.#clocks().bootNs + BigInt(Math.floor(ms)) * NS_PER_MS);
    this.#write(row.map, row.key, until, 1);
    return () => this.#delete(row.map, row.key, 1);
  }

  /** Forgets a run: what still carries its label may do nothing more. */
  clearRun(run: number): void {
    this.#delete('runs', numberKey(run), 1);
  }

  /** Puts a process under a run, with all that it forks from now on. It must be held, with one thread. */
  label(pid: number, run: number): void {
    if (run === 0) throw new RangeError('run 0 is no label');
    explaining(() => this.#native.labelProcess(pid, labelOf(run)));
  }

  /**
   * Permission events of files for one run, until they are closed. Throws KERNEL_GUARD.
   *
   * @param silenceMs the kernel kills this process when it has been stopped for so long, and lets go on who waits for it
   */
  guard(run: number, silenceMs = GUARD_SILENCE_MS): NativeGuard {
    return explaining(() => this.#native.guard(run, silenceMs));
  }

  /** All tasks under runs that have a label of their own: every thread but those from before an adoption. */
  governed(): GovernedTask[] {
    return decodeTasks(explaining(() => this.#native.governedTasks()));
  }

  /** From here on what `adoption` names is under the run; not what is there already: see adoptTasks. */
  addAdoption(run: number, adoption: Adoption): void {
    const { map, key } = adoptionRow(adoption);
    const levels = this.#controlRead('adopted_levels');
    this.#write(map, key, labelOf(run), 1);
    if ('level' in adoption) this.#control('adopted_levels', levels | (1n << BigInt(adoption.level)));
    if ('inode' in adoption) this.#control('adopted_programs', this.#controlRead('adopted_programs') + 1n);
  }

  /** Processes that are under the run stay so. */
  removeAdoption(adoption: Adoption): void {
    const { map, key } = adoptionRow(adoption);
    const found = this.#delete(map, key, 1);
    // adopted_levels stays: a bit too many costs a look-up, one too few would lose an agent.
    if ('inode' in adoption && found > 0) {
      this.#control('adopted_programs', this.#controlRead('adopted_programs') - 1n);
    }
  }

  /** Nothing is adopted any more: tasks outside agents pay nothing for it. */
  clearAdoptions(): void {
    this.#control('adopted_levels', 0n);
    this.#control('adopted_programs', 0n);
  }

  /** Labels all tasks that belong to an adoption and have no label; none is left when it returns. */
  adoptTasks(): GovernedTask[] {
    const all: GovernedTask[] = [];
    for (let round = 0; round < LABEL_ROUNDS; round++) {
      const labelled = decodeTasks(explaining(() => this.#native.adoptTasks()));
      if (labelled.length === 0) return all;
      all.push(...labelled);
    }
    throw new WarderError(
      'KERNEL_LABEL',
      `${LABEL_ROUNDS} rounds over all processes each found more that belong to an agent`,
      'adopt again; what has been labelled is governed',
    );
  }

  /** Sets every process of a run free. */
  releaseTasks(run: number): void {
    for (let round = 0; round < LABEL_ROUNDS; round++) {
      if (explaining(() => this.#native.releaseTasks(run)).length === 0) return;
    }
    throw new WarderError(
      'KERNEL_LABEL',
      `${LABEL_ROUNDS} rounds over all processes each found more of the run to be released`,
      'release it again; it forks faster than it can be followed',
    );
  }

  /** This runtime is alive. `silenceMs`: for how long it may not say so before agents get nothing new; 0: for ever. */
  beat(silenceMs: number): void {
    explaining(() => this.#native.beat());
    this.#control('silence_ns', BigInt(silenceMs) * NS_PER_MS);
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
    if (this.#controlRead('last_run') < BigInt(last)) this.#control('last_run', BigInt(last));
  }

  #next(field: 'last_run' | 'last_policy'): number {
    const next = this.#controlRead(field) + 1n;
    this.#control(field, next);
    return Number(next);
  }

  /** Numbers of the runs that the kernel knows. */
  runs(): number[] {
    return this.#keys('runs').map((key) => key.readUInt32LE());
  }

  /** Takes away a policy whose rows are known by its number alone. */
  sweepPolicy(policy: number): void {
    this.#delete('policies', numberKey(policy), 1);
    for (const [map, at] of ROW_POLICY_AT) {
      const keys = this.#keys(map).filter((key) => key.readUInt32LE(at) === policy);
      this.#delete(map, Buffer.concat(keys), keys.length);
    }
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

  /** How full the ring buffers are, in bytes. */
  rings(): { ring: string; used: number; size: number }[] {
    const [decisions = 0, decisionsSize = 0, observations = 0, observationsSize = 0] = explaining(() =>
      this.#native.ringFill(),
    );
    return [
      { ring: 'decisions', used: decisions, size: decisionsSize },
      { ring: 'observations', used: observations, size: observationsSize },
    ];
  }

  /** Detaches what is not pinned, unloads, stops the drain thread. What was not flushed is dropped. Idempotent. */
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

  #delete(map: MapName, keys: Buffer, count: number): number {
    return explaining(() => this.#native.mapDelete(map, keys, count));
  }

  #keys(map: MapName): Buffer[] {
    const bytes = explaining(() => this.#native.mapKeys(map));
    const size = KEY_BYTES[map];
    return Array.from({ length: bytes.length / size }, (_, row) =>
      bytes.subarray(row * size, (row + 1) * size),
    );
  }

  #control(field: ControlField, value: bigint): void {
    explaining(() => this.#native.controlWrite(field, value));
  }

  #controlRead(field: ControlField): bigint {
    return explaining(() => this.#native.controlRead(field));
  }
}

function labelOf(run: number): Buffer {
  const { fields, size } = layout.label;
  const label = Buffer.alloc(size);
  label.writeUInt32LE(run, fields.run.offset);
  label.writeUInt32LE(LABEL_FLAGS_NONE, fields.flags.offset);
  return label;
}

function adoptionRow(adoption: Adoption): { map: MapName; key: Buffer } {
  if ('cgroup' in adoption) {
    const key = Buffer.alloc(8);
    key.writeBigUInt64LE(adoption.cgroup);
    return { map: 'adopted_cgroups', key };
  }
  if ('path' in adoption) {
    const key = Buffer.alloc(layout.cgroup_path.size);
    if (Buffer.byteLength(adoption.path) >= key.length) {
      throw new WarderError(
        'KERNEL_ADOPTION',
        `a cgroup's path of ${Buffer.byteLength(adoption.path)} bytes is too long: ${key.length - 1} fit`,
        'adopt the cgroup once it is there, or one with a shorter path',
      );
    }
    key.write(adoption.path);
    return { map: 'adopted_paths', key };
  }
  const { fields, size } = layout.program_key;
  const key = Buffer.alloc(size);
  key.writeBigUInt64LE(adoption.inode, fields.inode.offset);
  key.writeUInt32LE(kernelDevice(adoption.device), fields.device.offset);
  return { map: 'adopted_programs', key };
}

/** stat(2) numbers devices as user space has them since Linux 2.6; inside, the kernel has 12 and 20 bits. */
function kernelDevice(device: bigint): number {
  const major = (device >> 8n) & 0xfffn;
  const minor = (device & 0xffn) | ((device >> 12n) & 0xfff00n);
  return Number((major << 20n) | minor);
}

function decodeTasks(bytes: Buffer): GovernedTask[] {
  const { fields, size } = layout.governed_task;
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) => {
    const at = index * size;
    return {
      run: bytes.readUInt32LE(at + fields.run.offset),
      tgid: bytes.readUInt32LE(at + fields.tgid.offset),
      tid: bytes.readUInt32LE(at + fields.tid.offset),
      startNs: bytes.readBigUInt64LE(at + fields.start_ns.offset),
      parentTgid: bytes.readUInt32LE(at + fields.parent_tgid.offset),
      parentStartNs: bytes.readBigUInt64LE(at + fields.parent_start_ns.offset),
    };
  });
}

/** Key of the maps `runs` and `policies`. */
function numberKey(number: number): Buffer {
  const key = Buffer.alloc(4);
  key.writeUInt32LE(number);
  return key;
}
