/**
 * The work that one string may cost. Whoever goes over text a second time, or does more with it than a few looks, pays;
 * when nothing is left the string is redacted whole, so that no input, however it is built, costs more than its length
 * allows.
 *
 * The unit is a nanosecond on a machine like CI's, roughly: an honest text of nothing but look-alikes takes 10 a
 * character, one of nothing but secrets 30, the allowance is several times that, and a hostile string of 128 KB stays well below 50 ms.
 */
const ALLOWANCE_PER_CHARACTER = 70;
const ALLOWANCE = 100_000;

/** Reading one character in a loop. */
const READ = 2;

export class Work {
  /** Below zero: spent. */
  left = 0;
  /** What `left` began with. */
  allowed = 0;

  /** A new string of `length` characters. */
  reset(length: number): void {
    this.allowed = length * ALLOWANCE_PER_CHARACTER + ALLOWANCE;
    this.left = this.allowed;
  }

  get spent(): boolean {
    return this.left < 0;
  }

  /** Pays for `characters` that were read. */
  read(characters: number): void {
    this.left -= characters * READ;
  }

  /** Pays beforehand for reading `characters`. False when so much is not left: then the work is spent, and is not begun. */
  affords(characters: number): boolean {
    this.left = this.left < characters * READ ? -1 : this.left - characters * READ;
    return this.left >= 0;
  }

  /** Pays for something else. */
  spend(cost: number): void {
    this.left -= cost;
  }
}

/** What dearer things cost, in the unit of `Work`. */
export const COST = {
  /** A call that copies a few characters into a string, or a small regular expression on them. */
  string: 150,
  /** The patterns of harmless values on one value. */
  patterns: 700,
  /** The patterns of whole commands on one of their characters: there are many, and they may begin at each. */
  commandCharacter: 50,
  /** Going through a command for the secrets of one program, besides its words. */
  command: 200,
  /** A look at one of them. */
  word: 5,
  /** Trying a form, besides the characters that it reads. */
  form: 60,
  /** A finding: noted, merged, replaced. */
  finding: 400,
  /** Judging the words of a name. */
  name: 150,
  /** A row of cells besides its characters: where each begins, the look at one of them. */
  row: 10,
  /** A scan besides its characters. */
  scan: 2500,
  /** Decoding a run, with what a scan costs besides its characters. */
  decode: 500,
} as const;
