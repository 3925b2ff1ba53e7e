/**
 * The kernel's side of a runtime on its way into the kernel: its verifier takes longer than all else at a start, so it has a
 * thread of its own while gateway and redactor are made.
 *
 * In:     what of the runtime is kept beyond its process.
 * Out:    the sensor, for the runtime that is made of it; leave() where none will be.
 * Throws: at once what Kept throws; from loaded() KERNEL_….
 */
import { requireHost } from '../kernel/capability.ts';
import { Sensor } from '../kernel/sensor.ts';
import { Kept, type KeptOptions } from './kept.ts';

/**
 * A burst waits in the kernel's ring, where a record is 150 to 250 bytes, and then on the spool's disk, rather than here,
 * where it is an object of more than a kilobyte: 16 MiB hold about 90,000 opens, 1 MiB of them is under way here.
 */
const BUFFERS = { observationsBytes: 16 << 20, decisionsBytes: 4 << 20, backlogBytes: 1 << 20 };

export class Programs {
  readonly kept: Kept | undefined;
  readonly #sensor: Sensor;
  #taken = false;

  /** Begins. Nothing is attached. */
  constructor(kept?: KeptOptions) {
    const { cgroup2 } = requireHost();
    this.kept = kept && new Kept(kept, BUFFERS);
    const pins = this.kept?.pins;
    try {
      this.#sensor = Sensor.begin({ cgroup2, ...BUFFERS, ...(pins ? { pins } : {}) });
    } catch (error) {
      pins?.release();
      throw error;
    }
  }

  /** Waits for it. From here on all of it is the caller's. */
  loaded(): Sensor {
    try {
      this.#sensor.loaded();
    } catch (error) {
      this.leave();
      throw error;
    }
    this.#taken = true;
    return this.#sensor;
  }

  /** Lets go, where nobody has taken it: nothing stays in the kernel but what an earlier process has left. Idempotent. */
  leave(): void {
    if (this.#taken) return;
    this.#taken = true;
    this.#sensor.close();
    if (this.kept?.isNew) this.kept.pins.remove();
    else this.kept?.pins.release();
  }
}
