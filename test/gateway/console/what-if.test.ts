/**
 * The console's question what another policy would have changed, against a gateway with recorded events.
 */
import { afterAll, expect, test } from 'vitest';
import { keyService } from '../../../src/contract/identity-service.ts';
import { toLong } from '../../../src/contract/int64.ts';
import { type Event, Outcome, Reason, Verdict } from '../../../src/contract/messages.ts';
import { parsePolicyFile } from '../../../src/gateway/policy/document.ts';
import { AGENT, asker, cleanUp, execEvent, gateway, RUN, uplink } from '../fixtures.ts';

afterAll(cleanUp);

const policy = (name: string, exec: string) => `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: ${name}, scope: fleet}
spec:
  mode: enforce
  exec: ${exec}
`;

const ALLOWED = {
  verdict: Verdict.VERDICT_ALLOW,
  outcome: Outcome.OUTCOME_DONE,
  reason: Reason.REASON_RULE,
  category: 'exec',
};

function acted(number: number, path: string): Event {
  return {
    ...execEvent(number, path),
    timeUnixNs: toLong(BigInt(Date.now()) * 1_000_000n),
    decision: ALLOWED,
  };
}

interface Answered {
  groups: unknown[];
  faults: { line: number; message: string }[];
}

async function asking(...roles: string[]) {
  const { documents } = parsePolicyFile(policy('one', '[{allow: [/usr/bin/**]}]'), 'one.yaml');
  const to = await gateway({
    console: { listen: '127.0.0.1:0' },
    policySource: { documents: () => documents },
  });
  const link = await uplink(to);
  const started: Event = {
    timeUnixNs: toLong(BigInt(Date.now()) * 1_000_000n),
    agent: AGENT,
    run: RUN,
    runStarted: { argv: ['agent'], workspace: '/srv/work' },
  };
  await link.sendEvents([
    started,
    ...[1, 2, 3].map((at) => acted(at, '/usr/bin/git')),
    acted(4, '/usr/bin/curl'),
  ]);
  await link.flush();
  const { key } = await asker(to, to.tokens.operator)(keyService.createKey, {
    name: 'a',
    roles,
    validSeconds: 60,
  });
  const url = to.consoleUrl!;
  const post = (path: string, body: object, cookie = '') =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', cookie },
      body: JSON.stringify(body),
    });
  const cookie = (await post('/api/login', { key })).headers.get('set-cookie')!.split(';')[0]!;
  return async (text: string) => {
    const response = await post('/api/what-if', { text }, cookie);
    return { status: response.status, body: (await response.json()) as Answered };
  };
}

test('a stricter document in the place of the one of its name refuses what it would have, with counts and examples', async () => {
  const ask = await asking('viewer');
  const { status, body } = await ask(policy('one', '[{allow: /usr/bin/git}]'));
  expect(status).toBe(200);
  expect(body).toMatchObject({ faults: [], same: 3, undecided: 0, more: false });
  expect(body.groups).toEqual([
    {
      ...{ agent: AGENT, difference: 'newly refused', category: 'exec', after: 'deny', count: 1 },
      ...{ why: 'no exec rule of fleet:one allows it', examples: ['/usr/bin/curl'] },
    },
  ]);
});

test('a document of another name is a layer more; a faulty one is told and decides nothing', async () => {
  const ask = await asking('viewer');
  const { body } = await ask(policy('two', '[{allow: [/usr/**]}, {deny: /usr/bin/git}]'));
  expect(body.groups).toMatchObject([{ difference: 'newly refused', count: 3, examples: ['/usr/bin/git'] }]);
  const faulty = await ask(policy('one', '[{alow: /usr/bin/git}]'));
  expect(faulty.body.groups).toEqual([]);
  expect(faulty.body.faults[0]).toMatchObject({ line: 7, message: expect.stringContaining('alow') });
});

test('who may not read events or policy asks in vain', async () => {
  const ask = await asking('approver');
  expect(await ask(policy('one', '[]'))).toMatchObject({ status: 403, body: { error: expect.anything() } });
});
