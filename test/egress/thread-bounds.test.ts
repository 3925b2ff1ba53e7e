/** What the resolver's thread keeps of what it has asked and told: bounded, and by run. */
import { expect, test } from 'vitest';
import { GivenNames } from '../../src/runtime/egress/given-names.ts';
import { SecretQuestions } from '../../src/runtime/egress/secret-questions.ts';
import { TellingRoom } from '../../src/runtime/egress/telling-room.ts';

test('a run that was told 20,000 look-ups of has to wait until some were heard, others do not', () => {
  const room = new TellingRoom();
  for (let count = 0; count < 20_000; count++) {
    expect(room.has(1)).toBe(true);
    room.take(1);
  }
  expect([room.has(1), room.has(2)]).toEqual([false, true]);
  room.free(1, 1);
  expect(room.has(1)).toBe(true);
});

test('a name is asked about once for a run; one that holds a secret, and that of another run, again', async () => {
  const asked: { id: number; run: number; name: string }[] = [];
  const questions = new SecretQuestions((question) => asked.push(question));
  const ask = async (run: number, name: string, holds: boolean) => {
    const before = asked.length;
    const answer = questions.ask(run, name);
    if (asked.length > before) questions.answered(asked.at(-1)!.id, holds);
    return [await answer, asked.length - before];
  };
  expect(await ask(1, 'a.test', false)).toEqual([false, 1]);
  expect(await ask(1, 'a.test', true)).toEqual([false, 0]);
  expect(await ask(2, 'a.test', true)).toEqual([true, 1]);
  expect(await ask(2, 'a.test', true)).toEqual([true, 1]);
  questions.forget(1);
  expect(await ask(1, 'a.test', true)).toEqual([true, 1]);
});

test('an address has the name that it was given for last; of 4,097 the one given longest ago has none', () => {
  const given = new GivenNames();
  given.add(1, '203.0.113.1', 'a.test');
  given.add(1, '203.0.113.1', 'b.test');
  given.add(1, '203.0.113.1', 'a.test');
  const name = (run: number, address: string) => given.nameOf(run, address, 0, undefined);
  expect([name(1, '203.0.113.1'), name(2, '203.0.113.1')]).toEqual(['a.test', undefined]);
  for (let count = 0; count < 4096; count++) given.add(1, `198.51.${count >> 8}.${count & 255}`, 'c.test');
  expect([name(1, '203.0.113.1'), name(1, '198.51.0.0')]).toEqual([undefined, 'c.test']);
});
