/**
 * Which process an event is of, without decoding the event: a question about a subtree looks at every event of a run.
 *
 * In:  a canonical Event (contract/canonical.ts): fields in the order of their numbers.
 * Out: its process's exec id; empty where there is none.
 */
const PROCESS_FIELD = 5;
const EXEC_ID_TAG = 0x0a;
const LENGTH_DELIMITED = 2;
const VARINT = 0;

export function execIdOf(event: Uint8Array): string {
  const bytes = Buffer.from(event.buffer, event.byteOffset, event.byteLength);
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [field, wire] = [tag >> 3, tag & 7];
    if (field > PROCESS_FIELD || (wire !== VARINT && wire !== LENGTH_DELIMITED)) return '';
    const value = varint();
    if (wire === VARINT) continue;
    if (field < PROCESS_FIELD) at += value;
    else if (bytes[at++] !== EXEC_ID_TAG) return '';
    else {
      const length = varint();
      return bytes.toString('utf8', at, at + length);
    }
  }
  return '';
}
