/** Frames are put together whatever pieces they come in; what is none is refused. */
import { expect, test } from 'vitest';
import { FRAME, FrameReader, frame, jsonFrame } from '../../src/runtime/local/frames.ts';

test('frames come out as they went in, cut anywhere', () => {
  const frames = [
    frame(FRAME.event, Buffer.from([1, 2, 3])),
    jsonFrame({ signal: 15 }),
    frame(FRAME.event, Buffer.alloc(0)),
  ];
  const bytes = Buffer.concat(frames);
  for (let size = 1; size <= bytes.length; size++) {
    const reader = new FrameReader();
    const found: [number, string][] = [];
    for (let at = 0; at < bytes.length; at += size) {
      for (const { kind, content } of reader.read(bytes.subarray(at, at + size)))
        found.push([kind, content.toString('latin1')]);
    }
    expect(found).toEqual([
      [FRAME.event, '\x01\x02\x03'],
      [FRAME.json, '{"signal":15}'],
      [FRAME.event, ''],
    ]);
  }
});

test.each(['00000000', 'ffffffff', '00800001'])(
  'a length of 0x%s is refused before anything is kept for it',
  (length) => {
    expect(() => [...new FrameReader().read(Buffer.from(`${length}01`, 'hex'))]).toThrow(
      /a frame of \d+ bytes/,
    );
  },
);

test('of a request that is too large is said how much is taken, and what to make smaller', () => {
  expect(() => [...new FrameReader().read(Buffer.from('0080000101', 'hex'))]).toThrow(
    expect.objectContaining({
      message: expect.stringContaining('at most 8388608 are taken'),
      fix: expect.stringContaining('command line and the environment'),
    }),
  );
});
