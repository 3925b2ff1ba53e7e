/**
 * Which address was given for which name, from the resolver's thread to the runtime's, through memory that both have. Who
 * reads looks when it comes to records that need it: a message would wake it while an answer is about to go out, and both
 * would want the processor.
 *
 * In:  one thread writes. Out: one other reads the same, in order. What does not fit is refused, never written over.
 */
export interface Given {
  run: number;
  /** Numeric. */
  address: string;
  /** In normal form, which is ASCII. */
  name: string;
}

const SLOTS = 256;
const ADDRESS_MOST = 45;
const NAME_MOST = 253;
/** A run's number, two lengths, an address, a name; a whole number of words. */
const SLOT_BYTES = 304;
/** Words in front of the slots: how many were written, how many were read. */
const [WRITTEN, READ] = [0, 1] as const;
const HEAD_BYTES = 8;

export class GivenRing {
  readonly #counts: Int32Array;
  readonly #slots: Buffer;

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(HEAD_BYTES + SLOTS * SLOT_BYTES);
  }

  constructor(memory: SharedArrayBuffer) {
    this.#counts = new Int32Array(memory, 0, 2);
    this.#slots = Buffer.from(memory, HEAD_BYTES);
  }

  /** False: there is no room. */
  add({ run, address, name }: Given): boolean {
    const written = this.#counts[WRITTEN]!;
    if (((written - Atomics.load(this.#counts, READ)) | 0) >= SLOTS) return false;
    if (address.length > ADDRESS_MOST || name.length > NAME_MOST) return false;
    const at = slotOf(written);
    this.#slots.writeUInt32LE(run, at);
    this.#slots[at + 4] = address.length;
    this.#slots[at + 5] = name.length;
    this.#slots.write(address + name, at + 6, 'latin1');
    Atomics.store(this.#counts, WRITTEN, (written + 1) | 0);
    return true;
  }

  /** What was added since it was read last. */
  *read(): Generator<Given> {
    for (
      let read = this.#counts[READ]!;
      read !== Atomics.load(this.#counts, WRITTEN);
      read = (read + 1) | 0
    ) {
      const at = slotOf(read);
      const middle = at + 6 + this.#slots[at + 4]!;
      const given = {
        run: this.#slots.readUInt32LE(at),
        address: this.#slots.toString('latin1', at + 6, middle),
        name: this.#slots.toString('latin1', middle, middle + this.#slots[at + 5]!),
      };
      Atomics.store(this.#counts, READ, (read + 1) | 0);
      yield given;
    }
  }
}

function slotOf(count: number): number {
  return ((count >>> 0) % SLOTS) * SLOT_BYTES;
}
