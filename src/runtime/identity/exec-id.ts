/** Processes whose ids are kept at hand. */
const MOST_KNOWN = 32_768;

/**
 * Exec ids: which process, on which boot. `<first 8 digits of the boot id>-<tgid>-<start>`, the last two in
 * base 36, start in nanoseconds of CLOCK_BOOTTIME. A pid alone is reused; this is not, and it is the same
 * after Warder restarts.
 */
export class ExecIds {
  readonly #boot: string;
  /** By process number: of the process that had it last. */
  readonly #last = new Map<number, { startNs: bigint; id: string }>();

  /** @param boot boot id of the kernel, a UUID */
  constructor(boot: string) {
    this.#boot = boot.slice(0, 8);
  }

  of(tgid: number, startNs: bigint): string {
    const known = this.#last.get(tgid);
    if (known?.startNs === startNs) return known.id;
    const id = `${this.#boot}-${tgid.toString(36)}-${startNs.toString(36)}`;
    if (this.#last.size >= MOST_KNOWN) this.#last.clear();
    this.#last.set(tgid, { startNs, id });
    return id;
  }
}
