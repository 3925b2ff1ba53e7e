/**
 * A host of a fleet in a process of its own, until it is killed: events, a budget and held actions over TLS. What its kernel
 * would do is in memory.
 *
 * Run:  node host-child.ts STATE ADDRESS ORIGIN RUN; STATE holds what enrolment left
 * Says: `policy VERSION ISSUED LEASE` for each that comes, `took TIME VERSION` for each action that went ahead,
 *       `sent N` once events up to N have been taken over, `held ID allow|deny`
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { readBudget } from '../../../src/contract/budgets.ts';
import { hostChannel } from '../../../src/contract/channels.ts';
import { toLong, toNumber } from '../../../src/contract/int64.ts';
import type { VerifiedPolicy } from '../../../src/contract/signing.ts';
import type { KernelBudgets } from '../../../src/kernel/budgets.ts';
import { BudgetKeeper } from '../../../src/runtime/budgets/keeper.ts';
import { GatewayHolds } from '../../../src/runtime/gateway-holds.ts';
import { hostName, readCredentials } from '../../../src/runtime/identity/credentials.ts';
import type { Redacted } from '../../../src/runtime/redaction/redacted.ts';
import { Uplink } from '../../../src/runtime/uplink/uplink.ts';
import { MemoryKernel } from '../budgets/kernel.ts';
import { AGENT, BOOT, execEvent } from '../fixtures.ts';

const STEP_MS = 15;
const HOLD_MS = 20_000;
const [state = '', address = '', origin = '', run = ''] = process.argv.slice(2);
const own = readCredentials(state);
const say = (line: string): number => writeSync(1, `${line}\n`);
const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const uplink = new Uplink({
  endpoint: { address, channel: hostChannel(own), gatewayPublicKey: own.policyKey },
  patient: true,
  origin: { host: hostName(own), boot: BOOT, origin },
  version: 'test',
  spool: { directory: join(state, 'spool'), maxBytes: 1 << 30 },
});
const kernel = new MemoryKernel();
const keeper = new BudgetKeeper({
  kernel: kernel as unknown as KernelBudgets,
  countEgress: () => {},
  uplink,
  tell: (of, usage, unixMs) =>
    uplink.sendEvents([
      { agent: of.agent, run: of.run, usage, timeUnixNs: toLong(BigInt(unixMs) * 1_000_000n) },
    ]),
  act: () => {},
  onProblem: (error) => say(`problem ${String(error)}`),
});
keeper.enter({ number: 1, run, agent: AGENT, cgroup: undefined });

let inForce: VerifiedPolicy | undefined;
function apply(policy: VerifiedPolicy): void {
  const { version, issuedUnixMs, leaseUnixMs, layers, budgets } = policy.policy;
  keeper.apply(
    1,
    (budgets ?? []).map(readBudget),
    (layers ?? []).map(({ scope, name }) => `${scope}:${name}`),
  );
  inForce = policy;
  say(`policy ${toNumber(version)} ${toNumber(issuedUnixMs)} ${toNumber(leaseUnixMs)}`);
}
uplink.onPolicy((event) => 'policy' in event && apply(event.policy));

/** What the agent does goes ahead while its policy is good and has room. */
function act(): void {
  const { leaseUnixMs, version, layers } = inForce?.policy ?? {};
  const now = Date.now();
  const allows = layers?.some(({ categories }) =>
    categories?.some(
      ({ category, rules }) => category === 'exec' && rules?.some(({ pattern }) => pattern === '/opt/tool'),
    ),
  );
  if (!allows || now >= toNumber(leaseUnixMs) || !kernel.take(1, 'execs')) return;
  say(`took ${now} ${toNumber(version)}`);
}

const holds = new GatewayHolds({ uplink, answerMs: HOLD_MS, onAsked: (id) => ids.push(id) });
const ids: string[] = [];
async function ask(): Promise<void> {
  const text = (value: string) => value as Redacted;
  const answer = holds.ask({
    run,
    agent: AGENT,
    category: 'exec',
    target: text('/opt/held'),
    pid: 1,
    argv: [],
  });
  const id = ids.at(-1)!;
  say(`held ${id} ${await answer}`);
}

void (async () => {
  for (;;) {
    await uplink.policyFor(AGENT, run).then(
      () => undefined,
      () => undefined,
    );
    if (inForce) return;
  }
})();
for (let number = 1; ; number++) {
  await uplink.sendEvents([execEvent(number)]);
  say(`sent ${uplink.sequences.last}`);
  act();
  if (number % 40 === 0) void ask();
  await wait(STEP_MS);
}
