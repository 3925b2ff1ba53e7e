/**
 * Compared with protobufjs' reflection on proto/, which shares no code with event-json.ts.
 */
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { beforeAll, expect, test } from 'vitest';
import { eventJson, loggedEventJson } from '../../src/cli/event-json.ts';
import { toLong } from '../../src/contract/int64.ts';
import { Event, LoggedEvent, NetworkKind, Outcome, Reason, Verdict } from '../../src/contract/messages.ts';
import { AGENT, connect, denied, event, exec, NO_CURL, open, own } from './events.ts';

let loggedEvent: protobuf.Type;

beforeAll(async () => {
  const root = new protobuf.Root();
  const folder = fileURLToPath(new URL('../../proto/', import.meta.url));
  root.resolvePath = (_origin, target) => folder + target;
  await root.load('warder/v1/event.proto');
  loggedEvent = root.lookupType('warder.v1.LoggedEvent');
});

const would = {
  verdict: Verdict.VERDICT_HOLD,
  reason: Reason.REASON_RULE,
  rule: { ...NO_CURL, effect: 'hold' },
};
const EVENTS: [string, Event][] = [
  ['exec', { ...exec(0, ['/usr/bin/git', '', 'x']), redactions: [{ kind: 'jwt', count: 1 }], cut: true }],
  ['refused exec', exec(1, ['/usr/bin/curl'], denied(Outcome.OUTCOME_PREVENTED, 'exec', NO_CURL))],
  ['monitored', exec(1, ['/usr/bin/curl'], { verdict: Verdict.VERDICT_ALLOW, would })],
  ['open', open(2, '/w/a', { write: true, inode: toLong(2n ** 63n + 1n), device: 7 })],
  ['network', connect(3, { kind: NetworkKind.KIND_SEND })],
  ['fork', event(4, { forked: {} })],
  ['exit', event(5, { exited: { code: 0 } })],
  ['loss', own(6, { loss: { counts: [{ kind: 'open', cause: 'ring_full', records: toLong(7) }] } })],
  ['start', own(7, { runStarted: { argv: ['a'], workspace: '/w' } })],
  ['end', own(8, { runEnded: { code: -1, stragglers: 2 } })],
  ['notice', own(9, { notice: { kind: 'policy', text: 'version 2' } })],
];

test.each(EVENTS)('%s: as ProtoJSON has it', (_, one) => {
  const logged: LoggedEvent = { index: toLong(12), host: 'h', boot: 'b', origin: 'o', event: one };
  const bytes = LoggedEvent.encode(logged).finish();
  const reflected = loggedEvent.toObject(loggedEvent.decode(bytes), {
    longs: String,
    enums: String,
    json: true,
  });
  expect(JSON.parse(loggedEventJson(LoggedEvent.decode(bytes)))).toEqual(reflected);
});

test.each(EVENTS)('%s: the same before it was sent as after', (_, one) => {
  const decoded = Event.decode(Event.encode(one).finish());
  expect(JSON.parse(eventJson(one))).toEqual(JSON.parse(eventJson(decoded)));
});

test('the first index of a log stands there, although it is the default', () => {
  expect(JSON.parse(loggedEventJson({ event: {} }))).toEqual({ index: '0', event: {} });
});

test('nanoseconds are exact', () => {
  const time = toLong(1_767_225_600_123_456_789n);
  expect(JSON.parse(eventJson({ timeUnixNs: time, agent: AGENT }))).toEqual({
    timeUnixNs: '1767225600123456789',
    agent: AGENT,
  });
});

test('an event is one line, whatever its strings hold', () => {
  expect(eventJson(exec(0, ['/a\nb\u2028']))).not.toContain('\n');
});
