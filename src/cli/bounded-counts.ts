/**
 * Counts by key, in bounded memory: past `limit` keys, or where their names have no room any more, new ones are counted
 * together.
 */
export interface Count {
  key: string;
  count: number;
}

/** For the names of several tables together. */
export class KeyRoom {
  #characters: number;

  constructor(characters: number) {
    this.#characters = characters;
  }

  /** False where there is no room for it. */
  take(key: string): boolean {
    if (key.length > this.#characters) return false;
    this.#characters -= key.length;
    return true;
  }
}

export class BoundedCounts {
  readonly #limit: number;
  readonly #room: KeyRoom | undefined;
  readonly #counts = new Map<string, number>();
  /** Sum over all keys, those that had no room included. */
  total = 0;
  /** Counted without a key of their own. */
  beyond = 0;

  constructor(limit: number, room?: KeyRoom) {
    this.#limit = limit;
    this.#room = room;
  }

  add(key: string, count = 1): void {
    this.total += count;
    const known = this.#counts.get(key);
    if (known === undefined && !this.#hasRoom(key)) this.beyond += count;
    else this.#counts.set(key, (known ?? 0) + count);
  }

  #hasRoom(key: string): boolean {
    return this.#counts.size < this.#limit && (this.#room?.take(key) ?? true);
  }

  /** Most frequent first, equal ones by name. */
  sorted(): Count[] {
    return [...this.#counts]
      .map(([key, count]) => ({ key, count }))
      .sort((a, b) => b.count - a.count || (a.key < b.key ? -1 : 1));
  }
}
