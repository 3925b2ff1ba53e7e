/**
 * The content of one open file as the kernel is told of it: struct content_request of bpf/policy.h.
 *
 * In:     a descriptor that is open for reading.
 * Out:    a lease on it, what the kernel has there (`look`), and with a digest a row in the map `contents`.
 * Throws: WarderError KERNEL_LEASE, KERNEL_CONTENT.
 */
import { loadAddon, type NativeSensor } from './addon.ts';
import { enums, layout } from './generated/layout.ts';
import { explaining } from './kernel-error.ts';

const REQUEST = layout.content_request;
const KEY_BYTES = layout.content_key.size;
const DIGEST_AT = REQUEST.fields.content.offset + layout.content.fields.digest.offset;
const { CONTENT_NOTED } = enums.content_answer;

/** What the kernel has at a descriptor. Bytes of a struct content_request; only ever handed back. */
export interface Look {
  /** Key of its row, as text. */
  key: string;
  /** Change time and size, as text. */
  identity: string;
  request: Buffer;
}

export class KernelContents {
  readonly #native: NativeSensor;

  constructor(native: NativeSensor) {
    this.#native = native;
  }

  /** A read lease on the file; false where somebody writes it, or where there are no leases. */
  lease(descriptor: number): boolean {
    return explaining(() => loadAddon().takeLease(descriptor));
  }

  /** False once somebody waits for the lease to be given up. */
  inPeace(descriptor: number): boolean {
    return explaining(() => loadAddon().leaseInPeace(descriptor));
  }

  /** What is there, under the lease; null for what has no content that could be told. */
  look(descriptor: number): Look | null {
    const request = Buffer.alloc(REQUEST.size);
    request.writeUInt32LE(descriptor, REQUEST.fields.descriptor.offset);
    const told = explaining(() => this.#native.noteContent(request));
    if (told.answer !== CONTENT_NOTED) return null;
    const { fields } = layout.content;
    const at = REQUEST.fields.content.offset;
    const [ctime, size] = [fields.ctime_ns, fields.size_bytes].map(({ offset }) =>
      told.request.readBigUInt64LE(at + offset),
    );
    return { key: keyOf(told.request).toString('hex'), identity: `${ctime} ${size}`, request: told.request };
  }

  /** Tells the kernel the digest; false where the file is no longer what `look` saw. */
  note({ request }: Look, digest: Buffer): boolean {
    const noting = Buffer.from(request);
    noting.writeUInt32LE(1, REQUEST.fields.write.offset);
    digest.copy(noting, DIGEST_AT);
    return explaining(() => this.#native.noteContent(noting)).answer === CONTENT_NOTED;
  }

  forget({ request }: Look): void {
    explaining(() => this.#native.mapDelete('contents', keyOf(request), 1));
  }
}

function keyOf(request: Buffer): Buffer {
  const { offset } = REQUEST.fields.key;
  return request.subarray(offset, offset + KEY_BYTES);
}
