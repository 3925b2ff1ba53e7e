/**
 * Events in words. Everything that an agent could have chosen goes through printable(): it is text in the page anyway,
 * and can neither reorder nor hide what stands beside it.
 */
import { contextText } from '../base/context-text.ts';
import { printable, printableWithin } from '../base/printable.ts';
import type { Decision, Logged, WarderEvent } from './api.ts';

export interface EventWords {
  time: string;
  agent: string;
  who: string;
  action: string;
  target: string;
  /** `prevented`, `terminated`, `observed`, `held`, `would`, `allowed` or nothing. */
  word: string;
  why: string;
}

const TARGET_LENGTH = 400;
const OUTCOMES: Readonly<Record<string, string>> = {
  OUTCOME_PREVENTED: 'prevented',
  OUTCOME_TERMINATED: 'terminated',
  OUTCOME_OBSERVED: 'observed',
};

export function eventWords({ event = {} }: Logged): EventWords {
  const { decision, process } = event;
  const [action, target] = actionOf(event);
  return {
    time: timeText(event.timeUnixNs),
    agent: agentName(event.agent),
    who: process
      ? `${process.pid ?? ''} ${printable(baseName(process.executable) || process.comm || '')}`
      : '',
    action,
    target: printableWithin(target, TARGET_LENGTH),
    word: rulingWord(decision),
    why: whyText(decision),
  };
}

export function rulingWord(decision: Decision | undefined): string {
  if (!decision) return '';
  const outcome = OUTCOMES[decision.outcome ?? ''];
  if (decision.verdict === 'VERDICT_HOLD') return 'held';
  if (outcome) return outcome;
  const would = decision.would?.verdict;
  return would === 'VERDICT_DENY' || would === 'VERDICT_HOLD' ? 'would' : 'allowed';
}

export function isRefusal(logged: Logged): boolean {
  return !['', 'allowed'].includes(rulingWord(logged.event?.decision));
}

export function whyText(decision: Decision | undefined): string {
  if (!decision) return '';
  const word = rulingWord(decision);
  if (word === 'allowed' || word === '') return '';
  const by = word === 'would' ? decision.would : decision;
  const rule = by?.rule;
  const place = rule?.file ? `, ${rule.file}:${rule.line ?? 0}` : '';
  if (rule) {
    const because = rule.because ? `: ${rule.because}` : '';
    return printable(`${rule.effect} ${rule.pattern} (${rule.layer}${place})${because}`);
  }
  if (by?.layer) return printable(`no rule of ${by.layer} allows it`);
  return (by?.reason ?? '').replace('REASON_', '').toLowerCase().replaceAll('_', ' ');
}

function actionOf(event: WarderEvent): [string, string] {
  const { exec, fileOpen, fileChange, load, privileged, network, exited, runStarted, runEnded, loss } = event;
  if (exec)
    return ['exec', [exec.path, ...(exec.argv ?? []).slice(1), ...(exec.argvCut ? ['…'] : [])].join(' ')];
  if (fileOpen) return [fileOpen.write ? 'write' : 'read', fileOpen.path ?? ''];
  if (fileChange) {
    return [
      fileChange.operation ?? 'change',
      [fileChange.path, fileChange.target].filter(Boolean).join(' → '),
    ];
  }
  if (load) return ['load', load.path ?? ''];
  if (network)
    return [(network.kind ?? 'KIND_CONNECT').replace('KIND_', '').toLowerCase(), endpoint(network)];
  if (event.nameLookup) return ['lookup', lookup(event.nameLookup)];
  if (privileged) return ['privilege', privileged.privilege ?? ''];
  if (event.contextChange)
    return [event.contextChange.operation ?? 'context', contextOf(event.contextChange)];
  if (exited) return ['exit', exited.signal ? `signal ${exited.signal}` : `status ${exited.code ?? 0}`];
  if (event.forked) return ['fork', ''];
  if (runStarted?.adopted) return ['adopt', runStarted.adopted];
  if (runStarted) return ['start', (runStarted.argv ?? []).join(' ')];
  if (runEnded)
    return ['end', runEnded.signal ? `signal ${runEnded.signal}` : `status ${runEnded.code ?? 0}`];
  if (loss) return ['lost', (loss.counts ?? []).map((c) => `${c.records} ${c.kind} (${c.cause})`).join(', ')];
  if (event.gateway) {
    const { action = '', actor, subject = '', because = '' } = event.gateway;
    return [action, [subject, actor?.name && `by ${actor.name}`, because].filter(Boolean).join(', ')];
  }
  if (event.notice) return [event.notice.kind ?? 'notice', event.notice.text ?? ''];
  return ['event', ''];
}

function endpoint({
  protocol = '',
  address = '',
  port = 0,
  name,
}: NonNullable<WarderEvent['network']>): string {
  if (address.startsWith('/') || address.startsWith('@')) return `unix ${address}`;
  const host = address.includes(':') ? `[${address}]` : address;
  return `${protocol} ${name ? `${name} (${host})` : host}:${port}`;
}

function lookup({
  name,
  type,
  code,
  addresses,
  removed,
  looksLike,
}: NonNullable<WarderEvent['nameLookup']>): string {
  const answer = code === 'NOERROR' ? addresses?.join(' ') || 'nothing' : code;
  const without = removed?.length ? ` without ${removed.join(' ')}` : '';
  return `${name} ${type} ${answer}${without}${looksLike ? `, which looks like ${looksLike}` : ''}`;
}

function contextOf(change: NonNullable<WarderEvent['contextChange']>): string {
  return contextText({ ...change, capabilities: BigInt(change.capabilities ?? '0') });
}

/** The last part of a SPIFFE ID. */
export function agentName(agent: string | undefined): string {
  return printable(baseName(agent));
}

export function baseName(path: string | undefined): string {
  return (path ?? '').split('/').at(-1) ?? '';
}

export function milliseconds(unixNs: string | undefined): number {
  return unixNs ? Number(unixNs.slice(0, -6)) : 0;
}

function timeText(unixNs: string | undefined): string {
  const ms = milliseconds(unixNs);
  return ms === 0 ? '' : clock(ms);
}

const two = (value: number) => String(value).padStart(2, '0');

function clock(ms: number): string {
  const at = new Date(ms);
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${time}.${String(at.getMilliseconds()).padStart(3, '0')}`;
}

export function dateText(ms: number): string {
  if (!ms) return '';
  const at = new Date(ms);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${clock(ms).slice(0, 8)}`;
}

export function short(id: string | undefined): string {
  return (id ?? '').slice(-12);
}
