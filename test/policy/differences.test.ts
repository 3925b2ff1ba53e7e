/** What another policy would have changed, gathered over runs. */
import { expect, test } from 'vitest';
import type { EffectivePolicy, RunSummary } from '../../src/contract/messages.ts';
import { readPolicy } from '../../src/contract/policy.ts';
import { targetOf } from '../../src/contract/target.ts';
import { prepare } from '../../src/gateway/policy/decide.ts';
import { Differences } from '../../src/gateway/policy/differences.ts';
import { parsePolicyFile } from '../../src/gateway/policy/document.ts';
import { Reruns } from '../../src/gateway/policy/reruns.ts';
import { exec, open } from '../cli/events.ts';

const CODER = 'spiffe://warder.local/local/demo/coder';
const DOCUMENT = `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: p, scope: team/demo}
spec:
  exec: [{allow: [/usr/bin/git, "\${workspace}/run"]}]
`;
const { documents } = parsePolicyFile(DOCUMENT, 'p.yaml');

const reruns = () =>
  new Reruns(documents, (policy: EffectivePolicy, { started }: RunSummary) =>
    prepare(readPolicy(policy), {
      variables: started?.workspace ? { workspace: started.workspace } : {},
    }),
  );
const run = (id: string, agent: string, workspace = '/srv/work'): RunSummary => ({
  run: id,
  agent,
  started: { workspace },
});

test('each agent and rule is one group, the most frequent first, with a few examples', () => {
  const differences = new Differences(targetOf);
  const rerun = reruns().of(run('1', CODER));
  for (const tool of ['a', 'b', 'c', 'd', 'd']) {
    differences.add(CODER, exec(0, [`/opt/${tool}`]), rerun);
  }
  differences.add(CODER, open(0, '/srv/x'), rerun);
  differences.add(CODER, exec(0, ['/usr/bin/git']), rerun);
  differences.add(CODER, open(0, '/srv/[REDACTED:token]/a'), rerun);
  const [first, second, ...more] = differences.groups();
  expect(first).toEqual({
    agent: CODER,
    difference: 'newly refused',
    category: 'exec',
    after: 'deny',
    why: 'no exec rule of team/demo:p allows it',
    count: 5,
    examples: ['/opt/a', '/opt/b', '/opt/c'],
  });
  expect(second).toMatchObject({ count: 1, why: 'no layer has read', examples: ['/srv/x'] });
  expect(more).toEqual([]);
  expect(differences).toMatchObject({ same: 1, undecided: 1 });
});

test('a run that would not have started has everything refused, and why', () => {
  const differences = new Differences(targetOf);
  const stranger = 'spiffe://warder.local/local/other/coder';
  const made = reruns();
  differences.add(stranger, exec(0, ['/usr/bin/git']), made.of(run('1', stranger)));
  differences.add(CODER, exec(0, ['/usr/bin/git']), made.of(run('2', CODER, '')));
  expect(differences.groups().map(({ agent, after, why }) => [agent, after, why])).toEqual([
    [stranger, 'deny', expect.stringContaining('no policy matches')],
    [CODER, 'deny', expect.stringContaining('workspace')],
  ]);
});

test("a run's own variables are those of its rules", () => {
  const differences = new Differences(targetOf);
  const made = reruns();
  differences.add(CODER, exec(0, ['/srv/one/run']), made.of(run('1', CODER, '/srv/one')));
  differences.add(CODER, exec(0, ['/srv/one/run']), made.of(run('2', CODER, '/srv/two')));
  expect(differences).toMatchObject({ same: 1 });
  expect(differences.groups()).toMatchObject([{ count: 1, difference: 'newly refused' }]);
});
