/** Recorded actions under another policy. */
import { expect, test } from 'vitest';
import { type Event, NetworkKind, Outcome, Reason, Verdict } from '../../src/contract/messages.ts';
import { readPolicy } from '../../src/contract/policy.ts';
import { prepare } from '../../src/gateway/policy/decide.ts';
import { parsePolicyFile } from '../../src/gateway/policy/document.ts';
import { actionsOf } from '../../src/gateway/policy/event-actions.ts';
import { effectivePolicy } from '../../src/gateway/policy/layers.ts';
import { decideAgain } from '../../src/gateway/policy/redecide.ts';
import { ALLOWED, connect, denied, event, exec, NO_CURL, open } from '../cli/events.ts';

const DOCUMENT = `
apiVersion: warder.dev/v1
kind: Policy
metadata: {name: p, scope: fleet}
spec:
  mode: monitor
  exec: [{allow: [/usr/bin/git, /usr/bin/dash, /srv/work/run.sh]}, {hold: /usr/bin/rm}]
  read: [{allow: /srv/**}]
  write: [{allow: /srv/work/**}]
  connect: [{allow: [127.0.0.1:8080, "unix:/run/x"]}]
`;
const { documents } = parsePolicyFile(DOCUMENT, 'p.yaml');
const answer = effectivePolicy(documents, 'spiffe://warder.local/local/demo/coder');
const ready = prepare(readPolicy('policy' in answer ? answer.policy : {}), { variables: {} });

const script = (name: string): Event =>
  event(0, {
    exec: { path: '/usr/bin/dash', script: name, workingDirectory: '/srv/work' },
    decision: ALLOWED,
  });
const change = (operation: string, path: string, target = ''): Event =>
  event(0, { fileChange: { operation, path, target }, decision: ALLOWED });

test.each<[string, Event, string, string | undefined]>([
  ['an allowed program', exec(0, ['/usr/bin/git']), 'same', 'allow'],
  ['a program that no rule allows', exec(0, ['/usr/bin/gcc']), 'newly refused', 'deny'],
  ['a program that is held', exec(0, ['/usr/bin/rm']), 'newly refused', 'hold'],
  [
    'a refused one that is allowed now',
    exec(0, ['/usr/bin/git'], denied(Outcome.OUTCOME_PREVENTED, 'exec', NO_CURL)),
    'newly allowed',
    'allow',
  ],
  [
    'a refused one that stays so',
    exec(0, ['/usr/bin/curl'], denied(Outcome.OUTCOME_PREVENTED, 'exec', NO_CURL)),
    'same',
    'deny',
  ],
  ['a script and its interpreter', script('./run.sh'), 'same', 'allow'],
  ['a script that no rule allows', script('../other.sh'), 'newly refused', 'deny'],
  ['reading', open(0, '/srv/a'), 'same', 'allow'],
  [
    'reading and writing, of which one is refused',
    open(0, '/srv/a', { write: true }),
    'newly refused',
    'deny',
  ],
  ['a built-in deny', open(0, '/srv/work/.env'), 'newly refused', 'deny'],
  ['a rename out of what may be written', change('rename', '/srv/work/a', '/srv/b'), 'newly refused', 'deny'],
  ['what a symlink says is not written', change('symlink', '/srv/work/a', '/etc'), 'same', 'allow'],
  ['an address', connect(0, {}), 'same', 'allow'],
  ['another port', connect(0, { port: 81 }), 'newly refused', 'deny'],
  ['the same address, mapped', connect(0, { address: '::ffff:127.0.0.1' }), 'same', 'allow'],
  ['a unix socket', connect(0, { protocol: 'unix', address: '/run/x', port: 0 }), 'same', 'allow'],
  ['a bind', connect(0, { kind: NetworkKind.KIND_BIND }), 'newly refused', 'deny'],
  [
    'a privilege',
    event(0, { privileged: { privilege: 'mount' }, decision: ALLOWED }),
    'newly refused',
    'deny',
  ],
  ['a redacted path', open(0, '/srv/[REDACTED:token]/a'), 'undecided', undefined],
  ['a path that was cut', { ...open(0, '/srv/a'), cut: true }, 'undecided', undefined],
  ['a raw protocol', connect(0, { protocol: '132' }), 'undecided', undefined],
  [
    'what was not resolved then',
    open(0, '/srv/a', {}, { verdict: Verdict.VERDICT_DENY, reason: Reason.REASON_UNRESOLVED }),
    'undecided',
    undefined,
  ],
])('%s', (_, recorded, difference, after) => {
  const again = decideAgain({ ready }, recorded);
  expect([again?.difference, again?.after]).toEqual([difference, after]);
  expect(again?.why).not.toBe('');
});

test('events that no policy is about are passed over', () => {
  expect(decideAgain({ ready }, event(0, { forked: {} }))).toBeUndefined();
  expect(decideAgain({ ready }, open(0, '/srv/a', {}, {}))).toBeUndefined();
  expect(actionsOf(event(0, { exited: {} }))).toEqual({ actions: [], unsure: '' });
});

test('the rule that decides is told with its place', () => {
  expect(decideAgain({ ready }, exec(0, ['/usr/bin/rm']))?.why).toBe('hold /usr/bin/rm (fleet:p, p.yaml:7)');
  expect(decideAgain({ ready }, exec(0, ['/usr/bin/x']))?.why).toBe('no exec rule of fleet:p allows it');
});
