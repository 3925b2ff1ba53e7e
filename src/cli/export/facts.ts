/**
 * What every format says of an event, taken from it once: severity, words, rule, times.
 *
 * Texts are as the event has them; each format escapes in its own way.
 */
import { basename } from 'node:path';
import { isRefused, isWouldRefuse } from '../../contract/folded.ts';
import { toBigInt, toNumber } from '../../contract/int64.ts';
import type { Event, LoggedEvent, RuleRef } from '../../contract/messages.ts';
import { type Kind, kindOf } from '../../gateway/store/entry.ts';
import { describeEvent } from '../describe.ts';
import { type RulingWord, rulingText } from '../ruling.ts';

export type Severity = 'refused' | 'would' | 'lost' | 'plain';

export interface Facts {
  event: Event;
  index: number;
  host: string;
  kind: Kind;
  timeNs: bigint;
  timeMs: number;
  severity: Severity;
  /** `exec`, `read`, `connect`, `rename` …: printable. */
  action: string;
  /** In one printable line. */
  text: string;
  word: RulingWord | undefined;
  rule: RuleRef | undefined;
  /** The rule or the reason, in printable words; empty for what was allowed. */
  why: string;
  because: string;
  program: string;
}

export function factsOf({ event = {}, index, host }: LoggedEvent): Facts {
  const said = event ?? {};
  const { decision } = said;
  const { action, target, ruling, program } = describeEvent(said);
  const timeNs = toBigInt(said.timeUnixNs);
  return {
    event: said,
    index: toNumber(index),
    host: host ?? '',
    kind: kindOf(said),
    timeNs,
    timeMs: Number(timeNs / 1_000_000n),
    severity: severityOf(said),
    action,
    text: target ? `${action} ${target}` : action,
    word: ruling?.word,
    rule: decision?.rule ?? decision?.would?.rule ?? undefined,
    why: decision ? rulingText(decision).rule : '',
    because: ruling?.because ?? '',
    program: said.process ? program || basename(said.process.executable ?? '') : 'warder',
  };
}

function severityOf({ decision, loss }: Event): Severity {
  if (decision && isRefused(decision)) return 'refused';
  if (decision && isWouldRefuse(decision)) return 'would';
  return loss ? 'lost' : 'plain';
}
