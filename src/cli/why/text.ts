/**
 * Refusals and allowances in words, for a terminal and for a model. Everything goes through printable(): file names
 * and arguments are the agent's own, and may want to look like something else.
 */
import { printable } from '../../base/printable.ts';
import type { Allowed, MayAnswer, Refusal, WhyDocument } from '../../runtime/why/words.ts';

const REASONS: Readonly<Record<string, string>> = {
  no_category: 'no rule of the policy speaks of it, so it is denied',
  no_policy: 'no policy is in force for this run',
  lease: 'the policy has run out and was not renewed',
  silent: 'the runtime of this host is away',
  unresolved: 'its path could not be resolved whole',
  family: 'no rule can name that address family',
  budget: 'nothing of a budget of the policy is left on this host',
  resolver: 'nobody is there to answer names',
  name: 'that is no host name',
  type: 'records of that type are not answered',
  secret: 'the name holds a secret',
  limit: 'too many look-ups',
  rebinding: 'a host name led to addresses that only rules of addresses reach',
  content: 'the content of the program is not known yet, or not allowed',
};

export function whyLines({ refusals, forgotten, since }: WhyDocument): string[] {
  if (refusals.length === 0) return [`Nothing has been refused in this run since ${since}.`];
  const older = forgotten > 0 ? [`${forgotten} older refusals are no longer kept.`, ''] : [];
  return [...older, ...refusals.flatMap((refusal) => [...refusalLines(refusal), '']).slice(0, -1)];
}

export function refusalLines(refusal: Refusal): string[] {
  const { category, target, argv, outcome, count, last, because, instead, retry, pid, executable } = refusal;
  const words = argv && argv.length > 1 ? `  (${argv.join(' ')})` : '';
  const times = count > 1 ? `, ${count} times` : '';
  return [
    `${refusal.verdict === 'hold' ? 'held' : 'refused'} and ${outcome}${times}: ${category} ${target}${words}`,
    `  by       ${ruleText(refusal)}`,
    ...(because ? [`  because  ${because}`] : []),
    ...(instead.length > 0 ? [`  allowed  ${instead.join(', ')}`] : []),
    `  again    ${retry.text}`,
    `  who      process ${pid} ${executable}, ${last}`,
  ].map(printable);
}

export function mayLines(answer: MayAnswer): string[] {
  const { category, target, verdict, because, instead } = answer;
  const says = { allow: 'allowed', hold: 'held: a person is asked', deny: 'denied' }[verdict];
  return [
    `${says}: ${category} ${target}`,
    `  by       ${ruleText(answer)}`,
    ...(because ? [`  because  ${because}`] : []),
    ...(instead.length > 0 ? [`  allowed  ${instead.join(', ')}`] : []),
  ].map(printable);
}

export function allowedLines(may: Allowed): string[] {
  const lines = Object.entries(may).flatMap(([category, { allow, hold, more }]) => [
    ...allow.map((text) => `${category.padEnd(11)}${text}`),
    ...hold.map((text) => `${category.padEnd(11)}${text}  (a person is asked)`),
    ...(more > 0 ? [`${category.padEnd(11)}and ${more} more`] : []),
  ]);
  const rest =
    'What is not listed is denied, but for what every program needs to start. Denies are told when they are met.';
  return [...lines.map(printable), rest];
}

type Ruled = Pick<Refusal, 'reason' | 'rule' | 'layer'>;

function ruleText({ reason, rule, layer }: Ruled): string {
  if (rule) return `${rule.effect} ${rule.pattern} (${rule.layer})`;
  if (reason === 'no_rule') return `no rule of ${layer || 'a layer'} allows it`;
  return REASONS[reason] ?? reason;
}
