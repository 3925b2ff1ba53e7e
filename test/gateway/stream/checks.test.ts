/** What is wrong with a batch is found before any of it is in a transaction with what other hosts sent. */
import { expect, test } from 'vitest';
import { toLong } from '../../../src/contract/int64.ts';
import type { Usage } from '../../../src/contract/messages.ts';
import { decodedBatch } from '../../../src/gateway/store/received.ts';
import { checkBatch } from '../../../src/gateway/stream/checks.ts';
import { execEvents, numbered } from '../fixtures.ts';

function withUsage(usage: Usage) {
  const [event] = numbered(execEvents(1));
  const { exec: _, ...rest } = event!;
  return decodedBatch({ firstSequence: toLong(1), events: [{ ...rest, usage }] });
}

test('use that no run comes to is refused with its batch', () => {
  expect(() => checkBatch(withUsage({ execs: toLong(7n) }))).not.toThrow();
  expect(() => checkBatch(withUsage({ execs: toLong(2n ** 53n) }))).toThrow(/9007199254740992/);
  expect(() => checkBatch(withUsage({ timeMs: toLong(2n ** 60n) }))).toThrow(/1152921504606846976/);
});
