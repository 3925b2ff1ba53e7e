/**
 * What two sets of policy documents say differently. Order, layout and comments make no difference.
 *
 * In:  documents before and after. Documents are compared by scope and name; where each side has only one, those
 *      two are compared whatever their names.
 * Out: one line for each difference, in a fixed order; none when both mean the same.
 */
import { CATEGORIES, type Category } from '../../contract/pattern.ts';
import { layerName } from '../../contract/policy.ts';
import type { PolicyDocument } from './document.ts';

export interface Difference {
  sign: '+' | '-';
  /** `team/payments:coding-agent` */
  document: string;
  text: string;
}

export function diffDocuments(
  before: readonly PolicyDocument[],
  after: readonly PolicyDocument[],
): Difference[] {
  const [onlyBefore] = before;
  const [onlyAfter] = after;
  if (before.length === 1 && after.length === 1 && onlyBefore && onlyAfter)
    return diffPair(onlyBefore, onlyAfter);
  const names = [...new Set([...before, ...after].map(layerName))].sort();
  const find = (list: readonly PolicyDocument[], name: string) =>
    list.find((each) => layerName(each) === name) ?? null;
  return names.flatMap((name) => diffPair(find(before, name), find(after, name)));
}

function diffPair(before: PolicyDocument | null, after: PolicyDocument | null): Difference[] {
  const document = layerName((after ?? before)!);
  const old = new Set(before ? facts(before) : []);
  const now = new Set(after ? facts(after) : []);
  const removed = [...old]
    .filter((text) => !now.has(text))
    .map((text) => ({ sign: '-' as const, document, text }));
  const added = [...now]
    .filter((text) => !old.has(text))
    .map((text) => ({ sign: '+' as const, document, text }));
  return [...removed, ...added];
}

/** All that a document says, one line each. */
function facts(document: PolicyDocument): string[] {
  const { limits, environment, budget } = document;
  return [
    `document ${layerName(document)}`,
    `mode: ${document.mode}`,
    ...CATEGORIES.flatMap((category) => categoryFacts(document, category)),
    ...document.lifted.map((pattern) => `lift_builtin: ${pattern}`),
    ...(document.withoutBase ? ['base: none'] : []),
    ...(document.requirePrevent ? ['require: prevent'] : []),
    ...(document.secondPerson ? ['approval: second-person'] : []),
    ...(environment ? [`environment: pass ${environment.join(', ') || 'nothing'}`] : []),
    ...Object.entries(limits).flatMap(([name, value]) =>
      value === null ? [] : [`limits: ${name} ${value}`],
    ),
    ...Object.entries(budget ?? {}).map(([name, value]) => `budget: ${name} ${JSON.stringify(value)}`),
  ];
}

function categoryFacts({ categories }: PolicyDocument, category: Category): string[] {
  const rules = categories.get(category);
  if (!rules) return [];
  if (rules.length === 0) return [`${category}: no rule, so everything is denied`];
  return rules.map(
    ({ effect, text, because }) => `${category}: ${effect} ${text}${because === '' ? '' : ` (${because})`}`,
  );
}
