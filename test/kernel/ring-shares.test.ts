/** One run that writes faster than anybody reads: what the others tell comes all the same, and what is lost is counted. */
import { afterEach, expect, test } from 'vitest';
import { enums, layout } from '../../src/kernel/generated/layout.ts';
import { allowEverything, attachedSensor, cleanUp, holdLoop, label } from './addon-fixtures.ts';

afterEach(cleanUp);

const [FLOODING, OTHER] = [1, 2] as const;
const RING_BYTES = 1 << 16;
const FLOOD = 1_000;
const FEW = 5;
const HEAD = layout.event_head.fields;

test.each([
  ['what goes ahead', 'EVENT_OPEN', 'open F, "<", "/etc/hostname" or exit 1; close F;', ''],
  [
    'refusals',
    'EVENT_CONNECT',
    'connect(S, $to) and exit 1;',
    'use Socket; socket(S, AF_INET, SOCK_DGRAM, 0) or exit 1; $to = pack_sockaddr_in(9, inet_aton("127.0.0.9"));',
  ],
] as const)('a flood of %s leaves room for those of another run', async (_, name, step, before) => {
  const sensor = attachedSensor({ decisionsBytes: RING_BYTES, observationsBytes: RING_BYTES });
  allowEverything(sensor, [FLOODING, OTHER]);
  for (const [run, times] of [
    [FLOODING, FLOOD],
    [OTHER, FEW],
  ] as const) {
    const loop = await holdLoop(times, step, before);
    sensor.labelProcess(loop.pid, label(run));
    expect(await loop.finish()).toBe(0);
  }
  const kind = enums.event_kind[name];
  const lost = Number(sensor.losses()[kind * enums.loss_cause.LOSS_CAUSES + enums.loss_cause.LOSS_RING_FULL]);
  const come = { [FLOODING]: 0, [OTHER]: 0 } as Record<number, number>;
  sensor.start((batch) => {
    for (let at = 0; at < batch.length; at += batch.readUInt32LE(at + HEAD.size.offset)) {
      if (batch.readUInt16LE(at + HEAD.kind.offset) === kind)
        come[batch.readUInt32LE(at + HEAD.run.offset)]!++;
    }
  });
  await sensor.flush();
  expect(come[OTHER]).toBe(FEW);
  expect(lost).toBeGreaterThan(FLOOD / 10);
  expect(come[FLOODING]! + lost).toBe(FLOOD);
});
