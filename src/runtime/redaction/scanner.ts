/**
 * The scanner: one pass of the automaton over a text, each hit handed to the context it belongs to, then the
 * text's encoded runs and views the same way.
 *
 * In:  compiled rules once; then texts.
 * Out: findings in each text's own positions.
 *
 * Nested encodings go `DEEPEST` levels down. Each level has texts of its own, so nothing is allocated per string.
 */
import { type Automaton, buildAutomaton } from './automaton.ts';
import {
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
  COMMA,
  DIGIT,
  isAlnum,
  NUL,
  PERCENT,
  QUOTE,
  SLASH,
} from './characters.ts';
import { onIdentified } from './context/assigned.ts';
import { onProgram, onStdinReader, STDIN_READERS } from './context/command.ts';
import { onCookie, onScheme } from './context/header.ts';
import { onIssued } from './context/issued.ts';
import { hasForm, onIssuer } from './context/issuer.ts';
import { onKeyBegin, onKeyEnd, onPuttyLines } from './context/key-block.ts';
import { LEAST_WORDS, onWords } from './context/mnemonic.ts';
import { onName } from './context/name.ts';
import { decodeRun, encodedStart } from './context/run.ts';
import { onAt, onPasswordFile, onUrl } from './context/url.ts';
import { behindPadding, SHORTEST_BASE64 } from './encodings.ts';
import { mergeFindings, RANK } from './finding.ts';
import { EXACT_STEMS, STEMS } from './names.ts';
import type { CompiledRule } from './rule.ts';
import { Scan } from './scan.ts';
import { entropy, looksRandom } from './shape.ts';
import { Text } from './text.ts';
import { TOOLS } from './tools.ts';
import { entitiesView, escapesView, joinedView, percentView } from './views.ts';

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
} as const;
type Context = (typeof enum_)[keyof typeof enum_];

interface Anchor {
  readonly literal: string;
  readonly context: Context;
  readonly rule: CompiledRule | undefined;
}

/** Bits of `seen`: which encodings may be there. Above the bits of characters.ts. */
const SEEN_PERCENT = 1 << 8;
const SEEN_BACKSLASH = 1 << 9;
const SEEN_AMPERSAND = 1 << 10;
const SEEN_GLUE = 1 << 11;
const FLAGS = new Uint16Array(0x10000);
FLAGS.set(CLASS);
FLAGS[PERCENT] = SEEN_PERCENT;
FLAGS[BACKSLASH] = SEEN_BACKSLASH | SEEN_GLUE;
FLAGS[AMPERSAND] = SEEN_AMPERSAND;
for (const code of [QUOTE, APOSTROPHE, BACKTICK, CARET]) FLAGS[code] = SEEN_GLUE;
const RUN_BITS = 0xff;
const SHORTEST_RUN = SHORTEST_BASE64;

export class Scanner {
  readonly scan: Scan;
  readonly #automaton: Automaton;
  readonly #anchors: readonly Anchor[];
  readonly #runRules: readonly CompiledRule[];
  /** Texts per level: decoded runs and views. */
  readonly #levels: Text[] = Array.from({ length: DEEPEST + 1 }, () => new Text());
  readonly #views: Text[] = Array.from({ length: DEEPEST + 1 }, () => new Text());
  /** The issuers' names seen in the text under scan, latest last. */
  #issuers: { rule: CompiledRule; at: number }[] = [];

  constructor(rules: readonly CompiledRule[]) {
    this.#anchors = anchorsOf(rules);
    this.#automaton = buildAutomaton(this.#anchors.map((anchor) => anchor.literal));
    this.#runRules = rules.filter((rule) => rule.rule.boundary === 'run');
    this.scan = new Scan((text, nameStart, start, end) => this.#kindOf(text, nameStart, start, end));
  }

  /** Findings of `text`, merged and in order. The caller has reset the work. */
  find(text: Text): void {
    this.#scan(text, 0, false);
    text.findings = mergeFindings(text.findings);
  }

  #scan(text: Text, depth: number, joined: boolean): void {
    const { scan } = this;
    if (scan.work.spent) return;
    const issuers = this.#issuers;
    this.#issuers = [];
    scan.nameEnd = 0;
    text.seal();
    if (scan.breaks.length > 0) scan.breaks = [];
    const seen = this.#walk(text, depth, joined);
    if (!joined && !scan.work.spent) this.#undo(text, depth, seen);
    this.#issuers = issuers;
  }

  /** The pass itself. Returns which encodings may be there. */
  #walk(text: Text, depth: number, joined: boolean): number {
    const { codes, length } = text;
    const { next, classOf, accepting, depthAt } = this.#automaton;
    const { scan } = this;
    let state = 0;
    let runStart = 0;
    let run = 0;
    let seen = 0;
    let words = 0;
    for (let at = 0; at < length; at++) {
      const code = codes[at]!;
      if (code === NUL && depthAt(state) >= 3) scan.breaks.push(at);
      state = next[state + classOf[code]!]!;
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
      const flags = FLAGS[code]!;
      if ((flags & RUN_BITS) !== 0) {
        run |= flags;
        continue;
      }
      seen |= flags;
      const size = at - runStart;
      if (size >= SHORTEST_RUN) this.#onRun(text, runStart, at, run, depth, joined);
      if ((run & ~ANY_LOWER) === 0 && size >= 3 && size <= 8) {
        if (++words >= LEAST_WORDS && onWords(scan, text, at)) words = -1000;
      } else if (size > 0) words = 0;
      runStart = at + 1;
      run = 0;
    }
    const size = length - runStart;
    if (size >= SHORTEST_RUN) this.#onRun(text, runStart, length, run, depth, joined);
    if ((run & ~ANY_LOWER) === 0 && size >= 3 && size <= 8 && words + 1 >= LEAST_WORDS)
      onWords(scan, text, length);
    return seen;
  }

  /** Hands the hits that end at `end` to their contexts. Returns where to go on behind a marker, else 0. */
  #onHits(text: Text, state: number, end: number, joined: boolean): number {
    const { scan } = this;
    for (const index of this.#automaton.hits(state)) {
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
          if (this.#issuers.length < 32) this.#issuers.push({ rule: anchor.rule!, at: start });
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
          onProgram(scan, text, anchor.literal, start, end);
          break;
        case enum_.stdin:
          onStdinReader(scan, text, start, anchor.literal);
          break;
      }
    }
    return 0;
  }

  /** A run of letters, digits and `+ / - _` of some length. */
  #onRun(text: Text, start: number, end: number, mask: number, depth: number, joined: boolean): void {
    const { scan } = this;
    if ((mask & ANY_UPPER) !== 0 && (mask & DIGIT) !== 0) this.#unmarked(text, start, end, mask);
    if (joined || depth >= DEEPEST) return;
    const decoded = this.#levels[depth + 1]!;
    scan.work.left -= 8;
    if (!decodeRun(text, start, end, mask, decoded)) return;
    scan.work.left -= end - start;
    const from = encodedStart;
    const { nameEnd, breaks } = scan;
    scan.breaks = [];
    this.#scan(decoded, depth + 1, false);
    scan.nameEnd = nameEnd;
    scan.breaks = breaks;
    if (decoded.findings.length === 0) return;
    const best = decoded.findings.reduce((a, b) => (b.rank > a.rank ? b : a));
    scan.report(text, from, behindPadding(text, end), best.kind, `${best.rule} (encoded)`, best.rank);
    decoded.findings = [];
  }

  /** Rules without anchor, from the run's start and from behind each slash in it. */
  #unmarked(text: Text, start: number, end: number, mask: number): void {
    for (const rule of this.#runRules) this.#unmarkedAt(text, rule, start);
    if ((mask & BASE64) === 0) return;
    for (let at = start; at + SHORTEST_RUN < end; at++) {
      if (text.codes[at] === SLASH) for (const rule of this.#runRules) this.#unmarkedAt(text, rule, at + 1);
    }
  }

  /** The form fits from `start` to the end of this run or a later one. */
  #unmarkedAt(text: Text, rule: CompiledRule, start: number): void {
    const { codes, length } = text;
    const { form } = rule;
    const end = form.match(codes, start, length, this.scan.work);
    if (end < 0 || (end < length && (FLAGS[codes[end]!]! & RUN_BITS) !== 0 && codes[end] !== SLASH)) return;
    if (entropy(codes, form.secretStart, form.secretEnd) < rule.entropy) return;
    this.scan.report(text, form.begin, end, rule.rule.id, rule.rule.id, RANK.issued);
  }

  /** Scans the views of `text`: each layer of encoding that seems to be there, undone. */
  #undo(text: Text, depth: number, seen: number): void {
    if (depth >= DEEPEST) return;
    const { breaks } = this.scan;
    if ((seen & SEEN_PERCENT) !== 0 && percentView(text, this.#views[depth + 1]!))
      this.#fromView(text, depth, false);
    if ((seen & SEEN_BACKSLASH) !== 0 && escapesView(text, this.#views[depth + 1]!))
      this.#fromView(text, depth, false);
    if ((seen & SEEN_AMPERSAND) !== 0 && entitiesView(text, this.#views[depth + 1]!))
      this.#fromView(text, depth, false);
    if (((seen & SEEN_GLUE) !== 0 || breaks.length > 0) && joinedView(text, breaks, this.#views[depth + 1]!))
      this.#fromView(text, depth, true);
  }

  #fromView(text: Text, depth: number, joined: boolean): void {
    const view = this.#views[depth + 1]!;
    this.scan.work.left -= text.length;
    this.#scan(view, depth + 1, joined);
    const known = text.findings.length;
    for (const finding of view.findings) {
      const start = view.from[finding.start]!;
      const end = view.to[finding.end - 1]!;
      if (joined && !isNews(text, known, start, end)) continue;
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
 * True when a finding over joined pieces says more than those within the pieces: nothing was found there, or only a head,
 * or what was found goes on behind a quote. Over the border of elements it goes on only with what looks drawn.
 */
function isNews(text: Text, known: number, start: number, end: number): boolean {
  const { codes } = text;
  for (let i = 0; i < known; i++) {
    const finding = text.findings[i]!;
    if (finding.end <= start || finding.start >= end || finding.head) continue;
    if (finding.start < start || finding.end >= end) return false;
    if (
      finding.start > start &&
      end - start > 2 * (finding.end - finding.start) === false &&
      finding.rank >= RANK.format
    )
      return false;
    let next = finding.end;
    let apart = false;
    while (next < end && !isAlnum(codes[next]!)) {
      if (codes[next] === NUL || codes[next] === COMMA) apart = true;
      next++;
    }
    if (apart && !looksRandom(codes, next, end)) return false;
  }
  return true;
}

const MARKER = '[redacted:';

/** Behind the marker whose `[REDACTED:` ends at `at`; 0 when it is none. */
function markerEnd(text: Text, at: number): number {
  for (let p = at; p < text.length && p - at < 128; p++) {
    if (text.codes[p] === CLOSE_BRACKET) return p + 1;
    if (text.codes[p]! < 32) return 0;
  }
  return 0;
}

function anchorsOf(rules: readonly CompiledRule[]): Anchor[] {
  const anchors: Anchor[] = [];
  const add = (literal: string, context: Context, rule?: CompiledRule): void => {
    anchors.push({ literal: literal.toLowerCase(), context, rule });
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
  add(':5432:', enum_.pgpass);
  add(':*:*:', enum_.pgpass);
  for (const begin of ['-----begin', '---- begin']) add(begin, enum_.keyBegin);
  for (const end of ['-----end', '---- end']) add(end, enum_.keyEnd);
  add('private-lines:', enum_.putty);
  add('private-mac:', enum_.putty);
  add('bearer', enum_.scheme);
  add('basic', enum_.scheme);
  add('cookie:', enum_.cookie);
  for (const program of TOOLS.keys()) add(program, enum_.program);
  for (const reader of STDIN_READERS) add(reader, enum_.stdin);
  return anchors;
}
