/**
 * The head that every record begins with (struct event_head).
 *
 * Thread names and rulings come again and again: the last ones are kept and shared between events.
 * Throws: KERNEL_RECORD for a number that none of our enums has.
 */
import type { KernelHead, KernelRuling, OutcomeName, ReasonName, VerdictName } from './events.ts';
import { layout, names } from './generated/layout.ts';
import { lowered } from './names.ts';
import { skew, type Views } from './record-views.ts';
import { kernelText } from './text.ts';

const HEAD = layout.event_head.fields;
const DECISION = HEAD.decision.fields;

const VERDICTS = lowered(names.verdict, 'VERDICT_') as VerdictName[];
const OUTCOMES = lowered(names.outcome, 'OUTCOME_') as OutcomeName[];
const REASONS = lowered(names.reason, 'REASON_') as ReasonName[];

/** The head's fields; `kind` and its own fields are for the caller to add. */
export function headOf({ bytes, half, word, quad }: Views, at: number): KernelHead {
  const { ruling, would } = rulingsOf(bytes, word, at);
  const outcome = OUTCOMES[bytes[at + HEAD.outcome.offset]!];
  if (outcome === undefined) throw skew(at, `has outcome ${bytes[at + HEAD.outcome.offset]}, which is none`);
  return {
    timeNs: quad[(at + HEAD.time_ns.offset) >> 3]!,
    startNs: quad[(at + HEAD.start_ns.offset) >> 3]!,
    tgid: word[(at + HEAD.tgid.offset) >> 2]!,
    tid: word[(at + HEAD.tid.offset) >> 2]!,
    run: word[(at + HEAD.run.offset) >> 2]!,
    policy: word[(at + HEAD.policy.offset) >> 2]!,
    ruling,
    would,
    outcome,
    category: bytes[at + HEAD.category.offset]!,
    uid: word[(at + HEAD.uid.offset) >> 2]!,
    comm: commOf(bytes, word, at + HEAD.comm.offset),
    flags: half[(at + HEAD.flags.offset) >> 1]!,
  };
}

/** Names and rulings seen last, found by a few bits of them: a slot holds one, and the next comer takes it. */
const SLOTS = 256;

interface CommSlot {
  words: [number, number, number, number];
  text: string;
}

const comms = new Array<CommSlot | undefined>(SLOTS);

/** comm is NUL-terminated within its 16 bytes. */
function commOf(bytes: Buffer, word: Uint32Array, from: number): string {
  const index = from >> 2;
  const a = word[index]!;
  const b = word[index + 1]!;
  const c = word[index + 2]!;
  const d = word[index + 3]!;
  const slot = hashOf(a, b, c, d);
  const known = comms[slot];
  if (known) {
    const { words } = known;
    if (words[0] === a && words[1] === b && words[2] === c && words[3] === d) return known.text;
  }
  const end = bytes.indexOf(0, from);
  const most = from + HEAD.comm.size;
  const text = kernelText(bytes, from, end < 0 || end > most ? most : end);
  comms[slot] = { words: [a, b, c, d], text };
  return text;
}

interface RulingSlot {
  words: [number, number, number, number];
  ruling: KernelRuling;
  would: KernelRuling;
}

const rulings = new Array<RulingSlot | undefined>(SLOTS);

/** Both rulings of a struct decision. They are shared between events, and frozen. */
function rulingsOf(bytes: Buffer, word: Uint32Array, at: number): RulingSlot {
  const index = (at + HEAD.decision.offset) >> 2;
  const a = word[index]!;
  const b = word[index + 1]!;
  const c = word[index + 2]!;
  const d = word[index + 3]!;
  const slot = hashOf(a, b, c, d);
  const known = rulings[slot];
  if (known) {
    const { words } = known;
    if (words[0] === a && words[1] === b && words[2] === c && words[3] === d) return known;
  }
  const ruling = rulingOf(bytes, word, at, DECISION.verdict, DECISION.reason, DECISION.layer, DECISION.rule);
  const would = rulingOf(
    bytes,
    word,
    at,
    DECISION.would,
    DECISION.would_reason,
    DECISION.would_layer,
    DECISION.would_rule,
  );
  const fresh = {
    words: [a, b, c, d] as RulingSlot['words'],
    ruling,
    would: same(ruling, would) ? ruling : would,
  };
  rulings[slot] = fresh;
  return fresh;
}

interface Placed {
  offset: number;
}

function rulingOf(
  bytes: Buffer,
  word: Uint32Array,
  at: number,
  verdict: Placed,
  reason: Placed,
  layer: Placed,
  rule: Placed,
): KernelRuling {
  const ruling = {
    verdict: VERDICTS[bytes[at + verdict.offset]!],
    reason: REASONS[bytes[at + reason.offset]!],
    layer: bytes[at + layer.offset]!,
    rule: word[(at + rule.offset) >> 2]!,
  };
  if (ruling.verdict === undefined || ruling.reason === undefined) {
    throw skew(
      at,
      `has verdict ${bytes[at + verdict.offset]} for reason ${bytes[at + reason.offset]}, one of which is none`,
    );
  }
  return Object.freeze(ruling as KernelRuling);
}

function same(a: KernelRuling, b: KernelRuling): boolean {
  return a.verdict === b.verdict && a.reason === b.reason && a.layer === b.layer && a.rule === b.rule;
}

function hashOf(a: number, b: number, c: number, d: number): number {
  const mixed = Math.imul(
    a ^ Math.imul(b ^ Math.imul(c ^ Math.imul(d, 0x9e3779b1), 0x85ebca6b), 0xc2b2ae35),
    0x27d4eb2f,
  );
  return (mixed ^ (mixed >>> 15)) & (SLOTS - 1);
}
