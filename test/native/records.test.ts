/**
 * Batches that no kernel of this build writes are refused, with the numbers. The bytes are laid out by hand from
 * bpf/event.h, not by the offsets that the decoder uses; records of the real kernel are in test/kernel.
 */
import { expect, test } from 'vitest';
import type { OpenEvent } from '../../src/kernel/events.ts';
import { decodeBatch } from '../../src/kernel/records.ts';

const PATH_AT = 112;

/** An open of `path` by comm `node`, allowed by rule 7. */
function openRecord(path: string, change: (record: Buffer) => void = () => {}): Buffer {
  const bytes = Buffer.from(path);
  const record = Buffer.alloc((PATH_AT + bytes.length + 1 + 7) & ~7);
  record.writeUInt32LE(record.length, 0);
  record.writeUInt16LE(4, 4); // EVENT_OPEN
  record.writeBigUInt64LE(1_000n, 8);
  record.writeUInt32LE(42, 24); // tgid
  record.writeUInt8(1, 40); // VERDICT_ALLOW
  record.writeUInt8(1, 41);
  record.writeUInt8(1, 42); // REASON_RULE
  record.writeUInt8(1, 43);
  record.writeUInt32LE(7, 48); // rule
  record.writeUInt32LE(7, 52);
  record.write('node', 64);
  record.writeUInt16LE(PATH_AT, 108);
  record.writeUInt16LE(bytes.length, 110);
  bytes.copy(record, PATH_AT);
  change(record);
  return record;
}

const refusal = (record: Buffer): string => {
  try {
    decodeBatch(record);
  } catch (error) {
    expect(error).toMatchObject({ code: 'KERNEL_RECORD', fix: expect.stringMatching(/make build/) });
    return (error as Error).message;
  }
  return 'decoded';
};

test('nothing decodes to nothing', () => {
  expect(decodeBatch(Buffer.alloc(0))).toEqual([]);
});

test('a record alone, several, and one that does not begin on an eight-byte boundary', () => {
  const record = openRecord('/etc/hosts');
  const [event] = decodeBatch(record) as OpenEvent[];
  expect(event).toMatchObject({ kind: 'open', tgid: 42, timeNs: 1_000n, path: '/etc/hosts', comm: 'node' });
  expect(event!.ruling).toEqual({ verdict: 'allow', reason: 'rule', layer: 0, rule: 7 });
  expect(decodeBatch(Buffer.concat([record, openRecord('/a'), record]))).toHaveLength(3);
  const shifted = Buffer.concat([Buffer.alloc(3), record]).subarray(3);
  expect(decodeBatch(shifted)).toEqual([event]);
});

test('an event keeps nothing of its batch', () => {
  const record = openRecord('/etc/hosts');
  const [event] = decodeBatch(record) as OpenEvent[];
  record.fill(0xff);
  expect(event).toMatchObject({ path: '/etc/hosts', comm: 'node', timeNs: 1_000n });
});

test('what would be is told apart from what is in force, and is the same object where they agree', () => {
  const [same] = decodeBatch(openRecord('/a'));
  expect(same!.would).toBe(same!.ruling);
  const [other] = decodeBatch(
    openRecord('/a', (record) => {
      record.writeUInt8(3, 41); // VERDICT_DENY
      record.writeUInt8(2, 43); // REASON_NO_RULE
      record.writeUInt8(5, 45); // layer
      record.writeUInt32LE(0, 52);
    }),
  );
  expect(other!.ruling).toEqual({ verdict: 'allow', reason: 'rule', layer: 0, rule: 7 });
  expect(other!.would).toEqual({ verdict: 'deny', reason: 'no_rule', layer: 5, rule: 0 });
});

test('a name of sixteen bytes has no NUL and ends with its field', () => {
  const [event] = decodeBatch(openRecord('/a', (record) => record.write('abcdefghijklmnop', 64)));
  expect(event!.comm).toBe('abcdefghijklmnop');
});

test.each<[string, (record: Buffer) => void, RegExp]>([
  ['more than there is', (r) => r.writeUInt32LE(4096, 0), /at byte 0 of a batch says 4096 bytes, 128 left/],
  [
    'less than its kind has',
    (r) => r.writeUInt32LE(104, 0),
    /says 104 bytes, but one of kind 4 has 112 or more/,
  ],
  [
    'no eights',
    (r) => r.writeUInt32LE(116, 0),
    /says 116 bytes, but one of kind 4 has 112 or more, in eights/,
  ],
  ['zero', (r) => r.writeUInt32LE(0, 0), /says 0 bytes/],
  ['kind 0', (r) => r.writeUInt16LE(0, 4), /is of kind 0, which is none/],
  ['a kind of tomorrow', (r) => r.writeUInt16LE(200, 4), /is of kind 200, which is none/],
  ['a verdict of tomorrow', (r) => r.writeUInt8(9, 40), /has verdict 9 for reason 1, one of which is none/],
  ['a reason of tomorrow', (r) => r.writeUInt8(77, 43), /has verdict 1 for reason 77/],
  ['an outcome of tomorrow', (r) => r.writeUInt8(9, 56), /has outcome 9, which is none/],
  ['a path in the head', (r) => r.writeUInt16LE(64, 108), /has a string at bytes 64 to 74 of 128/],
  ['a path beyond its end', (r) => r.writeUInt16LE(120, 108), /has a string at bytes 120 to 130 of 128/],
  ['a path without end', (r) => r.writeUInt8(0x41, PATH_AT + 10), /or none that ends there/],
])('a record that says %s is refused', (_, change, message) => {
  expect(refusal(openRecord('/etc/hosts', change))).toMatch(message);
});

test('a batch with a cut record is refused, with the byte at which that begins', () => {
  const record = openRecord('/etc/hosts');
  const cut = Buffer.concat([record, record]).subarray(0, -8);
  expect(refusal(cut)).toBe('the record at byte 128 of a batch says 128 bytes, 120 left');
  expect(refusal(record.subarray(0, 40))).toMatch(/has no room for its head of 80 bytes, 40 left/);
});
