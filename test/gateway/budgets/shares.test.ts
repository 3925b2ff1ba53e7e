/** All shares of a window together never pass its amount, however late, cut off or gone runtimes are. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Budget } from '../../../src/contract/budgets.ts';
import { isTold, keeps, newPool, newUser } from '../../../src/gateway/budgets/pool.ts';
import { shareOf, sumOf, without } from '../../../src/gateway/budgets/shares.ts';

interface Runtime {
  used: number;
  held: number;
  /** What it was told and has not taken in yet, oldest first; the last one that it keeps to. */
  mail: number[];
  keeps: number;
}

type Step = { kind: 'join' | 'tell' | 'read' | 'answer' | 'use' | 'cut'; who: number; amount: number };

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('join', 'tell', 'read', 'answer', 'use', 'use', 'cut') as fc.Arbitrary<
      Step['kind']
    >,
    who: fc.nat(4),
    amount: fc.nat(30),
  }),
  { maxLength: 120, size: 'max' },
);

test('whatever runtimes do and miss, they use no more than the amount', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 200 }), steps, (amount, plan) => {
      const here: Runtime[] = [];
      const gone: Runtime[] = [];
      for (const { kind, who, amount: more } of plan) {
        if (kind === 'join' && here.length < 4) here.push({ used: 0, held: 0, mail: [], keeps: 0 });
        const runtime = here[who % Math.max(1, here.length)];
        if (!runtime) continue;
        if (kind === 'read') runtime.keeps = runtime.mail.shift() ?? runtime.keeps;
        // It keeps to the smallest that it has read last; what it uses it tells at once or late.
        if (kind === 'use')
          runtime.used = Math.max(runtime.used, Math.min(runtime.keeps, runtime.used + more));
        if (kind === 'answer')
          runtime.held = Math.max(runtime.keeps, runtime.mail.at(-1) ?? 0, ...runtime.mail);
        if (kind === 'cut') gone.push(...here.splice(here.indexOf(runtime), 1));
        if (kind === 'tell') {
          const lost = sumOf(gone);
          const { share } = shareOf(amount, lost, runtime, without(sumOf(here), runtime));
          runtime.mail.push(share);
          runtime.held = Math.max(runtime.held, share);
        }
        const used = [...here, ...gone].reduce((sum, each) => sum + each.used, 0);
        expect(used).toBeLessThanOrEqual(amount);
      }
    }),
    { numRuns: 500 },
  );
});

test('one runtime alone may use all of it; of two, each half of what is left', () => {
  const none = { used: 0, held: 0 };
  const alone = { used: 0, held: 0 };
  expect(shareOf(100, none, alone, sumOf([]))).toEqual({ share: 100, reserved: false });
  const first = { used: 40, held: 70 };
  expect(shareOf(100, none, none, sumOf([first]))).toEqual({ share: 30, reserved: false });
  expect(shareOf(100, none, none, sumOf([{ used: 40, held: 100 }]))).toEqual({
    share: 0,
    reserved: true,
  });
});

test('what one that is cut off may go on to use is reserved; what it has used is not', () => {
  const none = { used: 0, held: 0 };
  expect(shareOf(100, { used: 30, held: 100 }, none, sumOf([]))).toEqual({ share: 0, reserved: true });
  expect(shareOf(100, { used: 100, held: 100 }, none, sumOf([]))).toEqual({ share: 0, reserved: false });
});

test('a share that was lowered counts as it was until its runtime says that it has read so far, however late its word', () => {
  const user = newUser('host/one', newPool({} as Budget, 0, new Map()));
  const held = (step: () => void) => {
    step();
    return user.held;
  };
  expect(held(() => isTold(user, 100, 0))).toBe(100);
  expect(held(() => isTold(user, 50, 0))).toBe(100);
  // Said before it had read either.
  expect(held(() => keeps(user, 0))).toBe(100);
  expect(held(() => keeps(user, 50))).toBe(50);
  expect(held(() => isTold(user, 80, 0))).toBe(80);
  expect(held(() => isTold(user, 50, 0))).toBe(80);
  // It may be of before the 80; of after it, it is told one less.
  expect(held(() => keeps(user, 50))).toBe(80);
  expect(user.unread.at(-1)!.share).toBe(49);
  expect(held(() => keeps(user, 49))).toBe(49);
  expect(held(() => isTold(user, 50, 0))).toBe(50);
  expect(user.unread.at(-1)!.share).toBe(50);
  for (let share = 1000; share > 0; share--) isTold(user, share, 0);
  expect(user.held).toBe(1000);
  expect(user.unread.length).toBeLessThan(100);
  expect(held(() => keeps(user, 1))).toBe(1);
});
