/**
 * Which processes are under which run: labels on tasks, and what makes processes a run's that Warder did not start.
 *
 * Throws: WarderError KERNEL_… from every method.
 */
import { WarderError } from '../base/error.ts';
import type { MapName, NativeSensor } from './addon.ts';
import { layout } from './generated/layout.ts';
import { explaining } from './kernel-error.ts';
import type { KernelMaps } from './maps.ts';

const LABEL_FLAGS_NONE = 0;
/** Rounds over all processes until none without its label is left; two are usual. */
const LABEL_ROUNDS = 100;

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

export class KernelTasks {
  readonly #native: NativeSensor;
  readonly #maps: KernelMaps;

  constructor(native: NativeSensor, maps: KernelMaps) {
    this.#native = native;
    this.#maps = maps;
  }

  /** Puts a process under a run, with all that it forks from now on. It must be held, with one thread. */
  label(pid: number, run: number): void {
    if (run === 0) throw new RangeError('run 0 is no label');
    explaining(() => this.#native.labelProcess(pid, labelOf(run)));
  }

  /** All tasks under runs that have a label of their own: every thread but those from before an adoption. */
  governed(): GovernedTask[] {
    return decodeTasks(explaining(() => this.#native.governedTasks()));
  }

  /** From here on what `adoption` names is under the run; not what is there already: see adopt(). */
  addAdoption(run: number, adoption: Adoption): void {
    const { map, key } = adoptionRow(adoption);
    const levels = this.#maps.controlRead('adopted_levels');
    this.#maps.write(map, key, labelOf(run), 1);
    if ('level' in adoption) this.#maps.control('adopted_levels', levels | (1n << BigInt(adoption.level)));
    if ('inode' in adoption)
      this.#maps.control('adopted_programs', this.#maps.controlRead('adopted_programs') + 1n);
  }

  /** Processes that are under the run stay so. */
  removeAdoption(adoption: Adoption): void {
    const { map, key } = adoptionRow(adoption);
    const found = this.#maps.delete(map, key, 1);
    // adopted_levels stays: a bit too many costs a look-up, one too few would lose an agent.
    if ('inode' in adoption && found > 0) {
      this.#maps.control('adopted_programs', this.#maps.controlRead('adopted_programs') - 1n);
    }
  }

  /** Nothing is adopted any more: tasks outside agents pay nothing for it. */
  clearAdoptions(): void {
    this.#maps.control('adopted_levels', 0n);
    this.#maps.control('adopted_programs', 0n);
  }

  /** Labels all tasks that belong to an adoption and have no label; none is left when it returns. */
  adopt(): GovernedTask[] {
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

  /** Takes labels over from maps of another form, by their pin. */
  take(path: string): void {
    for (let round = 0; round < LABEL_ROUNDS; round++) {
      if (explaining(() => this.#native.takeLabels(path)) === 0) return;
    }
    throw new WarderError(
      'KERNEL_LABEL',
      `processes of agents came to be faster than they could be labelled, in ${LABEL_ROUNDS} rounds`,
      'the programs of the Warder before stay in force; start again',
    );
  }

  /** Sets every process of a run free. */
  release(run: number): void {
    for (let round = 0; round < LABEL_ROUNDS; round++) {
      if (explaining(() => this.#native.releaseTasks(run)).length === 0) return;
    }
    throw new WarderError(
      'KERNEL_LABEL',
      `${LABEL_ROUNDS} rounds over all processes each found more of the run to be released`,
      'release it again; it forks faster than it can be followed',
    );
  }

  /** The run that a process is under; null for none, or where there is no such process. */
  runOf(pid: number): number | null {
    const label = explaining(() => this.#native.readLabel(pid));
    return label ? label.readUInt32LE(layout.label.fields.run.offset) : null;
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
