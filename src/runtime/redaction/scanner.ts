/**
 * The scanner: one pass of the automaton over a text, each hit handed to the context it belongs to, then the
 * text's encoded runs and views the same way.
 *
 * In:  compiled rules once; then texts.
 * Out: findings in each text's own positions.
 *
 * Nested encodings go `DEEPEST` levels down. Each level has texts of its own, so nothing is allocated per string.
 */

import type { Set128 } from './alphabet.ts';
import { type Automaton, buildAutomaton } from './automaton.ts';
import { CALLS, SIGN_INS } from './calls.ts';
import {
  ALNUM,
  AMPERSAND,
  ANY_LOWER,
  ANY_UPPER,
  APOSTROPHE,
  BACKSLASH,
  BACKTICK,
  BASE64,
  CARET,
  CLASS,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  DASH,
  DIGIT,
  DOT,
  HYPHEN,
  isAlnum,
  isGap,
  isQuote,
  NUL,
  PERCENT,
  QUOTE,
  SLASH,
} from './characters.ts';
import { onIdentified } from './context/assigned.ts';
import { onCall, onSend, onSignIn } from './context/call.ts';
import { onProgram } from './context/command.ts';
import { onCookie, onScheme } from './context/header.ts';
import { onIssued } from './context/issued.ts';
import { hasForm, onIssuer } from './context/issuer.ts';
import { onJwk } from './context/jwk.ts';
import { onKeyBegin, onKeyEnd, onPuttyLines } from './context/key-block.ts';
import { LEAST_WORDS, onWords } from './context/mnemonic.ts';
import { onName } from './context/name.ts';
import { onEcho, onHereString } from './context/piped.ts';
import { onPlainSetting, PLAIN_SETTINGS } from './context/prose.ts';
import { decodeRun, encodedStart } from './context/run.ts';
import { onCutTail } from './context/tail.ts';
import { onAt, onOracle, onPasswordFile, onUrl } from './context/url.ts';
import { behindPadding, decodeBase64, SHORTEST_BASE64, unwrap } from './encodings.ts';
import { mergeFindings, RANK } from './finding.ts';
import { EXACT_STEMS, STEMS } from './names.ts';
import type { CompiledRule } from './rule.ts';
import { Scan } from './scan.ts';
import { entropy, looksRandom, measure } from './shape.ts';
import { Text } from './text.ts';
import { TOOLS } from './tools.ts';
import {
  behindJoint,
  entitiesView,
  escapesView,
  goesOnAt,
  isGlue,
  joinedView,
  percentView,
} from './views.ts';
import { COST } from './work.ts';

/** Levels of encoding that are undone, one within the other. */
const DEEPEST = 3;

/** Which context an anchor's hit goes to. */
const enum_ = {
  issued: 0,
  issuer: 1,
  stem: 2,
  exactStem: 3,
  url: 4,
  at: 5,
  keyBegin: 6,
  keyEnd: 7,
  putty: 8,
  scheme: 9,
  cookie: 10,
  program: 11,
  stdin: 12,
  marker: 13,
  identified: 14,
  pgpass: 15,
  hereString: 16,
  call: 17,
  signIn: 18,
  setting: 19,
  oracle: 20,
  send: 21,
  jwk: 22,
} as const;
type Context = (typeof enum_)[keyof typeof enum_];

interface Anchor {
  readonly literal: string;
  /** As written in the table that it comes from. */
  readonly name: string;
  readonly context: Context;
  readonly rule: CompiledRule | undefined;
}

/**
 * What the walk knows of each code unit, in one word: the automaton's class in the lowest byte, the classes of
 * characters.ts in the next, then which encodings it may belong to.
 */
const RUN_BITS = 0xff00;
const SMALL_ONLY = ANY_LOWER << 8;
const DIGITS_ONLY = DIGIT << 8;
const SEEN_PERCENT = 1 << 16;
const SEEN_BACKSLASH = 1 << 17;
const SEEN_AMPERSAND = 1 << 18;
const SEEN_GLUE = 1 << 19;

function describeCodes(classOf: Uint8Array): Int32Array {
  const about = new Int32Array(0x10000);
  for (let code = 0; code < about.length; code++) about[code] = classOf[code]! | (CLASS[code]! << 8);
  about[PERCENT]! |= SEEN_PERCENT;
  about[BACKSLASH]! |= SEEN_BACKSLASH | SEEN_GLUE;
  about[AMPERSAND]! |= SEEN_AMPERSAND;
  for (const code of [QUOTE, APOSTROPHE, BACKTICK, CARET, NUL]) about[code]! |= SEEN_GLUE;
  return about;
}

interface IssuerSeen {
  readonly rule: CompiledRule;
  readonly at: number;
}
const NO_ISSUERS: readonly IssuerSeen[] = [];

/** Characters of an anchor that must follow a joint in the middle of it. */
const LEAST_AHEAD = 3;
const SHORTEST_RUN = SHORTEST_BASE64;

export class Scanner {
  readonly scan: Scan;
  readonly #automaton: Automaton;
  readonly #about: Int32Array;
  readonly #anchors: readonly Anchor[];
  readonly #guards: Guards;
  readonly #runRules: readonly CompiledRule[];
  /** What one of them can begin with. */
  readonly #runFirst = new Uint8Array(128);
  /** Texts per level: decoded runs and views. */
  readonly #levels: Text[] = Array.from({ length: DEEPEST + 1 }, () => new Text());
  readonly #views: Text[] = Array.from({ length: DEEPEST + 1 }, () => new Text());
  /** Lines of base64 put together, per level. */
  readonly #wrapped: Text[] = Array.from({ length: DEEPEST + 1 }, () => new Text());
  /** End of the lines that were put together last, and their level. */
  #wrappedEnd = 0;
  #wrappedDepth = 0;
  /** The issuers' names seen in the text under scan, latest last. */
  #issuers: readonly IssuerSeen[] = NO_ISSUERS;

  constructor(rules: readonly CompiledRule[]) {
    this.#anchors = anchorsOf(rules);
    this.#automaton = buildAutomaton(this.#anchors.map((anchor) => anchor.literal));
    this.#about = describeCodes(this.#automaton.classOf);
    this.#guards = new Guards(this.#anchors);
    this.#runRules = rules.filter((rule) => rule.rule.boundary === 'run');
    for (const { form } of this.#runRules)
      for (let code = 0; code < 128; code++) this.#runFirst[code]! |= form.first[code]!;
    this.scan = new Scan((text, nameStart, start, end) => this.#kindOf(text, nameStart, start, end));
  }

  /** Findings of `text`, merged and in order. The caller has reset the work. */
  find(text: Text): void {
    this.#scan(text, 0, false);
    if (text.cut) onCutTail(this.scan, text);
    text.findings = mergeFindings(text.findings);
  }

  #scan(text: Text, depth: number, joined: boolean): void {
    const { scan } = this;
    if (scan.work.spent) return;
    const issuers = this.#issuers;
    this.#issuers = NO_ISSUERS;
    scan.nameEnd = 0;
    scan.wordsEnd = 0;
    text.seal();
    if (depth <= this.#wrappedDepth) this.#wrappedEnd = 0;
    if (scan.joints.length > 0) scan.joints = [];
    const seen = this.#walk(text, depth, joined);
    if (!joined && scan.memory !== undefined) scan.memory.find(scan, text);
    if (!joined && !scan.work.spent) this.#undo(text, depth, seen);
    this.#issuers = issuers;
  }

  /** The pass itself. Returns which encodings may be there. */
  #walk(text: Text, depth: number, joined: boolean): number {
    const { codes, length } = text;
    const { table, shift, accepting } = this.#automaton;
    const { scan } = this;
    const about = this.#about;
    let state = 0;
    let runStart = 0;
    let run = 0;
    let seen = 0;
    let words = 0;
    for (let at = 0; at < length; at++) {
      const code = codes[at]!;
      const flags = about[code]!;
      const before = state;
      state = table[(state << shift) | (flags & 0xff)]!;
      if (state >= accepting) {
        const behind = this.#onHits(text, state, at + 1, joined);
        if (scan.work.spent) return 0;
        if (behind > 0) {
          at = behind - 1;
          state = 0;
          run = 0;
          runStart = behind;
          continue;
        }
      }
      if ((flags & RUN_BITS) !== 0) {
        run |= flags & RUN_BITS;
        continue;
      }
      seen |= flags;
      if ((flags & SEEN_GLUE) !== 0 && before !== 0 && !joined) this.#onGlue(text, at, before);
      const size = at - runStart;
      if (size >= SHORTEST_RUN) {
        this.#onRun(text, runStart, at, run >> 8, depth, joined);
        if (scan.work.left < 0) return 0;
      }
      if (size >= 3 && size <= 8 && (run & SMALL_ONLY) === run) {
        if (++words >= LEAST_WORDS) onWords(scan, text, at);
      } else if (size > 2 || (run & ~DIGITS_ONLY) !== 0) words = 0;
      runStart = at + 1;
      run = 0;
    }
    const size = length - runStart;
    if (size >= SHORTEST_RUN) this.#onRun(text, runStart, length, run >> 8, depth, joined);
    if (size >= 3 && size <= 8 && (run & SMALL_ONLY) === run && words + 1 >= LEAST_WORDS)
      onWords(scan, text, length);
    return seen;
  }

  /** An anchor was under way when a quote or a border came: notes it when the anchor goes on behind. */
  #onGlue(text: Text, at: number, before: number): void {
    const { codes } = text;
    const { table, classOf, shift, depths, accepting } = this.#automaton;
    const next = goesOnAt(codes, at) ? at + 1 : behindJoint(text, at);
    if (next === 0) return;
    let state = before;
    let depth = depths[state]!;
    for (let ahead = 0; ahead < LEAST_AHEAD && state < accepting; ahead++) {
      state = table[(state << shift) | classOf[codes[next + ahead]!]!]!;
      if (depths[state]! !== ++depth) return;
    }
    if (behindJoint(text, at) === next) this.scan.joints.push(at);
  }

  /** Hands the hits that end at `end` to their contexts. Returns where to go on behind a marker, else 0. */
  #onHits(text: Text, state: number, end: number, joined: boolean): number {
    const { scan } = this;
    const { hits, accepting } = this.#automaton;
    const list = hits[state - accepting]!;
    for (let i = 0; i < list.length; i++) {
      const index = list[i]!;
      if (!this.#guards.pass(text.codes, index, end)) continue;
      const anchor = this.#anchors[index]!;
      const start = end - anchor.literal.length;
      if (anchor.context === enum_.issued) {
        onIssued(scan, text, anchor.rule!, start, end);
        continue;
      }
      if (anchor.context === enum_.marker) {
        const behind = markerEnd(text, end);
        if (behind > 0) return behind;
      }
      if (joined) continue;
      switch (anchor.context) {
        case enum_.issuer:
          this.#noteIssuer(anchor.rule!, start);
          onIssuer(scan, text, anchor.rule!, start, end);
          break;
        case enum_.stem:
        case enum_.exactStem:
          if (start >= scan.nameEnd) onName(scan, text, start, end, anchor.context === enum_.exactStem);
          break;
        case enum_.identified:
          onIdentified(scan, text, end);
          break;
        case enum_.pgpass:
          onPasswordFile(scan, text, end);
          break;
        case enum_.url:
          onUrl(scan, text, start);
          break;
        case enum_.at:
          onAt(scan, text, start);
          break;
        case enum_.keyBegin:
          onKeyBegin(scan, text, start);
          break;
        case enum_.keyEnd:
          onKeyEnd(scan, text, start);
          break;
        case enum_.putty:
          onPuttyLines(scan, text, end);
          break;
        case enum_.scheme:
          onScheme(scan, text, start, end);
          break;
        case enum_.cookie:
          onCookie(scan, text, end);
          break;
        case enum_.program:
          onProgram(scan, text, anchor.literal.slice(0, -1), start, end - 1);
          break;
        case enum_.stdin:
          onEcho(scan, text, start, end - 1);
          break;
        case enum_.hereString:
          onHereString(scan, text, end);
          break;
        case enum_.call:
          onCall(scan, text, anchor.name, start, end);
          break;
        case enum_.signIn:
          onSignIn(scan, text, start, end - 1);
          break;
        case enum_.send:
          onSend(scan, text, end);
          break;
        case enum_.jwk:
          onJwk(scan, text, start);
          break;
        case enum_.oracle:
          onOracle(scan, text, end);
          break;
        case enum_.setting:
          onPlainSetting(scan, text, end);
          break;
      }
    }
    return 0;
  }

  #noteIssuer(rule: CompiledRule, at: number): void {
    if (this.#issuers.length < 32) this.#issuers = [...this.#issuers, { rule, at }];
  }

  /** A run of letters, digits and `+ / - _` of some length. */
  #onRun(text: Text, start: number, end: number, mask: number, depth: number, joined: boolean): void {
    const { scan } = this;
    if ((mask & ANY_UPPER) !== 0 && (mask & DIGIT) !== 0) this.#unmarked(text, start, end, mask);
    if (joined || depth >= DEEPEST) return;
    const decoded = this.#levels[depth + 1]!;
    scan.work.read(24);
    if (start < this.#wrappedEnd && depth === this.#wrappedDepth) return;
    if (!decodeRun(text, start, end, mask, decoded)) return;
    const last = this.#onWrapped(text, start, end, depth, decoded);
    scan.work.read((last - start) * 2);
    scan.work.spend(COST.decode);
    const from = encodedStart;
    const { nameEnd, wordsEnd, joints } = scan;
    scan.joints = [];
    this.#scan(decoded, depth + 1, false);
    scan.nameEnd = nameEnd;
    scan.wordsEnd = wordsEnd;
    scan.joints = joints;
    if (decoded.findings.length === 0) return;
    const best = decoded.findings.reduce((a, b) => (b.rank > a.rank ? b : a));
    scan.report(text, from, behindPadding(text, last), best.kind, `${best.rule} (encoded)`, best.rank);
    decoded.findings = [];
  }

  /** base64 that is wrapped into lines: decodes all of them. Returns where the last one ends. */
  #onWrapped(text: Text, start: number, end: number, depth: number, decoded: Text): number {
    if (encodedStart !== start || (end - start) % 4 !== 0) return end;
    const wrapped = this.#wrapped[depth]!;
    const last = unwrap(text, start, end, wrapped);
    if (last === end || !decodeBase64(wrapped.codes, 0, wrapped.length, decoded)) return end;
    this.#wrappedEnd = last;
    this.#wrappedDepth = depth;
    return last;
  }

  /** Rules without anchor, from the run's start and from behind each slash in it. */
  #unmarked(text: Text, start: number, end: number, mask: number): void {
    const { codes } = text;
    this.#unmarkedFrom(text, start);
    if ((mask & BASE64) === 0) return;
    const last = end - SHORTEST_RUN;
    for (let at = start; at < last; at++) if (codes[at] === SLASH) this.#unmarkedFrom(text, at + 1);
  }

  #unmarkedFrom(text: Text, at: number): void {
    const first = text.codes[at]! & 127;
    if (this.#runFirst[first] === 0) return;
    for (const rule of this.#runRules) if (rule.form.first[first] === 1) this.#unmarkedAt(text, rule, at);
  }

  /** The form fits from `start` to the end of this run or a later one. */
  #unmarkedAt(text: Text, rule: CompiledRule, start: number): void {
    const { codes, length } = text;
    const { form } = rule;
    const end = form.match(codes, start, length, this.scan.work);
    if (
      end < 0 &&
      form.stop - start >= SHORTEST_RUN &&
      (isGlue(codes[form.stop]!) || codes[form.stop] === NUL)
    )
      this.scan.joints.push(form.stop);
    if (end < 0 || (end < length && CLASS[codes[end]!]! !== 0 && codes[end] !== SLASH)) return;
    if (entropy(codes, form.secretStart, form.secretEnd) < rule.entropy) return;
    this.scan.report(text, form.begin, end, rule.rule.id, rule.rule.id, rule.rank);
  }

  /** Scans the views of `text`: each layer of encoding that seems to be there, undone. */
  #undo(text: Text, depth: number, seen: number): void {
    if (depth >= DEEPEST) return;
    const { joints } = this.scan;
    if ((seen & SEEN_PERCENT) !== 0 && percentView(text, this.#views[depth + 1]!))
      this.#fromView(text, depth, false);
    if ((seen & SEEN_BACKSLASH) !== 0 && escapesView(text, this.#views[depth + 1]!))
      this.#fromView(text, depth, false);
    if ((seen & SEEN_AMPERSAND) !== 0 && entitiesView(text, this.#views[depth + 1]!))
      this.#fromView(text, depth, false);
    if (joints.length > 0 && joinedView(text, joints, this.#views[depth + 1]!))
      this.#fromView(text, depth, true);
  }

  #fromView(text: Text, depth: number, joined: boolean): void {
    if (this.scan.work.left < 0) return;
    const view = this.#views[depth + 1]!;
    this.scan.work.read(view.length * 2);
    this.#scan(view, depth + 1, joined);
    const known = text.findings.length;
    for (const finding of view.findings) {
      const start = view.from[finding.start]!;
      const end = view.to[finding.end - 1]!;
      if (joined && (finding.head || !isNews(text, known, start, end))) continue;
      text.findings.push({ ...finding, start, end });
    }
    view.findings = [];
  }

  #kindOf(text: Text, nameStart: number, start: number, end: number): string | undefined {
    for (let i = this.#issuers.length - 1; i >= 0; i--) {
      const { rule, at } = this.#issuers[i]!;
      if (at < nameStart - 48) break;
      if (hasForm(this.scan, text, rule, start, end)) return rule.rule.id;
    }
    return undefined;
  }
}

/**
 * True when a finding over joined pieces says more than those within the pieces: nothing was found there by its shape, or
 * only a head, or what was found goes on. Over a comma or the border of elements it goes on only when the piece behind is
 * a string or an element of its own and looks drawn.
 */
function isNews(text: Text, known: number, start: number, end: number): boolean {
  for (let i = 0; i < known; i++) {
    const finding = text.findings[i]!;
    if (finding.end <= start || finding.start >= end || finding.head || finding.rank < RANK.format) continue;
    if (finding.start < start || finding.end >= end) return false;
  }
  const border = lastBorder(text, start, end);
  return border < 0 || (isLastPiece(text, end) && looksPiece(text, border, end));
}

/** The last NUL or comma between pieces in `[start, end)`, or -1. */
function lastBorder(text: Text, start: number, end: number): number {
  for (let at = end - 1; at > start; at--) if (text.codes[at] === NUL || text.codes[at] === COMMA) return at;
  return -1;
}

function isLastPiece(text: Text, end: number): boolean {
  const code = text.codes[end]!;
  return end >= text.length || isGap(code) || (isQuote(code) && text.codes[end + 1] !== COLON);
}

function looksPiece(text: Text, border: number, end: number): boolean {
  const { codes } = text;
  let start = border + 1;
  if (codes[start] === HYPHEN && (codes[start + 1] === HYPHEN || end - start < 6)) return false; // An option.
  while (start < end && !isAlnum(codes[start]!)) start++;
  const s = measure(codes, start, end);
  const kinds = (s.lower > 0 ? 1 : 0) + (s.upper > 0 ? 1 : 0) + (s.digit > 0 ? 1 : 0);
  if (s.length >= 5 && kinds >= 2 && (s.digit >= 2 || s.changes >= 3) && !hasPathSign(codes, start, end))
    return true;
  return looksRandom(codes, start, end);
}

function hasPathSign(codes: Uint16Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (codes[at] === DOT || codes[at] === SLASH) return true;
  return false;
}

const MARKER = '[redacted:';

/**
 * The quick look at the characters in and around an anchor that turns most hits away. In typed arrays and in one place:
 * this much runs for every anchor in honest text, what lies behind it does not.
 */
class Guards {
  /** For each anchor: its length, its flags from bit 8, and from bit 16 the place of its set in `#sets`, by 128. */
  readonly #about: Int32Array;
  /** What may stand behind an anchor. */
  readonly #sets: Uint8Array;
  /** Anchors as they are written, one behind the other. */
  readonly #written: Uint8Array;
  readonly #offsets: Int32Array;

  constructor(anchors: readonly Anchor[]) {
    const sets: Set128[] = [];
    const known = new Map<string, number>();
    this.#about = Int32Array.from(anchors, (anchor) => {
      const about = anchor.literal.length | (guardOf(anchor) << 8);
      const behind = anchor.rule?.behind;
      if (behind === undefined) return about;
      const key = behind.join('');
      const index = known.get(key) ?? sets.push(behind) - 1;
      known.set(key, index);
      return about | (index << 16);
    });
    this.#sets = new Uint8Array(Math.max(1, sets.length) << 7);
    sets.forEach((set, index) => {
      this.#sets.set(set, index << 7);
    });
    this.#offsets = new Int32Array(anchors.length);
    this.#written = new Uint8Array(anchors.reduce((sum, { literal }) => sum + literal.length, 0));
    let offset = 0;
    anchors.forEach(({ name }, index) => {
      this.#offsets[index] = offset;
      for (let i = 0; i < name.length; i++) this.#written[offset++] = name.charCodeAt(i);
    });
  }

  /** False when the anchor that ends at `end` cannot be a part of what it stands for. */
  pass(codes: Uint16Array, index: number, end: number): boolean {
    const about = this.#about[index]!;
    if ((about & GUARDED) === 0) return true;
    const start = end - (about & 0xff);
    if ((about & (GUARD_COMMAND << 8)) !== 0)
      return start === 0 || (CLASS[codes[start - 1]!]! & (ALNUM | DASH)) === 0;
    if (
      (about & (GUARD_LEFT << 8)) !== 0 &&
      start > 0 &&
      (CLASS[codes[start - 1]!]! & ALNUM) !== 0 &&
      codes[start - 2] !== BACKSLASH &&
      codes[start - 3] !== PERCENT
    )
      return false;
    if ((about & (GUARD_BEHIND << 8)) !== 0) {
      const next = codes[end]!;
      if ((next >= 128 || this.#sets[((about >>> 16) << 7) | next] === 0) && !isGlue(next) && next !== NUL)
        return false;
    }
    if ((about & (GUARD_EXACT << 8)) === 0) return true;
    const offset = this.#offsets[index]! - start;
    for (let at = start; at < end; at++) if (codes[at] !== this.#written[offset + at]) return false;
    return true;
  }
}

const GUARDED = 0xff00;
const GUARD_LEFT = 1;
const GUARD_BEHIND = 2;
const GUARD_EXACT = 4;
/** The name of a program: no word goes on into it. */
const GUARD_COMMAND = 8;

function guardOf({ context, rule }: Anchor): number {
  if (context === enum_.program) return GUARD_COMMAND;
  if (context !== enum_.issued || rule === undefined) return 0;
  return (
    (rule.leadMax === 0 && rule.rule.boundary !== 'free' ? GUARD_LEFT : 0) |
    (rule.behind === undefined ? 0 : GUARD_BEHIND) |
    (rule.exact ? GUARD_EXACT : 0)
  );
}

/** Behind the marker whose `[REDACTED:` ends at `at`; 0 when it is none. */
function markerEnd(text: Text, at: number): number {
  for (let p = at; p < text.length && p - at < 128; p++) {
    if (text.codes[p] === CLOSE_BRACKET) return p + 1;
    if (text.codes[p]! < 32) return 0;
  }
  return 0;
}

export function anchorsOf(rules: readonly CompiledRule[]): Anchor[] {
  const anchors: Anchor[] = [];
  const add = (literal: string, context: Context, rule?: CompiledRule): void => {
    anchors.push({ literal: literal.toLowerCase(), name: literal, context, rule });
  };
  for (const rule of rules) {
    for (const anchor of rule.rule.anchors)
      add(anchor, rule.rule.boundary === 'name' ? enum_.issuer : enum_.issued, rule);
  }
  for (const stem of STEMS) add(stem, enum_.stem);
  for (const stem of EXACT_STEMS) add(stem, enum_.exactStem);
  add(MARKER, enum_.marker);
  add('identified by', enum_.identified);
  add('identified with', enum_.identified);
  add('://', enum_.url);
  add('@', enum_.at);
  for (const quote of ['"', "'", '\\"']) add(`kty${quote}`, enum_.jwk);
  add(':5432:', enum_.pgpass);
  add('jdbc:oracle:thin:', enum_.oracle);
  add('jdbc:oracle:oci:', enum_.oracle);
  add(':*:*:', enum_.pgpass);
  for (const begin of ['-----begin', '---- begin']) add(begin, enum_.keyBegin);
  for (const end of ['-----end', '---- end']) add(end, enum_.keyEnd);
  add('private-lines:', enum_.putty);
  add('private-mac:', enum_.putty);
  add('bearer', enum_.scheme);
  add('basic', enum_.scheme);
  add('cookie:', enum_.cookie);
  // With the space or the border behind it: most programs' names are parts of words.
  for (const program of TOOLS.keys())
    for (const behind of [' ', '\0', '"', "'"]) add(program + behind, enum_.program);
  for (const echo of ['echo ', 'printf ']) add(echo, enum_.stdin);
  add('<<<', enum_.hereString);
  for (const send of ['send "', 'send -- "']) add(send, enum_.send);
  for (const name of CALLS.keys()) add(name, enum_.call);
  for (const name of SIGN_INS) add(`${name}(`, enum_.signIn);
  for (const setting of PLAIN_SETTINGS) add(setting, enum_.setting);
  return anchors;
}
