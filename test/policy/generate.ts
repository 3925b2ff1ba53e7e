/**
 * Policies and actions from a seed, out of few names, so that rules meet, nest and contradict each other often.
 */
import type { Action } from '../../src/contract/action.ts';
import { parseAddress } from '../../src/contract/address.ts';
import { CATEGORIES, type Category, PRIVILEGES } from '../../src/contract/pattern.ts';
import { EFFECTS, type Effect } from '../../src/contract/policy.ts';
import type { Rules, Written } from './documents.ts';

export const VARIABLES = { workspace: '/w', home: '/h/u', run: '/run/r' };

export type Random = () => number;

/** mulberry32: small, and the same everywhere. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(random: Random, from: readonly T[]): T {
  return from[Math.floor(random() * from.length)]!;
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

const NAMES = [
  'a',
  'b',
  'bb',
  'a.x',
  'b.x.y',
  '.x',
  'w',
  '.env',
  'é',
  'a-name-of-more-than-sixty-four-bytes-that-no-rule-can-hold-but-a-path-can',
];
const SCOPES = ['fleet', 'fleet', 'org/acme', 'team/payments', 'team/payments', 'agent/coder'];
const NETWORKS = [
  '0.0.0.0/0',
  '0.0.0.0',
  '10.0.0.0/8',
  '10.1.0.0/16',
  '10.1.2.0/23',
  '10.1.2.3',
  '127.0.0.0/8',
  '127.0.0.1',
  '[::]/0',
  '[::1]',
  '[2001:db8::]/32',
  '[2001:db8::1]',
  '[::ffff:10.1.2.3]',
  '[::ffff:10.0.0.0]/104',
];
const ADDRESSES = [
  '0.0.0.0',
  '10.1.2.3',
  '10.1.3.255',
  '10.1.4.0',
  '10.2.0.0',
  '127.0.0.1',
  '127.0.0.2',
  '192.0.2.1',
  '::',
  '::1',
  '2001:db8::1',
  '2001:db8::2',
  'fe80::1',
];
const PORTS = [0, 1, 2, 3, 4, 65_535];

const DIGESTS = ['00', '11', '22'].map((byte) => byte.repeat(32));

function filePath(random: Random, depth: number): string {
  return times(depth, () => `/${pick(random, NAMES)}`).join('');
}

function fileRule(random: Random): string {
  const roll = random();
  if (roll < 0.08) return `**/${pick(random, NAMES.slice(0, -1))}`;
  if (roll < 0.16) return `**/*${pick(random, ['.x', '.y', '.x.y', '.env'])}`;
  if (roll < 0.2) return '/**';
  const root = roll < 0.4 ? '${workspace}' : roll < 0.45 ? '${home}' : '';
  const path = `${root}${filePath(random, root === '' ? 1 + Math.floor(random() * 3) : Math.floor(random() * 3))}`;
  return random() < 0.5 ? path : `${path}/**`;
}

function portRange(random: Random, lowest: number): string {
  const roll = random();
  if (roll < 0.4) return '';
  const [from = 0, to = 0] = [pick(random, PORTS), pick(random, PORTS)]
    .map((port) => Math.max(lowest, port))
    .sort((a, b) => a - b);
  return roll < 0.7 ? `:${from}` : `:${from}-${to}`;
}

function networkRule(random: Random, category: 'connect' | 'listen'): string {
  const roll = random();
  if (roll < 0.05) return `unix:${filePath(random, 2)}${random() < 0.5 ? '/**' : ''}`;
  if (roll < 0.08) return `unix:@${pick(random, NAMES)}`;
  const protocol = pick(random, ['', '', 'tcp/', 'udp/']);
  return `${protocol}${pick(random, NETWORKS)}${portRange(random, category === 'listen' ? 0 : 1)}`;
}

function pattern(random: Random, category: Category): string {
  if (category === 'privileged') return pick(random, PRIVILEGES);
  if (category === 'exec' && random() < 0.12) return `sha256:${pick(random, DIGESTS)}`;
  return category === 'connect' || category === 'listen' ? networkRule(random, category) : fileRule(random);
}

function rules(random: Random): Rules {
  const rules: Rules = {};
  for (const category of CATEGORIES) {
    if (random() < 0.35) continue;
    const effects: Partial<Record<Effect, string[]>> = {};
    for (const effect of EFFECTS) {
      const most = effect === 'allow' ? 6 : 3;
      effects[effect] = times(Math.floor(random() * most), () => pattern(random, category));
    }
    rules[category] = effects;
  }
  return rules;
}

export function randomDocuments(random: Random): Written[] {
  return times(1 + Math.floor(random() * 5), (index) => ({
    scope: pick(random, SCOPES),
    name: `d${index}`,
    mode: random() < 0.7 ? 'enforce' : 'monitor',
    withoutBase: random() < 0.2,
    rules: rules(random),
  }));
}

/** Paths that rules are about, and what lies beside them; some that only base or credentials are about. */
const PLACES = [
  '/',
  '/usr/lib/libc.so.6',
  '/dev/null',
  '/proc/self/maps',
  '/h/u/.npmrc',
  '/h/v/.npmrc',
  '/w',
  '/w/.env',
  '/run/r',
];

function actionPath(random: Random): string {
  const roll = random();
  if (roll < 0.1) return pick(random, PLACES);
  if (roll < 0.11) return `/${'a'.repeat(245)}${pick(random, ['', '/', 'b', '/b'])}`.replace(/\/$/, '');
  const root = pick(random, ['', '', '/w', '/h/u']);
  return root + filePath(random, 1 + Math.floor(random() * 4));
}

export function randomAction(random: Random): Action {
  const category = pick(random, CATEGORIES);
  if (category === 'privileged') return { category, privilege: pick(random, PRIVILEGES) };
  if (category === 'connect' || category === 'listen') {
    const roll = random();
    if (roll < 0.04) return { category, unix: filePath(random, 1 + Math.floor(random() * 3)) };
    if (roll < 0.08) return { category, unix: `@${pick(random, NAMES)}` };
    const address = parseAddress(pick(random, ADDRESSES))!.bytes;
    return { category, protocol: random() < 0.5 ? 'tcp' : 'udp', address, port: pick(random, PORTS) };
  }
  if (category === 'exec' && random() < 0.5) {
    return { category, path: actionPath(random), sha256: pick(random, DIGESTS) };
  }
  return { category, path: actionPath(random) };
}
