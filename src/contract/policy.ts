/**
 * An effective policy after its wire message was narrowed: every field there, every enum a closed name, every
 * pattern parsed once. Both sides of the contract evaluate this.
 *
 * Throws: POLICY_MESSAGE when the message is not one that this version can keep whole. A part of a policy is
 * never used.
 */
import { WarderError } from '../base/error.ts';
import { type Budget, readBudget } from './budgets.ts';
import { toNumber } from './int64.ts';
import { LIMITS } from './limits.ts';
import { type EffectivePolicy, Effect as EffectNumber, Mode as ModeNumber } from './messages.ts';
import { CATEGORIES, type Category, type Pattern, parsePattern } from './pattern.ts';

export const EFFECTS = ['allow', 'hold', 'deny'] as const;
export type Effect = (typeof EFFECTS)[number];
export type Mode = 'monitor' | 'enforce';

export interface PolicyRule {
  effect: Effect;
  pattern: Pattern;
  /** As written. */
  text: string;
  because: string;
  /** From 1; 0 for a rule that stands in no file. */
  line: number;
  column: number;
}

export interface PolicyLayer {
  /** "fleet", "org/…", "team/…", "agent/…", "builtin". */
  scope: string;
  name: string;
  mode: Mode;
  file: string;
  builtin: boolean;
  /** Only those that the layer has; in the order of CATEGORIES. */
  categories: ReadonlyMap<Category, readonly PolicyRule[]>;
}

/** As much of a policy as its rules are numbered and placed by. */
export type PolicyLayers = Pick<Policy, 'layers'>;

export interface Policy {
  agent: string;
  version: number;
  issuedUnixMs: number;
  leaseUnixMs: number;
  /** Fleet first, built-in ones last. */
  layers: readonly PolicyLayer[];
  requirePrevent: boolean;
  /** What is held waits for somebody else than who started the run. */
  secondPerson: boolean;
  lifted: readonly string[];
  /** Names that reach the agent; null: all do. */
  environment: readonly string[] | null;
  /** 0: no limit. */
  limits: { pids: number; memoryBytes: number; cpuPercent: number };
  budgets: readonly Budget[];
}

export const BUILTIN = 'builtin';

/** As events and listings name it: `team/payments:coding-agent`, `builtin:credentials`. */
export function layerName(layer: { scope: string; name: string }): string {
  return `${layer.scope}:${layer.name}`;
}

const MODES = new Map<number, Mode>([
  [ModeNumber.MODE_MONITOR, 'monitor'],
  [ModeNumber.MODE_ENFORCE, 'enforce'],
]);

const EFFECT_NAMES = new Map<number, Effect>([
  [EffectNumber.EFFECT_ALLOW, 'allow'],
  [EffectNumber.EFFECT_HOLD, 'hold'],
  [EffectNumber.EFFECT_DENY, 'deny'],
]);

export const EFFECT_NUMBERS = {
  allow: EffectNumber.EFFECT_ALLOW,
  hold: EffectNumber.EFFECT_HOLD,
  deny: EffectNumber.EFFECT_DENY,
} as const satisfies Record<Effect, number>;

export const MODE_NUMBERS = {
  monitor: ModeNumber.MODE_MONITOR,
  enforce: ModeNumber.MODE_ENFORCE,
} as const satisfies Record<Mode, number>;

type WireLayer = NonNullable<EffectivePolicy['layers']>[number];
type WireCategory = NonNullable<WireLayer['categories']>[number];
type WireRule = NonNullable<WireCategory['rules']>[number];

export function readPolicy(message: EffectivePolicy): Policy {
  const layers = (message.layers ?? []).map(readLayer);
  const own = layers.filter((layer) => !layer.builtin).length;
  if (own === 0) throw unusable('it has no layer of its own');
  if (own > LIMITS.layers)
    throw unusable(`it has ${own} layers of its own, at most ${LIMITS.layers} can be kept`);
  if (layers.slice(0, own).some((layer) => layer.builtin)) throw unusable('a built-in layer is not last');
  return {
    agent: message.agent ?? '',
    version: toNumber(message.version),
    issuedUnixMs: toNumber(message.issuedUnixMs),
    leaseUnixMs: toNumber(message.leaseUnixMs),
    layers,
    requirePrevent: message.requirePrevent ?? false,
    secondPerson: message.secondPerson ?? false,
    lifted: message.lifted ?? [],
    environment: message.environmentLimited ? (message.environment ?? []) : null,
    limits: {
      pids: message.pids ?? 0,
      memoryBytes: toNumber(message.memoryBytes),
      cpuPercent: message.cpuPercent ?? 0,
    },
    budgets: (message.budgets ?? []).map(readBudget),
  };
}

function readLayer(layer: WireLayer): PolicyLayer {
  const name = layerName({ scope: layer.scope ?? '', name: layer.name ?? '' });
  const mode = MODES.get(layer.mode ?? 0);
  if (!mode) throw unusable(`layer ${name} has mode ${layer.mode ?? 0}`);
  const builtin = layer.scope === BUILTIN;
  const categories = new Map<Category, readonly PolicyRule[]>();
  for (const entry of layer.categories ?? []) {
    const category = CATEGORIES.find((known) => known === entry.category);
    if (!category) throw unusable(`layer ${name} has category '${entry.category ?? ''}'`);
    if (categories.has(category)) throw unusable(`layer ${name} has category ${category} twice`);
    categories.set(
      category,
      (entry.rules ?? []).map((rule) => readRule(rule, category, name, builtin)),
    );
  }
  return {
    scope: layer.scope ?? '',
    name: layer.name ?? '',
    mode,
    file: layer.file ?? '',
    builtin,
    categories,
  };
}

function readRule(rule: WireRule, category: Category, layer: string, builtin: boolean): PolicyRule {
  const text = rule.pattern ?? '';
  const effect = EFFECT_NAMES.get(rule.effect ?? 0);
  if (!effect) throw unusable(`a rule of ${layer}, ${category} '${text}', has effect ${rule.effect ?? 0}`);
  const parsed = parsePattern(category, text, { builtin });
  if ('fault' in parsed) throw unusable(`a rule of ${layer}, ${category}: ${parsed.fault.message}`);
  return {
    effect,
    pattern: parsed.pattern,
    text,
    because: rule.because ?? '',
    line: rule.line ?? 0,
    column: rule.column ?? 0,
  };
}

function unusable(why: string): WarderError {
  return new WarderError(
    'POLICY_MESSAGE',
    `an effective policy cannot be used: ${why}`,
    'gateway and runtime are of different versions: bring both to the same one',
  );
}
