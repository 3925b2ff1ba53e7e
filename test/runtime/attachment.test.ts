/** Programs go in with the first run, and stay for what follows soon. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Attachment } from '../../src/runtime/attachment.ts';

const calls: string[] = [];
const failures: unknown[] = [];
const sensor = { attach: () => void calls.push('attach'), detach: () => void calls.push('detach') };
const attachment = () => new Attachment(sensor, (error) => failures.push(error));

beforeEach(() => {
  calls.length = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

test('runs that follow each other find the programs in place; some time after the last one they go', () => {
  const programs = attachment();
  programs.enter();
  programs.leave();
  vi.advanceTimersByTime(4_999);
  programs.enter();
  vi.advanceTimersByTime(60_000);
  expect(calls).toEqual(['attach']);
  programs.leave();
  vi.advanceTimersByTime(5_000);
  expect(calls).toEqual(['attach', 'detach']);
  programs.enter();
  expect(calls).toEqual(['attach', 'detach', 'attach']);
});

test('a run that failed before anything was attached leaves nothing that the next one would rely on', () => {
  const programs = attachment();
  programs.leave();
  programs.enter();
  expect(calls).toEqual(['attach']);
});

test('what was taken over is in place, and goes like what was attached', () => {
  const programs = attachment();
  programs.taken();
  programs.enter();
  expect(calls).toEqual([]);
  programs.leave();
  vi.advanceTimersByTime(5_000);
  expect(calls).toEqual(['detach']);
  programs.enter();
  expect(calls).toEqual(['detach', 'attach']);
});

test('at the end what only lingers goes at once, and what is in use stays', () => {
  const used = attachment();
  used.enter();
  used.close();
  expect(calls).toEqual(['attach']);
  const left = attachment();
  left.enter();
  left.leave();
  left.close();
  vi.advanceTimersByTime(60_000);
  expect(calls).toEqual(['attach', 'attach', 'detach']);
});

test('a failure on the way out is told', () => {
  const failing = new Attachment(
    {
      ...sensor,
      detach: () => {
        throw new Error('no');
      },
    },
    (error) => failures.push(error),
  );
  failing.enter();
  failing.leave();
  vi.advanceTimersByTime(5_000);
  expect(failures).toEqual([new Error('no')]);
});
