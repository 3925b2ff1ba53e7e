import {
  type Clocks,
  loadAddon,
  type NativeGuard,
  type NativeSensor,
  type OnBatch,
  type ProgramStatus,
} from './addon.ts';
import { KernelBudgets } from './budgets.ts';
import { KernelContents } from './content.ts';
import type { LossCount } from './events.ts';
import { enums, names } from './generated/layout.ts';
import { explained, explaining } from './kernel-error.ts';
import { KernelMaps } from './maps.ts';
import { EGRESS_PROGRAM, programsToAttach } from './mechanisms.ts';
import { KernelResolvers } from './named.ts';
import { lowered } from './names.ts';
import type { Pins } from './pins.ts';
import { KernelPolicies } from './policies.ts';
import { KernelTasks } from './tasks.ts';

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

const MEBIBYTE = 1 << 20;
const NS_PER_MS = 1_000_000n;

const KINDS = lowered(names.event_kind, 'EVENT_');
const CAUSES = lowered(names.loss_cause, 'LOSS_');

/** How long opens of marked files wait for a process that is stopped: shorter than people wait, longer than a busy host takes. */
const GUARD_SILENCE_MS = 15_000;

export class Sensor {
  readonly #native: NativeSensor;
  readonly #pins: Pins | undefined;
  readonly #maps: KernelMaps;
  /** Policies, and which of them runs are under. */
  readonly policies: KernelPolicies;
  /** Which processes are under which run. */
  readonly tasks: KernelTasks;
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
    this.#pins = pins;
    this.#maps = new KernelMaps(native);
    this.policies = new KernelPolicies(this.#maps, clocks);
    this.tasks = new KernelTasks(native, this.#maps);
    this.contents = new KernelContents(native);
    this.budgets = new KernelBudgets(this.#maps);
    this.resolvers = new KernelResolvers(native);
  }

  /** Loads programs and maps; attaches nothing. */
  static open(settings: SensorSettings): Sensor {
    return Sensor.#from('openSensor', settings);
  }

  /** The same on another thread. The first method that is called waits for it, and throws what `open` would have thrown. */
  static begin(settings: SensorSettings): Sensor {
    return Sensor.#from('beginSensor', settings);
  }

  static #from(how: 'openSensor' | 'beginSensor', settings: SensorSettings): Sensor {
    const addon = loadAddon();
    const { pins } = settings;
    const native = explaining(() =>
      addon[how]({
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
        for (const path of former) this.tasks.take(path);
      });
    }
    this.#tell();
    this.#pins?.removeFormer();
  }

  #tell(): void {
    this.#maps.control('generation', BigInt(this.#pins?.generation ?? 0));
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

  /**
   * Permission events of files for one run, until they are closed. Throws KERNEL_GUARD.
   *
   * @param silenceMs the kernel kills this process when it has been stopped for so long, and lets go on who waits for it
   */
  guard(run: number, silenceMs = GUARD_SILENCE_MS): NativeGuard {
    return explaining(() => this.#native.guard(run, silenceMs));
  }

  /** This runtime is alive. `silenceMs`: for how long it may not say so before agents get nothing new; 0: for ever. */
  beat(silenceMs: number): void {
    explaining(() => this.#native.beat());
    this.#maps.control('silence_ns', BigInt(silenceMs) * NS_PER_MS);
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
}
