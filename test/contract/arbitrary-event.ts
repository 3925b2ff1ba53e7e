/**
 * Events with any of their fields set to anything, from proto/ itself: a field that is new there is in them.
 */
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import Long from 'long';
import protobuf from 'protobufjs';
import type { Event } from '../../src/contract/messages.ts';

const root = protobuf.loadSync(fileURLToPath(new URL('../../proto/warder/v1/event.proto', import.meta.url)));

export function typeOf(name: string): protobuf.Type {
  return root.lookupType(`warder.v1.${name}`).resolveAll() as protobuf.Type;
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '/usr/lib/x86_64-linux-gnu/libc.so.6', '\ud800', 'é'.repeat(70), 'x'.repeat(300)),
);
const u32 = fc.oneof(fc.nat(300), fc.integer({ min: 0, max: 0xffffffff }));
const u64 = fc
  .oneof(fc.bigInt({ min: 0n, max: 300n }), fc.bigInt({ min: 0n, max: (1n << 53n) - 1n }))
  .map((value) => Long.fromString(String(value), true));

function scalar(field: protobuf.Field, depth: number): fc.Arbitrary<unknown> {
  if (field.resolvedType instanceof protobuf.Type) return message(field.resolvedType, depth + 1);
  if (field.resolvedType) return fc.constantFrom(...Object.values(field.resolvedType.values));
  if (field.type === 'string') return text;
  if (field.type === 'bool') return fc.boolean();
  if (field.type === 'uint64') return u64;
  return field.type === 'int32' ? fc.integer() : u32;
}

function message(type: protobuf.Type, depth: number): fc.Arbitrary<object> {
  if (depth > 3) return fc.constant({});
  const plain = type.fieldsArray.filter(({ partOf }) => !partOf);
  const fields = Object.fromEntries(
    plain.map((field) => {
      const one = scalar(field, depth);
      return [field.name, field.repeated ? fc.array(one, { maxLength: 3 }) : one];
    }),
  );
  const [choice] = type.oneofsArray.filter(({ name }) => !name.startsWith('_'));
  const detail = choice
    ? fc.oneof(
        fc.constant({}),
        ...choice.fieldsArray.map((field) => scalar(field, depth).map((value) => ({ [field.name]: value }))),
      )
    : fc.constant({});
  return fc
    .tuple(fc.record(fields, { requiredKeys: [] }), detail)
    .map(([some, one]) => ({ ...some, ...one }));
}

export const arbitraryEvent = message(typeOf('Event'), 0) as fc.Arbitrary<Event>;
