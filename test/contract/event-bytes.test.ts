/** Events written and read past the generated code: against it, on events with any of their fields. */
import fc from 'fast-check';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { canonicalEvent } from '../../src/contract/canonical.ts';
import { EVENT, MESSAGES, readEventHead } from '../../src/contract/event-reader.ts';
import { EventBuffer, writeEvent } from '../../src/contract/event-writer.ts';
import { toLong } from '../../src/contract/int64.ts';
import { Event } from '../../src/contract/messages.ts';
import { kindOf, logEntry } from '../../src/gateway/store/entry.ts';
import { entryOf } from '../../src/gateway/store/received.ts';
import { execEvent, openEvent } from '../gateway/fixtures.ts';
import { arbitraryEvent, typeOf } from './arbitrary-event.ts';

function written(event: Event): Buffer {
  const target = new EventBuffer(16);
  target.room(1);
  target.buffer[target.at++] = 0xff;
  writeEvent(target, event);
  return Buffer.from(target.buffer.subarray(1, target.at));
}

test('an event is written as the generated encoder writes it, whatever its fields', () => {
  fc.assert(
    fc.property(arbitraryEvent, (event) => {
      expect(written(event).toString('hex')).toBe(Buffer.from(canonicalEvent(event)).toString('hex'));
    }),
    { numRuns: 1000 },
  );
});

test('a process and a decision that events share are written each time', () => {
  const shared = openEvent(1, '/a');
  written(shared);
  const second = { ...shared, sequence: toLong(2) };
  expect(written(second).toString('hex')).toBe(Buffer.from(canonicalEvent(second)).toString('hex'));
});

test('canonical bytes are read as the log would read the decoded event', () => {
  fc.assert(
    fc.property(arbitraryEvent, (event) => {
      const bytes = Buffer.from(canonicalEvent(event));
      const head = readEventHead(bytes, 0, bytes.length);
      if (head) expect(entryOf(head, bytes)).toEqual({ ...logEntry(Event.decode(bytes)), body: bytes });
    }),
    { numRuns: 1000 },
  );
});

test.each([openEvent(7, '/etc/pässwd'), execEvent(8), { sequence: toLong(9), forked: {} }])(
  'what hosts send most is not decoded: %#',
  (event) => {
    const bytes = Buffer.from(canonicalEvent(event));
    expect(readEventHead(bytes, 0, bytes.length)).toMatchObject({ run: event.run ?? '' });
    expect(kindOf(event)).toBe(entryOf(readEventHead(bytes, 0, bytes.length)!, bytes).kind);
  },
);

test('bytes that are taken as they are, are canonical, whatever was done to them', () => {
  const change = fc.record({ at: fc.nat(), byte: fc.nat(255), insert: fc.boolean() });
  fc.assert(
    fc.property(arbitraryEvent, fc.array(change, { minLength: 1, maxLength: 3 }), (event, changes) => {
      let bytes = Buffer.from(canonicalEvent(event));
      for (const { at, byte, insert } of changes) {
        const place = at % (bytes.length + 1);
        bytes = Buffer.concat([
          bytes.subarray(0, place),
          Buffer.of(byte),
          bytes.subarray(place + (insert ? 0 : 1)),
        ]);
      }
      if (readEventHead(bytes, 0, bytes.length)) {
        expect(Buffer.from(canonicalEvent(Event.decode(bytes))).toString('hex')).toBe(bytes.toString('hex'));
      }
    }),
    { numRuns: 3000 },
  );
});

test.each([
  ['a default that was written', '0800'],
  ['a longer varint than need be', '088100'],
  ['fields out of order', '10010801'],
  ['a field twice', '08010801'],
  ['an unknown field', 'fa0600'],
  ['two details', '8201009201 00'],
  ['half a surrogate pair', '1a03eda080'],
  ['a length past the end', '1a05 61'],
  ['a field of another type', '0a0161'],
  ['a boolean that is neither', '4002'],
])('%s is not taken as it is', (_, hex) => {
  const bytes = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  expect(readEventHead(bytes, 0, bytes.length)).toBeUndefined();
});

/** Types of event-reader.ts by those of proto/. */
const TYPES: Readonly<Record<string, number>> = { uint32: 1, uint64: 2, bool: 3, int32: 4, string: 5 };

function sameAsProto(known: readonly number[], type: protobuf.Type): void {
  for (const [number, code] of known.entries()) {
    if (!code) continue;
    const field = type.fieldsById[number]!;
    if (field.resolvedType instanceof protobuf.Type) {
      expect(code, field.fullName).toBeGreaterThanOrEqual(field.repeated ? 64 : 16);
      if (field.resolvedType !== type) sameAsProto(MESSAGES[(code - 16) % 48]!, field.resolvedType);
    } else {
      const expected = field.resolvedType ? 4 : TYPES[field.type]! + (field.repeated ? 1 : 0);
      expect(code, field.fullName).toBe(expected);
    }
  }
}

test('the fields that are read have the types of proto/', () => {
  sameAsProto(EVENT, typeOf('Event'));
});
