/** What of the caller's environment an agent has. */
import { expect, test } from 'vitest';
import { EffectivePolicy } from '../../../src/contract/messages.ts';
import { agentEnvironment } from '../../../src/runtime/launch/environment.ts';

const CALLER = { PATH: '/usr/bin', HOME: '/home/a', WARDER_TOKEN: 'key of an approver' };

test('without a rule all of it, but for the key with which the caller could approve', () => {
  expect(agentEnvironment(CALLER, new EffectivePolicy({}))).toEqual({ PATH: '/usr/bin', HOME: '/home/a' });
});

test('with a rule the names of the rule, and be it the key', () => {
  const limited = (environment: string[]) => new EffectivePolicy({ environmentLimited: true, environment });
  expect(agentEnvironment(CALLER, limited(['HOME']))).toEqual({ HOME: '/home/a' });
  expect(agentEnvironment(CALLER, limited(['WARDER_TOKEN']))).toEqual({ WARDER_TOKEN: 'key of an approver' });
});
