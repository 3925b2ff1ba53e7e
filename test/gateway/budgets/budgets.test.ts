/** Budgets over real streams: many runtimes share one, totals are right whoever is cut off, cost counts once. */
import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { budgetService } from '../../../src/contract/budget-service.ts';
import { type Budget, budgetMessage, readBudget } from '../../../src/contract/budgets.ts';
import { keyService } from '../../../src/contract/identity-service.ts';
import { toLong, toNumber } from '../../../src/contract/int64.ts';
import { Mode } from '../../../src/contract/messages.ts';
import type { Gateway } from '../../../src/gateway/gateway.ts';
import type { PolicySource } from '../../../src/gateway/policy-authority.ts';
import type { KernelBudgets } from '../../../src/kernel/budgets.ts';
import { BudgetKeeper, type Consequence } from '../../../src/runtime/budgets/keeper.ts';
import type { Uplink } from '../../../src/runtime/uplink/uplink.ts';
import {
  AGENT,
  asker,
  cleanUp,
  gateway,
  later,
  newOrigin,
  readAll,
  stateDirectory,
  uplink,
} from '../fixtures.ts';
import { MemoryKernel } from './kernel.ts';

afterEach(cleanUp);

const LAYER = 'team/payments:coding';
const EXECS: Budget = {
  ...{ layer: LAYER, resource: 'execs', amount: 100, windowSeconds: 86_400 },
  ...{ onExceed: 'deny', monitor: false, currency: '' },
};

function source(...budgets: Budget[]): PolicySource {
  const [scope = '', name = ''] = LAYER.split(':');
  return () => ({
    policy: {
      layers: [{ scope, name, mode: Mode.MODE_ENFORCE, categories: [] }],
      budgets: budgets.map(budgetMessage),
    },
  });
}

/** A run's id that began now. */
function newRun(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  const rest = randomBytes(9).toString('hex');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${rest.slice(0, 3)}-8${rest.slice(3, 6)}-${rest.slice(6, 18)}`;
}

interface Host {
  kernel: MemoryKernel;
  keeper: BudgetKeeper;
  uplink: Uplink;
  acts: [Consequence, number][];
  /** One exec after another until one is refused. Returns how many went ahead. */
  use(most: number): number;
}

/** A runtime with one run under the agent's policy, whose kernel is in memory. */
async function host(to: Gateway, number = 1, follows: readonly string[] = []): Promise<Host> {
  const kernel = new MemoryKernel();
  const acts: Host['acts'] = [];
  const link = await uplink(to, { origin: newOrigin() });
  link.follow(follows);
  const keeper = new BudgetKeeper({
    kernel: kernel as unknown as KernelBudgets,
    countEgress: () => {},
    uplink: link,
    tell: ({ run, agent }, usage, unixMs) =>
      link.sendEvents([{ agent, run, usage, timeUnixNs: toLong(BigInt(unixMs) * 1_000_000n) }]),
    act: (_run, consequence, _budget, used) => acts.push([consequence, used]),
    onProblem: (error) => {
      throw error;
    },
  });
  later(() => keeper.close());
  const run = newRun();
  keeper.enter({ number, run, agent: AGENT, cgroup: undefined });
  const { policy } = await link.policyFor(AGENT, run);
  keeper.apply(number, (policy.budgets ?? []).map(readBudget), [LAYER]);
  const use = (most: number): number => {
    for (let done = 0; done < most; done++) {
      if (kernel.take(number, 'execs')) continue;
      keeper.wake();
      return done;
    }
    return most;
  };
  return { kernel, keeper, uplink: link, acts, use };
}

/** Used 30, told it, and hears nothing more. */
async function cutOff(to: Gateway): Promise<Host> {
  const away = await host(to);
  expect(away.use(30)).toBe(30);
  await away.keeper.settle(1);
  await away.uplink.flush();
  await away.uplink.close();
  return away;
}

async function execs(of: Gateway) {
  const { budgets } = await asker(of, of.tokens.viewer)(budgetService.listBudgets, {});
  const found = budgets!.find(({ budget }) => budget!.resource === 'execs')!;
  return { used: toNumber(found.used), exceeded: found.exceeded, hosts: found.hosts };
}

async function reserved(of: Gateway): Promise<number> {
  const { budgets } = await asker(of, of.tokens.viewer)(budgetService.listBudgets, {});
  return toNumber(budgets![0]!.reserved);
}

async function told(of: Gateway): Promise<string[]> {
  const { events } = await readAll(of);
  return events.flatMap(({ event }) =>
    event?.gateway?.action === 'budget.exceeded'
      ? (event.gateway.changes ?? []).map(({ after }) => after!)
      : [],
  );
}

test('a run begins on a second host when the first one has given some back', async () => {
  const to = await gateway({ policySource: source(EXECS) });
  const first = await host(to);
  expect(first.use(1)).toBe(1);
  const second = await host(to);
  await second.keeper.roomFor(1);
  expect(second.use(10)).toBe(10);
});

test('it does not wait for one that is cut off longer than for an answer', async () => {
  const to = await gateway({ policySource: source(EXECS) });
  await cutOff(to);
  const second = await host(to);
  await second.keeper.roomFor(1);
  expect(second.use(1)).toBe(0);
});

test('three hosts use one budget at once: all of it, none more, and the end is told once with its numbers', async () => {
  const to = await gateway({ policySource: source(EXECS) });
  const hosts = await Promise.all([host(to), host(to), host(to)]);
  let used = 0;
  await expect
    .poll(
      () => {
        for (const each of hosts) used += each.use(1 + Math.floor(Math.random() * 20));
        return used;
      },
      { timeout: 30_000, interval: 40 },
    )
    .toBe(100);
  // That nothing is left is known once somebody has asked for more.
  for (const each of hosts) expect(each.use(5)).toBe(0);
  await Promise.all(hosts.map(({ keeper }) => keeper.settle(1)));
  await expect.poll(() => execs(to), { timeout: 10_000 }).toEqual({ used: 100, exceeded: true, hosts: 3 });
  await expect.poll(async () => (await told(to)).length).toBe(4);
  const [at, ...rest] = await told(to);
  // The last ones may be shares of others, a few for all of them.
  expect(Number(at)).toBeGreaterThanOrEqual(98);
  expect(rest).toEqual(['100', expect.stringContaining('86400 s'), 'deny']);
}, 60_000);

test('a host that is cut off keeps its share, and what it used meanwhile is in the totals when it is back', async () => {
  const to = await gateway({ policySource: source(EXECS) });
  const away = await cutOff(to);
  const other = await host(to);
  // The first one had all of it, and may go on by that.
  await expect.poll(() => execs(to)).toMatchObject({ used: 30 });
  expect(other.use(10)).toBe(0);
  expect(away.use(100)).toBe(70);
}, 30_000);

test('a runtime has what the one before it had left, whether its end was noticed or not, and nobody has it twice', async () => {
  const to = await gateway({ policySource: source(EXECS) });
  const first = await host(to);
  expect(first.use(30)).toBe(30);
  await first.keeper.settle(1);
  await first.uplink.flush();
  const second = await host(to, 1, first.uplink.origins);
  expect(second.use(20)).toBe(20);
  await second.keeper.settle(1);
  await second.uplink.flush();
  await second.uplink.close();
  const third = await host(to, 1, second.uplink.origins);
  expect(third.use(100)).toBe(50);
  const stranger = await host(to);
  expect(stranger.use(10)).toBe(0);
}, 30_000);

test('totals survive the gateway, and a run that begins later goes on from them', async () => {
  const directory = stateDirectory();
  const first = await gateway({ stateDirectory: directory, policySource: source(EXECS) });
  const before = await host(first);
  expect(before.use(60)).toBe(60);
  await before.keeper.settle(1);
  // Its end is what gives back the rest.
  before.keeper.leave(1);
  await before.uplink.flush();
  before.keeper.close();
  await before.uplink.close();
  await first.stop();
  const second = await gateway({ stateDirectory: directory, policySource: source(EXECS) });
  expect(await execs(second)).toMatchObject({ used: 60, exceeded: false });
  const after = await host(second);
  expect(after.use(100)).toBe(40);
}, 30_000);

test('what a host that is cut off holds is held still when the gateway starts again, and is its own when it is back', async () => {
  const directory = stateDirectory();
  const first = await gateway({ stateDirectory: directory, policySource: source(EXECS) });
  const away = await cutOff(first);
  await first.stop();
  const second = await gateway({ stateDirectory: directory, policySource: source(EXECS) });
  const other = await host(second);
  let used = 30 + other.use(100);
  used += away.use(100);
  expect(used).toBe(100);
  expect(await reserved(second)).toBe(70);
  // Its successor on the same host has what it left: nothing; and nobody is told of more than there is.
  const back = await host(second, 1, away.uplink.origins);
  expect(other.use(100)).toBe(0);
  expect(back.use(100)).toBeLessThanOrEqual(70);
}, 30_000);

test.each(['suspend', 'kill'] as const)(
  'what is only held for a host that is cut off is refused, and nothing is told exceeded or done: %s',
  async (onExceed) => {
    const to = await gateway({ policySource: source({ ...EXECS, onExceed }) });
    const away = await cutOff(to);
    const other = await host(to);
    // Past the time after which a runtime that hears nothing takes its budget to be used up.
    await expect
      .poll(() => [other.use(1), other.acts], { timeout: 20_000, interval: 100 })
      .toEqual([0, [['wait', 0]]]);
    expect(await told(to)).toEqual([]);
    expect(await execs(to)).toMatchObject({ used: 30, exceeded: false });
    expect(await reserved(to)).toBe(70);
    // The rest is really used, as its successor says: now it is exceeded.
    const back = await host(to, 1, away.uplink.origins);
    await expect
      .poll(
        () => {
          back.use(100);
          other.use(100);
          return other.acts.map(([consequence]) => consequence);
        },
        { timeout: 20_000, interval: 50 },
      )
      .toEqual(['wait', onExceed]);
    expect(await execs(to)).toMatchObject({ used: 100, exceeded: true });
  },
  60_000,
);

test('a host that hears nothing refuses more at its share, says so, and ends no run for it', async () => {
  const to = await gateway({ policySource: source({ ...EXECS, onExceed: 'kill' }) });
  const away = await host(to);
  await host(to);
  await to.stop();
  // Past the time after which nothing is to be expected: most of the budget may be left elsewhere.
  await expect
    .poll(() => [away.use(100), ...away.acts.map(([consequence]) => consequence)], {
      timeout: 20_000,
      interval: 100,
    })
    .toEqual([0, 'alone']);
}, 30_000);

test('the same usage sent again counts once', async () => {
  const to = await gateway({ policySource: source(EXECS) });
  const link = await uplink(to);
  const run = newRun();
  const usage = (count: number) => ({
    ...{ agent: AGENT, run, usage: { execs: toLong(count) } },
    timeUnixNs: toLong(BigInt(Date.now()) * 1_000_000n),
  });
  await link.sendEvents([usage(3), usage(3), usage(7), usage(5)]);
  await link.flush();
  await link.policyFor(AGENT, run);
  expect(await execs(to)).toMatchObject({ used: 7 });
});

test('usage that no run comes to ends the stream, and is not in the log', async () => {
  const to = await gateway({ policySource: source(EXECS) });
  const link = await uplink(to);
  await link.sendEvents([{ agent: AGENT, run: newRun(), usage: { execs: toLong(2n ** 63n) } }]);
  await expect(link.flush(5000)).rejects.toThrow();
  expect((await readAll(to)).events).toHaveLength(0);
});

test('where the policy says so, a run is suspended or killed once, on every host that shares the budget', async () => {
  const to = await gateway({ policySource: source({ ...EXECS, onExceed: 'suspend', amount: 10 }) });
  const hosts = await Promise.all([host(to), host(to)]);
  await expect
    .poll(() => hosts.map((each) => each.use(10) && each.acts.length), { timeout: 20_000, interval: 50 })
    .toBeDefined();
  await expect
    .poll(
      () => {
        for (const each of hosts) each.use(10);
        return hosts.map(({ acts }) => acts.map(([consequence]) => consequence));
      },
      { timeout: 20_000, interval: 50 },
    )
    .toEqual([['suspend'], ['suspend']]);
}, 60_000);

test('what only monitors is counted and told, and refuses nothing', async () => {
  const to = await gateway({ policySource: source({ ...EXECS, monitor: true, amount: 5 }) });
  const one = await host(to);
  expect(one.use(20)).toBe(20);
  await one.keeper.settle(1);
  await expect
    .poll(() => told(to), { timeout: 10_000 })
    .toMatchObject(['20', '5', expect.anything(), 'none: monitor']);
});

const COST: Budget = {
  ...{ layer: LAYER, resource: 'cost', amount: 10_000_000, windowSeconds: 86_400 },
  ...{ onExceed: 'deny', monitor: false, currency: 'USD' },
};

test('reported cost counts once for each key, and stops runs when it is used up', async () => {
  const to = await gateway({ policySource: source(COST) });
  const one = await host(to);
  const operator = asker(to, to.tokens.operator);
  const made = await operator(keyService.createKey, { name: 'proxy', roles: ['agent'], validSeconds: 600 });
  const report = asker(to, made.key!);
  const spent = {
    key: 'call-1',
    agent: AGENT,
    costMicros: toLong(6_000_000),
    currency: 'USD',
    what: 'tokens',
  };
  const first = await report(budgetService.reportUsage, spent);
  expect(first.again).toBe(false);
  expect(toNumber(first.budgets![0]!.used)).toBe(6_000_000);
  const again = await report(budgetService.reportUsage, spent);
  expect(again.again).toBe(true);
  expect(toNumber(again.budgets![0]!.used)).toBe(6_000_000);
  const other = { ...spent, costMicros: toLong(1) };
  await expect(report(budgetService.reportUsage, other)).rejects.toMatchObject({
    code: 'BUDGET_REPORT_CONFLICT',
  });
  expect(one.use(3)).toBe(3);
  await report(budgetService.reportUsage, { ...spent, key: 'call-2' });
  await expect.poll(() => one.use(3)).toBe(0);
  await expect(asker(to, to.tokens.runtime)(budgetService.reportUsage, spent)).rejects.toThrow('roles');
  const bad = report(budgetService.reportUsage, { key: ' ', agent: 'me', currency: 'dollars' });
  await expect(bad).rejects.toThrow(/key is not .*agent is not .*currency is not/);
});
