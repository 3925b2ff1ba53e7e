/**
 * Exec ids: which process, on which boot. `<first 8 digits of the boot id>-<tgid>-<start>`, the last two in
 * base 36, start in nanoseconds of CLOCK_BOOTTIME. A pid alone is reused; this is not, and it is the same
 * after Warder restarts.
 */
export class ExecIds {
  readonly #boot: string;

  /** @param boot boot id of the kernel, a UUID */
  constructor(boot: string) {
    this.#boot = boot.slice(0, 8);
  }

  of(tgid: number, startNs: bigint): string {
    return `${this.#boot}-${tgid.toString(36)}-${startNs.toString(36)}`;
  }
}
