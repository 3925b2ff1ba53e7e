/** Documents in a gateway's store: all of a put or nothing, every version kept, each change an event of the log. */
import { randomUUID } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { toLong, toNumber } from '../../../src/contract/int64.ts';
import { Event, LoggedEvent, Mode, Outcome, Reason, Verdict } from '../../../src/contract/messages.ts';
import { policyService } from '../../../src/contract/policy-service.ts';
import type { Gateway } from '../../../src/gateway/gateway.ts';
import type { PolicyDocument } from '../../../src/gateway/policy/document.ts';
import { parsePolicyFile } from '../../../src/gateway/policy/document.ts';
import { logEntry } from '../../../src/gateway/store/entry.ts';
import { AGENT, asker, BOOT, cleanUp, gateway, HOST, RUN, stateDirectory } from '../fixtures.ts';

afterEach(cleanUp);

const POLICY = 'team/payments:coding';

function text(rules: string, mode = 'mode: enforce, ', name = 'coding', scope = 'team/payments'): string {
  return `apiVersion: warder.dev/v1\nkind: Policy\nmetadata: {name: ${name}, scope: ${scope}}\nspec: {${mode}${rules}}\n`;
}

async function storing(files: readonly PolicyDocument[] = [], directory = stateDirectory()) {
  const started = await gateway({ stateDirectory: directory, policySource: { documents: () => files } });
  return { started, ask: asker(started, started.tokens.operator), directory };
}

const file = (content: string) => [{ name: 'p.yaml', text: content }];

test('a put takes effect at once, has a version, and is an event of the log with who and why', async () => {
  const { started, ask } = await storing();
  expect((await ask(policyService.getEffectivePolicy, { agent: AGENT })).refusal).toContain(
    'no policy matches',
  );
  const put = await ask(policyService.putPolicies, {
    files: file(text('exec: [{allow: /usr/bin/git}]')),
    comment: 'first try',
  });
  expect(put).toMatchObject({ applied: true, faults: [], changes: [{ policy: POLICY, unchanged: false }] });
  expect(put.changes![0]!.added).toContain('exec: allow /usr/bin/git');
  const effective = await ask(policyService.getEffectivePolicy, { agent: AGENT });
  expect(effective.policy?.layers?.[0]).toMatchObject({
    scope: 'team/payments',
    name: 'coding',
    file: 'coding@1',
  });
  const events = await allEvents(started);
  expect(events.find(({ gateway: own }) => own?.action === 'policy.put')?.gateway).toMatchObject({
    subject: POLICY,
    because: 'first try',
    actor: { name: 'operator' },
  });
});

test('one fault anywhere: every fault is told with its place, and nothing changes', async () => {
  const { ask } = await storing();
  const files = [
    { name: 'good.yaml', text: text('exec: []') },
    { name: 'bad.yaml', text: text('exec: [{alow: /x}], raed: []', '', 'other') },
  ];
  const put = await ask(policyService.putPolicies, { files });
  expect(put.applied).toBe(false);
  expect(put.faults!.map(({ file: name, line }) => [name, line])).toEqual([
    ['bad.yaml', 4],
    ['bad.yaml', 4],
  ]);
  expect((await ask(policyService.listPolicies, {})).policies).toEqual([]);
});

test('a dry run says what a put would do, and does nothing', async () => {
  const { ask } = await storing();
  const files = file(text('exec: []'));
  const dry = await ask(policyService.putPolicies, { files, dryRun: true });
  expect(dry).toMatchObject({ applied: false, changes: [{ policy: POLICY }] });
  expect((await ask(policyService.listPolicies, {})).policies).toEqual([]);
});

test('versions grow, the same text makes none, an older one can be put again, one can be taken away', async () => {
  const { ask } = await storing();
  const put = (rules: string) => ask(policyService.putPolicies, { files: file(text(rules)) });
  await put('exec: [{allow: /a}]');
  await put('exec: [{allow: /b}]');
  expect((await put('exec: [{allow: /b}]')).changes).toMatchObject([{ unchanged: true }]);
  const rolled = await ask(policyService.rollbackPolicy, { policy: POLICY, version: toLong(1) });
  expect(rolled.changes![0]).toMatchObject({
    removed: ['exec: allow /b'],
    added: ['exec: allow /a'],
  });
  await ask(policyService.removePolicy, { policy: POLICY });
  const { versions } = await ask(policyService.listPolicyVersions, { policy: POLICY });
  expect(versions!.map(({ version, change }) => [toNumber(version), change])).toEqual([
    [4, 'remove'],
    [3, 'rollback'],
    [2, 'put'],
    [1, 'put'],
  ]);
  await expect(ask(policyService.getPolicy, { policy: POLICY })).rejects.toMatchObject({
    code: 'POLICY_VERSION',
  });
  expect((await ask(policyService.getPolicy, { policy: POLICY, version: toLong(2) })).text).toContain('/b');
  await expect(
    ask(policyService.listPolicyVersions, { policy: 'team/payments:codign' }),
  ).rejects.toMatchObject({
    code: 'POLICY_UNKNOWN',
  });
});

test('what another changed meanwhile is not written over', async () => {
  const { ask } = await storing();
  await ask(policyService.putPolicies, { files: file(text('exec: []')) });
  const expected = [{ policy: POLICY, version: toLong(0) }];
  const second = ask(policyService.putPolicies, { files: file(text('read: []')), expected });
  await expect(second).rejects.toMatchObject({ code: 'POLICY_CONFLICT' });
});

test('documents of files stand beside those of the store; one that is in a file has its home there', async () => {
  const inFile = parsePolicyFile(text('exec: []', undefined, 'base', 'fleet'), 'fleet.yaml').documents;
  const { ask } = await storing(inFile);
  await ask(policyService.putPolicies, { files: file(text('exec: []')) });
  const { policies } = await ask(policyService.listPolicies, {});
  expect(policies!.map(({ name, file: at }) => [name, at])).toEqual([
    ['coding', ''],
    ['base', 'fleet.yaml'],
  ]);
  const put = await ask(policyService.putPolicies, {
    files: file(text('exec: []', undefined, 'base', 'fleet')),
  });
  expect(put.faults![0]?.message).toContain('fleet.yaml');
  await expect(ask(policyService.removePolicy, { policy: 'fleet:base' })).rejects.toMatchObject({
    code: 'POLICY_IN_FILES',
  });
});

test('versions and what is in force outlive the gateway', async () => {
  const { ask, started, directory } = await storing();
  await ask(policyService.putPolicies, { files: file(text('exec: [{allow: /a}]')) });
  await started.stop();
  const again = await storing([], directory);
  const effective = await again.ask(policyService.getEffectivePolicy, { agent: AGENT });
  expect(effective.policy?.layers?.[0]?.name).toBe('coding');
});

test('promote tells what enforcing would have refused, and changes the one word', async () => {
  const { ask, started } = await storing();
  const monitoring = `${text('exec: [{allow: /usr/bin/git}]', '')}# kept\n`;
  const put = await ask(policyService.putPolicies, { files: file(monitoring) });
  expect(put.warnings![0]?.message).toContain('monitor');
  await record(started, ['/usr/bin/curl', '/usr/bin/curl', '/usr/bin/git']);
  const dry = await ask(policyService.promotePolicy, { policy: POLICY, dryRun: true });
  expect(dry.put?.applied).toBe(false);
  expect(dry.wouldRefuse).toMatchObject([{ agent: AGENT, category: 'exec', example: '/usr/bin/curl' }]);
  expect(toNumber(dry.wouldRefuse![0]!.actions)).toBe(2);
  await ask(policyService.promotePolicy, { policy: POLICY, comment: 'a week of quiet' });
  const now = await ask(policyService.getPolicy, { policy: POLICY });
  expect(now.mode).toBe(Mode.MODE_ENFORCE);
  expect(now.text).toContain('# kept');
  const events = await allEvents(started);
  expect(events.some(({ gateway: own }) => own?.action === 'policy.promoted')).toBe(true);
});

test('a viewer reads and changes nothing; an agent asks and reads no document', async () => {
  const { started, ask } = await storing();
  await ask(policyService.putPolicies, { files: file(text('exec: []')) });
  const viewer = asker(started, started.tokens.viewer);
  expect((await viewer(policyService.listPolicies, {})).policies).toHaveLength(1);
  const denied = viewer(policyService.removePolicy, { policy: POLICY });
  await expect(denied).rejects.toMatchObject({ code: 'GATEWAY_CALL' });
  const runtime = asker(started, started.tokens.runtime);
  await expect(runtime(policyService.listPolicies, {})).rejects.toMatchObject({ code: 'GATEWAY_CALL' });
});

test('CheckAction answers as the policy does: verdict, rule, reason, and what would let it pass', async () => {
  const { ask } = await storing();
  const rules =
    'exec: [{allow: /usr/bin/git}, {hold: /usr/bin/rm, because: a person}], write: [{allow: "${workspace}/**"}]';
  await ask(policyService.putPolicies, { files: file(text(rules)) });
  const check = (category: string, target: string) =>
    ask(policyService.checkAction, { agent: AGENT, category, target, variables: { workspace: '/w' } });
  expect(await check('exec', '/usr/bin/git')).toMatchObject({ verdict: Verdict.VERDICT_ALLOW });
  expect(await check('exec', '/usr/bin/rm')).toMatchObject({
    verdict: Verdict.VERDICT_HOLD,
    rule: { because: 'a person', pattern: '/usr/bin/rm', line: 4 },
  });
  const denied = await check('exec', '/usr/bin/curl');
  expect(denied).toMatchObject({
    verdict: Verdict.VERDICT_DENY,
    reason: Reason.REASON_NO_RULE,
    layer: POLICY,
  });
  expect(denied.changes![0]).toContain('allow rule under exec');
  expect(await check('write', '/w/a')).toMatchObject({ verdict: Verdict.VERDICT_ALLOW });
  expect(await check('write', '/etc/passwd')).toMatchObject({ verdict: Verdict.VERDICT_DENY });
  await expect(check('exec', 'not a path')).rejects.toMatchObject({ code: 'POLICY_ACTION' });
  // A change counts from the next question on.
  await ask(policyService.removePolicy, { policy: POLICY });
  await expect(check('exec', '/usr/bin/git')).rejects.toMatchObject({ code: 'POLICY_NONE' });
});

/** Execs as a kernel under a monitoring layer tells them. */
async function record(to: Gateway, programs: readonly string[]): Promise<void> {
  const entries = programs.map((path, index) => {
    const allowed = path.endsWith('git');
    return logEntry(
      Event.fromObject({
        sequence: index + 1,
        timeUnixNs: `${BigInt(Date.now()) * 1_000_000n}`,
        agent: AGENT,
        run: RUN,
        exec: { path },
        decision: {
          verdict: Verdict.VERDICT_ALLOW,
          outcome: Outcome.OUTCOME_DONE,
          category: 'exec',
          ...(allowed
            ? {}
            : { would: { verdict: Verdict.VERDICT_DENY, reason: Reason.REASON_NO_RULE, layer: POLICY } }),
        },
      }),
    );
  });
  await to.log.append({ host: HOST, boot: BOOT, origin: randomUUID() }, entries);
}

async function allEvents(of: Gateway): Promise<Event[]> {
  const { rows } = await of.log.read({ from: 0, limit: 1000, maxBytes: 1 << 24 });
  return rows.map(({ leaf }) => LoggedEvent.decode(leaf).event!);
}
