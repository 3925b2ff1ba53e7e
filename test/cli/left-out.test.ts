/** What an answer had no room for is told by every command that shows the answer. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { budgetService } from '../../src/contract/budget-service.ts';
import { controlService } from '../../src/contract/control-service.ts';
import { queryService } from '../../src/contract/query-service.ts';
import { type AnsweringGateway, answeringGateway } from './answering-gateway.ts';
import { type Ended, warder } from './program-fixture.ts';

const hold = (id: string) => ({
  host: 'h',
  state: 'pending',
  action: { id, run: 'run-a', category: 'exec', target: '/usr/bin/id', agent: 'spiffe://w/o/t/a' },
});
let gateway: AnsweringGateway;
beforeAll(async () => {
  const holds = ['1', '2', '3', '4', '5', '6'].map(hold);
  gateway = await answeringGateway([
    [controlService.listHolds, () => ({ holds, leftOut: 12 })],
    [controlService.listActiveRuns, () => ({ runs: [{ host: 'h', run: { run: 'run-a' } }], leftOut: 30 })],
    [queryService.listRuns, () => ({})],
    [budgetService.listBudgets, () => ({})],
  ]);
});
afterAll(() => gateway.stop());

async function asked(...words: string[]): Promise<Ended> {
  const ended = await warder([...words, ...gateway.words]);
  expect(ended.status, ended.err).toBe(0);
  return ended;
}

test('`warder holds` says how many more wait, beside a list for programs too', async () => {
  const more = '12 more wait than one answer takes: answer these first\n';
  expect((await asked('holds')).out).toContain(`\n${more}`);
  const { out, err } = await asked('holds', '--json');
  expect(JSON.parse(out)).toHaveLength(6);
  expect(err).toBe(`warder: ${more}`);
});

test('`warder top` counts runs and holds that it was not told of', async () => {
  expect(JSON.parse((await asked('top', '--once', '--json')).out)).toMatchObject({
    runsLeftOut: 30,
    holdsLeftOut: 12,
  });
  const { out } = await asked('top', '--once');
  expect(out).toMatch(/^31 runs under way, 18 held /);
  expect(out).toContain('\nand 30 more\n');
  expect(out).toContain('\nand 13 more');
});
