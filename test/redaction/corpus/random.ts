/**
 * Seeded randomness for the corpus: the same seed gives the same corpus on every machine.
 */
const DIGITS = '0123456789';
const LOWER = 'abcdefghijklmnopqrstuvwxyz';
const UPPER = LOWER.toUpperCase();

export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** In [0, 1). Mulberry32. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  }

  /** A whole number from `from` to `to`, both included. */
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.next() * items.length)]!;
  }

  of(alphabet: string, length: number): string {
    let out = '';
    for (let i = 0; i < length; i++) out += alphabet[Math.floor(this.next() * alphabet.length)];
    return out;
  }

  digits = (length: number): string => this.of(DIGITS, length);
  hex = (length: number): string => this.of('0123456789abcdef', length);
  hexUpper = (length: number): string => this.of('0123456789ABCDEF', length);
  lower = (length: number): string => this.of(LOWER + DIGITS, length);
  upper = (length: number): string => this.of(UPPER + DIGITS, length);
  alnum = (length: number): string => this.of(LOWER + UPPER + DIGITS, length);
  base32 = (length: number): string => this.of(`${UPPER}234567`, length);
  base32Lower = (length: number): string => this.of(`${LOWER}234567`, length);
  base58 = (length: number): string =>
    this.of('123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz', length);
  base64 = (length: number): string => this.of(`${LOWER}${UPPER}${DIGITS}+/`, length);
  base64url = (length: number): string => this.of(`${LOWER}${UPPER}${DIGITS}-_`, length);

  uuid = (): string => {
    const h = this.hex(32);
    return `${h.slice(0, 8)}-${h.slice(8, 12)}-4${h.slice(13, 16)}-a${h.slice(17, 20)}-${h.slice(20)}`;
  };

  /** Bytes of which a secret is made. */
  bytes = (length: number): Buffer => Buffer.from(Array.from({ length }, () => this.int(0, 255)));
}
