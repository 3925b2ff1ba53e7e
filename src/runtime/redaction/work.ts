/**
 * The work that one string may cost. Every scan that goes over text a second time pays for what it reads;
 * when nothing is left the string is redacted whole, so that no input, however it is built, costs more than
 * its length allows.
 */
export class Work {
  /** Characters that may still be looked at. Below zero: spent. */
  left = 0;

  /** A new string of `length` characters. */
  reset(length: number): void {
    this.left = length * STEPS_PER_CHARACTER + STEPS_FREE;
  }

  get spent(): boolean {
    return this.left < 0;
  }
}

/** Measured: dense but honest text (JSON of nothing but credentials) needs 9; 128 KB at this rate stay under 50 ms. */
const STEPS_PER_CHARACTER = 64;
const STEPS_FREE = 20_000;
