/** Which run `warder suspend`, `resume` and `kill` mean by what was typed. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { controlService } from '../../src/contract/control-service.ts';
import { type AnsweringGateway, answeringGateway } from './answering-gateway.ts';
import { warder } from './program-fixture.ts';

const OLDER = '01a204d6-963f-784c-92ec-a632036c94e9';
const NEWER = '01a204dc-9069-7871-9ec3-18b90fa694e9';
const AWAY = '01a204d6-0000-7000-8000-000000000000';

let gateway: AnsweringGateway;
beforeAll(async () => {
  const runs = [NEWER, OLDER].map((run) => ({ host: 'h', run: { run } }));
  const killed = ({ run }: { run: string }) => ({ host: 'h', result: { run, done: true, processes: 1 } });
  gateway = await answeringGateway([
    [controlService.listActiveRuns, () => ({ runs })],
    [controlService.commandRun, killed],
  ]);
});
afterAll(() => gateway.stop());

const asked = (name: string) => warder(['kill', name, ...gateway.words]);

test.each([
  ['the end of an id, as top shows it', '0fa694e9', NEWER],
  ['the end of an id, in capitals', '036C94E9', OLDER],
  ['the newest', 'last', NEWER],
  ['a whole id, whether a host has that run or not', AWAY, AWAY],
])('%s', async (_, name, run) => {
  expect(await asked(name)).toEqual({ status: 0, out: `${run} killed: 1 processes on h\n`, err: '' });
});

test.each([
  ['94e9', "'94e9' is the end of 2 ids of runs under way"],
  ['ffff', "'ffff' is the end of 0 ids of runs under way"],
  ['', "'' is the end of 0 ids"],
])('what is the end of no id, or of several, %j, ends nothing', async (name, why) => {
  const { status, out, err } = await asked(name);
  expect([status, out]).toEqual([1, '']);
  expect(err).toContain(why);
});
