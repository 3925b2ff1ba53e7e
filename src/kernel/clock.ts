/**
 * Kernel time as wall-clock time.
 *
 * Records carry CLOCK_BOOTTIME, which no one can set; people read UTC. The difference between the two moves when
 * the wall clock is set or slewed, so it is measured again as time goes on.
 */
import type { Clocks } from './addon.ts';

/** How old the difference may be, in boot time. */
const FRESH_NS = 1_000_000_000n;

export class BootClock {
  readonly #read: () => Clocks;
  #offsetNs = 0n;
  #measuredNs = -FRESH_NS;

  /** @param read both clocks at one moment: `addon.clocks` */
  constructor(read: () => Clocks) {
    this.#read = read;
    this.#measure();
  }

  /** CLOCK_BOOTTIME, nanoseconds: now. */
  bootNs(): bigint {
    return this.#read().bootNs;
  }

  /** Nanoseconds since 1970: now. */
  unixNs(): bigint {
    return this.#read().unixNs;
  }

  /** Nanoseconds since 1970 of a moment in CLOCK_BOOTTIME nanoseconds. Arrow: it is handed around. */
  readonly toUnixNs = (bootNs: bigint): bigint => {
    if (bootNs - this.#measuredNs >= FRESH_NS) this.#measure();
    return bootNs + this.#offsetNs;
  };

  #measure(): void {
    const { bootNs, unixNs } = this.#read();
    this.#offsetNs = unixNs - bootNs;
    this.#measuredNs = bootNs;
  }
}
