/** Field masks: the table of fields is that of proto/, and a mask leaves what it names. */
import { join } from 'node:path';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { toLong } from '../../../src/contract/int64.ts';
import { LoggedEvent, Outcome } from '../../../src/contract/messages.ts';
import { FIELDS, fieldMask } from '../../../src/gateway/stream/field-mask.ts';
import { denied, NO_CURL } from '../../cli/events.ts';
import { execEvent } from '../fixtures.ts';

const root = new protobuf.Root();
root.resolvePath = (_, file) => join('proto', file);
root.loadSync('warder/v1/event.proto', { keepCase: true });
root.resolveAll();

const reflected = (name: string) => root.lookupType(`warder.v1.${name}`);

test('the fields are those of proto/warder/v1/event.proto', () => {
  const found: Record<string, Record<string, string>> = {};
  const visit = (name: string): void => {
    if (found[name]) return;
    found[name] = {};
    for (const field of reflected(name).fieldsArray) {
      const type = field.resolvedType instanceof protobuf.Type ? field.resolvedType : undefined;
      const child = type?.fullName.replace('.warder.v1.', '') ?? '';
      found[name][field.name] = child;
      if (child) visit(child);
    }
  };
  visit('LoggedEvent');
  expect(FIELDS).toEqual(found);
});

const logged = LoggedEvent.decode(
  LoggedEvent.encode({
    index: toLong(7),
    host: 'host-a',
    boot: 'b',
    event: { ...execEvent(1, '/usr/bin/curl'), decision: denied(Outcome.OUTCOME_PREVENTED, 'exec', NO_CURL) },
  }).finish(),
);
const masked = (...fields: string[]) =>
  JSON.parse(JSON.stringify(LoggedEvent.decode(LoggedEvent.encode(fieldMask(fields)(logged)).finish())));

test('a mask leaves what it names, and the index', () => {
  expect(masked('host')).toEqual({ index: '7', host: 'host-a' });
  expect(masked('event.exec.path', 'event.process.pid')).toEqual({
    index: '7',
    event: { process: { pid: 1 }, exec: { path: '/usr/bin/curl' } },
  });
  expect(masked('event.exec', 'event.exec.path').event.exec).toMatchObject({ workingDirectory: '/srv/work' });
  expect(masked('event.exec.path', 'event.exec').event.exec).toMatchObject({ workingDirectory: '/srv/work' });
  expect(masked('event.decision.rule.pattern').event).toEqual({
    decision: { rule: { pattern: '/usr/bin/curl' } },
  });
  expect(masked('event.file_open.path')).toEqual({ index: '7', event: {} });
});

test.each([
  ['event.nosuch', /the field 'event.nosuch'/],
  ['event.exec.path.more', /the field 'event.exec.path.more'/],
  ['__proto__', /the field '__proto__'/],
  ['', /the field ''/],
])('%s names no field', (field, why) => {
  expect(() => fieldMask([field])).toThrow(why);
});
