/**
 * Whether a host name may be looked up, in plain words: the reference for the runtime's resolver, as decide.ts is for the
 * kernel. test/policy compares the two.
 *
 * A name may be looked up where some port of it may be reached, or be held, as far as names decide: of the layers those
 * have a say that allow or hold names; what denies names has always one.
 *
 * In:  a policy made ready, a name in normal form. Out: as decide() says it. Pure.
 */
import type { NetworkAction } from '../../contract/action.ts';
import type { HostPattern } from '../../contract/pattern.ts';
import { type Decision, decideAmong, type ReadyPolicy, type Ruling } from './decide.ts';

const PROTOCOLS = ['tcp', 'udp'] as const;
const ORDER = ['allow', 'hold', 'deny'];

export function decideLookup(ready: ReadyPolicy, host: string): Decision {
  const { layers } = ready.policy;
  const hosts = hostRules(ready);
  const naming = namingLayers(hosts);
  const rulings = endpoints(hosts, host).map((action) => ({
    would: among(ready, action, naming, () => true),
    ruling: among(ready, action, naming, (layer) => layers[layer]!.mode === 'enforce'),
  }));
  const would = best(rulings.map((one) => one.would));
  if (!layers.some(({ mode, builtin }) => mode === 'enforce' && !builtin))
    return { ...would, verdict: 'allow', would };
  return { ...best(rulings.map(({ ruling }) => ruling)), would };
}

export interface HostRule {
  number: number;
  pattern: HostPattern;
  effect: string;
  layer: number;
}

export function hostRules({ table }: ReadyPolicy): HostRule[] {
  return table.rules.flatMap(({ number, category, layer, rule: { pattern, effect } }) =>
    category === 'connect' && pattern.kind === 'host' ? [{ number, pattern, effect, layer }] : [],
  );
}

/** Those that allow or hold names. */
export function namingLayers(hosts: readonly HostRule[]): ReadonlySet<number> {
  return new Set(hosts.flatMap(({ effect, layer }) => (effect === 'deny' ? [] : [layer])));
}

export function isAbout({ pattern: { name, under } }: HostRule, host: string): boolean {
  return under ? host.endsWith(`.${name}`) : host === name;
}

/** One of each run of ports that the rules about a name tell apart; without any such rule one that none is about. */
function endpoints(rules: readonly HostRule[], host: string): NetworkAction[] {
  const about = rules.filter((rule) => isAbout(rule, host));
  const found = PROTOCOLS.flatMap((protocol) => {
    const patterns = about
      .map(({ pattern }) => pattern)
      .filter((pattern) => pattern.protocol === null || pattern.protocol === protocol);
    const ports = new Set(patterns.flatMap(({ from, to }) => [from, to + 1]));
    return [...ports]
      .filter((port) => patterns.some(({ from, to }) => port >= from && port <= to))
      .map((port) => actionOf(host, protocol, port));
  });
  return found.length > 0 ? found : [actionOf(host, 'tcp', 0)];
}

function actionOf(host: string, protocol: 'tcp' | 'udp', port: number): NetworkAction {
  return { category: 'connect', protocol, address: null, host, port };
}

function among(
  ready: ReadyPolicy,
  action: NetworkAction,
  naming: ReadonlySet<number>,
  keep: (layer: number) => boolean,
): Ruling {
  const having = [...naming].filter(keep);
  const ruling = decideAmong(ready, action, keep, (layer) => naming.has(layer));
  // Where no layer allows names, only what denies them has a say.
  const free = having.length === 0 && !(ruling.verdict === 'deny' && ruling.reason === 'rule');
  return free ? { verdict: 'allow', reason: 'rule', layer: 0, rule: 0 } : ruling;
}

function best(rulings: readonly Ruling[]): Ruling {
  return rulings.reduce((a, b) => (ORDER.indexOf(b.verdict) < ORDER.indexOf(a.verdict) ? b : a));
}
