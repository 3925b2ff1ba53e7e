/** Which agent a thing of the host is, by the rules of the configuration. */
import { expect, test } from 'vitest';
import type { Container } from '../../../src/runtime/adoption/engine.ts';
import {
  agentOf,
  containerMatches,
  matchesGlob,
  templateFault,
  unitNaming,
} from '../../../src/runtime/adoption/rules.ts';

test.each([
  ['coder@*.service', 'coder@a.service', true],
  ['coder@*.service', 'coder.service', false],
  ['coder.service', 'coderXservice', false],
  ['/agents.slice/*', '/agents.slice/a', true],
  ['/agents.slice/*', '/agents.slice/a/b', false],
  ['/agents.slice/**', '/agents.slice/a/b', true],
  ['a?', 'ab', true],
  ['a?', 'a/', false],
])('%s on %s: %s', (pattern, text, matches) => expect(matchesGlob(pattern, text)).toBe(matches));

test.each([
  ['coder.service', { name: 'coder' }],
  ['coder@7.service', { name: 'coder', instance: '7' }],
  ['agents.slice', { name: 'agents' }],
])('the unit %s is called %j', (unit, naming) => expect(unitNaming(unit)).toEqual(naming));

const LABELLED = { name: 'web', labels: { who: 'other-team/../root', long: 'x'.repeat(300), dots: '..' } };

test.each([
  ['acme/pay/${name}', 'acme/pay/web'],
  ['acme/pay/${label:who}', 'acme/pay/other-team_.._root'],
  ['acme/${label:dots}/a', 'acme/unnamed/a'],
  ['acme/pay/${label:none}', 'acme/pay/unnamed'],
  ['acme/pay/${label:long}', `acme/pay/${'x'.repeat(64)}`],
])('%s never leaves the level that it stands in: %s', (template, agent) =>
  expect(agentOf(template, LABELLED)).toBe(`spiffe://warder.local/${agent}`),
);

const CONTAINER: Container = {
  id: 'c'.repeat(64),
  name: 'coder-1',
  image: 'registry.example.org/agents/coder:3',
  labels: { 'dev.warder.agent': 'coder' },
  cgroup: '/docker/x',
};

test.each([
  [{ labels: { 'dev.warder.agent': '*' } }, true],
  [{ labels: { 'dev.warder.agent': 'other' } }, false],
  [{ labels: { absent: '*' } }, false],
  [{ labels: {}, name: 'coder-*' }, true],
  [{ labels: {}, name: 'coder-*', image: '*/other:*' }, false],
  [{ labels: {}, image: '*/agents/*' }, true],
])('a container rule %j: %s', (rule, matches) => expect(containerMatches(rule, CONTAINER)).toBe(matches));

test.each([
  ['acme/pay', ['units'], 'has not three parts'],
  ['acme/pay/${nmae}', ['units'], 'has ${nmae} in it, which stands for nothing'],
  ['acme/pay/a b', ['units'], 'has a part that is no name'],
  ['acme/pay/${label:x}', ['units', 'containers'], 'has ${label:…} in it, which only containers have'],
  ['acme/pay/${instance}', ['cgroups'], 'has ${instance} in it, which only units have'],
] as const)('%s for %j %s', (template, kinds, fault) => expect(templateFault(template, kinds)).toBe(fault));
