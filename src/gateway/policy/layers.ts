/**
 * What is effective for one agent: the documents that apply to it as layers, and the built-in layers behind them.
 *
 * In:  validated documents, in any order; the agent's SPIFFE ID.
 * Out: the contract's EffectivePolicy, the same for the same documents whatever their order; version, issue and
 *      lease are the authority's to set. A refusal, with its reason, where no document applies.
 * Throws: POLICY_AGENT_ID when the agent is no SPIFFE ID of an agent.
 *
 * One document is one layer. Layers go fleet, org, team, agent, and by name inside a scope.
 *
 * Monitor prevents nothing: what is of the policy as a whole (lifted denies, base, the meaning of a `load` that
 * is left out, requirements, limits, environment) is not for a monitoring layer to say where another enforces.
 */
import { type AgentId, parseAgentId } from '../../contract/agent-id.ts';
import { budgetMessage } from '../../contract/budgets.ts';
import { toLong } from '../../contract/int64.ts';
import { LIMITS } from '../../contract/limits.ts';
import type { EffectivePolicy } from '../../contract/messages.ts';
import { CATEGORIES, type Category } from '../../contract/pattern.ts';
import { BUILTIN, EFFECT_NUMBERS, MODE_NUMBERS, type Mode, type PolicyRule } from '../../contract/policy.ts';
import { budgetsOf } from './budgets.ts';
import {
  BASE_RULES,
  type BuiltinRules,
  credentialRules,
  LIBRARY_RULES,
  nameServiceRules,
} from './builtin.ts';
import type { PolicyDocument } from './document.ts';

export type PolicyAnswer = { policy: EffectivePolicy } | { refusal: string };

type WireLayer = NonNullable<EffectivePolicy['layers']>[number];
type WireCategory = NonNullable<WireLayer['categories']>[number];

const SCOPES = ['fleet', 'org', 'team', 'agent'];

export function effectivePolicy(documents: readonly PolicyDocument[], agent: string): PolicyAnswer {
  const id = parseAgentId(agent);
  const applying = documents.filter((document) => applies(document, id)).sort(byRank);
  if (applying.length === 0) {
    return {
      refusal:
        `no policy matches ${agent}: none is for fleet, org/${id.org}, team/${id.team} or agent/${id.agent}` +
        (documents.length === 0 ? '' : `; there are ${scopesOf(documents)}`),
    };
  }
  if (applying.length > LIMITS.layers) {
    return {
      refusal: `${applying.length} documents apply to ${agent}, at most ${LIMITS.layers} can be kept`,
    };
  }
  const enforcing = applying.filter(({ mode }) => mode === 'enforce');
  const deciding = enforcing.length > 0 ? enforcing : applying;
  const mapsAsExec = !deciding.some(({ categories }) => categories.has('load'));
  const lifted = [...new Set(deciding.flatMap((document) => document.lifted))].sort();
  const names = environmentNames(enforcing);
  return {
    policy: {
      agent,
      layers: [
        ...applying.map((document) => toLayer(document, mapsAsExec)),
        ...builtinLayers(deciding, new Set(lifted), mapsAsExec),
      ],
      requirePrevent: enforcing.some((document) => document.requirePrevent),
      secondPerson: enforcing.some((document) => document.secondPerson),
      lifted,
      environment: names ?? [],
      environmentLimited: names !== null,
      pids: least(enforcing.map(({ limits }) => limits.pids)),
      memoryBytes: toLong(least(enforcing.map(({ limits }) => limits.memoryBytes))),
      cpuPercent: least(enforcing.map(({ limits }) => limits.cpuPercent)),
      budgeted: enforcing.some(({ budget }) => budget !== null),
      budgets: applying.flatMap(budgetsOf).map(budgetMessage),
    },
  };
}

/** Whether a document's scope takes the agent in. */
function applies({ scope }: { scope: string }, id: AgentId): boolean {
  return [`fleet`, `org/${id.org}`, `team/${id.team}`, `agent/${id.agent}`].includes(scope);
}

function byRank(a: PolicyDocument, b: PolicyDocument): number {
  return rank(a) - rank(b) || compare(a.scope, b.scope) || compare(a.name, b.name);
}

function rank({ scope }: PolicyDocument): number {
  return SCOPES.indexOf(scope.split('/')[0]!);
}

/** By code unit: the same on every host, whatever its locale. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function scopesOf(documents: readonly PolicyDocument[]): string {
  const scopes = [...new Set(documents.map((document) => document.scope))].sort(compare);
  const shown = scopes.slice(0, 5).join(', ');
  return scopes.length > 5 ? `${shown} and ${scopes.length - 5} more` : shown;
}

/** @param mapsAsExec what `exec` says is said of mapping as well, content rules apart: they are judged at exec */
function toLayer(document: PolicyDocument, mapsAsExec: boolean): WireLayer {
  const exec = document.categories.get('exec');
  const mapped = mapsAsExec ? exec?.filter(({ pattern }) => pattern.kind !== 'sha256') : undefined;
  const rulesOf = (category: Category) =>
    document.categories.get(category) ?? (category === 'load' ? mapped : undefined);
  return {
    scope: document.scope,
    name: document.name,
    mode: MODE_NUMBERS[document.mode],
    file: document.file,
    categories: CATEGORIES.flatMap((category) => {
      const rules = rulesOf(category);
      return rules ? [wireCategory(category, rules)] : [];
    }),
  };
}

function wireCategory(category: string, rules: readonly PolicyRule[]): WireCategory {
  return {
    category,
    rules: rules.map(({ effect, text, because, line, column }) => ({
      effect: EFFECT_NUMBERS[effect],
      pattern: text,
      because,
      line,
      column,
    })),
  };
}

function builtinLayers(
  deciding: readonly PolicyDocument[],
  lifted: ReadonlySet<string>,
  mapsAsExec: boolean,
): WireLayer[] {
  // They prevent as soon as one layer does.
  const mode = deciding.some((document) => document.mode === 'enforce') ? 'enforce' : 'monitor';
  const layers = [builtinLayer('credentials', mode, credentialRules(lifted))];
  if (deciding.some(hasNames)) layers.push(builtinLayer('name-services', mode, nameServiceRules(lifted)));
  if (mapsAsExec) layers.push(builtinLayer('libraries', mode, [LIBRARY_RULES]));
  if (!deciding.some((document) => document.withoutBase)) layers.push(builtinLayer('base', mode, BASE_RULES));
  return layers;
}

function hasNames({ categories }: PolicyDocument): boolean {
  return (categories.get('connect') ?? []).some(({ pattern }) => pattern.kind === 'host');
}

function builtinLayer(name: string, mode: Mode, rules: readonly BuiltinRules[]): WireLayer {
  const categories = new Map<string, WireCategory>();
  for (const { category, effect, because, patterns } of rules) {
    const entry = categories.get(category) ?? { category, rules: [] };
    entry.rules?.push(...patterns.map((pattern) => ({ effect: EFFECT_NUMBERS[effect], pattern, because })));
    categories.set(category, entry);
  }
  return { scope: BUILTIN, name, mode: MODE_NUMBERS[mode], categories: [...categories.values()] };
}

/** Names that every layer with such a rule lets through; null where none has one. */
function environmentNames(documents: readonly PolicyDocument[]): string[] | null {
  const rules = documents.flatMap(({ environment }) => (environment ? [environment] : []));
  const [first, ...rest] = rules;
  return first ? first.filter((name) => rest.every((names) => names.includes(name))) : null;
}

/** 0 where nothing limits. */
function least(limits: readonly (number | null)[]): number {
  const set = limits.filter((limit) => limit !== null);
  return set.length === 0 ? 0 : Math.min(...set);
}
