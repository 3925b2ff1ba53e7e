/**
 * What a file of the host says, read again when it has changed.
 *
 * In: a path, and how its text is read. Out: the value; that of an empty text where it cannot be read. Nothing throws.
 */
import { readFileSync, statSync } from 'node:fs';

export class KeptFile<T> {
  readonly #path: string;
  readonly #parse: (text: string) => T;
  #value: T;
  #version = '';

  constructor(path: string, parse: (text: string) => T) {
    this.#path = path;
    this.#parse = parse;
    this.#value = parse('');
  }

  read(): T {
    const before = this.#version;
    try {
      const { mtimeNs, size, ino } = statSync(this.#path, { bigint: true });
      this.#version = `${mtimeNs} ${size} ${ino}`;
      if (this.#version !== before) this.#value = this.#parse(readFileSync(this.#path, 'utf8'));
    } catch {
      this.#version = '';
      if (before !== '') this.#value = this.#parse('');
    }
    return this.#value;
  }
}
