/**
 * The scanner: one pass of the automaton over a text, each hit handed to the context it belongs to, then the
 * text's encoded runs and views the same way.
 *
 * In:  compiled rules once; then texts.
 * Out: findings in each text's own positions.
 *
 * Nested encodings go `DEEPEST` levels down. Each level has texts of its own, so nothing is allocated per string.
 */

import { type Anchor, anchorsOf, Context } from './anchors.ts';
import type { Automaton } from './automaton.ts';
import { onIssued } from './context/issued.ts';
import { hasForm } from './context/issuer.ts';
import { onName } from './context/name.ts';
import { onCutTail } from './context/tail.ts';
import { onContext } from './contexts.ts';
import { markerEnd, mergeFindings, RANK } from './finding.ts';
import { Encoding, type Found } from './found.ts';
import { CONTEXT_FROM, CONTEXTS, Guards, LENGTH } from './guards.ts';
import { behindJoint, goesOnAt, joinedView } from './joints.ts';
import { isNews, Known } from './news.ts';
import { ALONE, type Home, Pass } from './pass.ts';
import type { CompiledRule } from './rule.ts';
import { Runs } from './runs.ts';
import { Scan } from './scan.ts';
import { Text } from './text.ts';
import { coloursView, entitiesView, escapesView, percentView } from './views.ts';

/** Levels of encoding that are undone, one within the other. */
const DEEPEST = 3;

/** Issuers' names that are kept of one text. */
const MOST_ISSUERS = 32;
/** Characters between an issuer's name and the name of the value that it issued. */
const FARTHEST_ISSUER = 48;

/** Characters of an anchor that must follow a joint in the middle of it. */
const LEAST_AHEAD = 3;

export class Scanner {
  readonly scan: Scan;
  readonly #automaton: Automaton;
  readonly #pass: Pass<Guards>;
  readonly #anchors: readonly Anchor[];
  readonly #guards: Guards;
  readonly #runs: Runs;
  /** Views of texts, per level. */
  readonly #views: Text[] = Array.from({ length: DEEPEST + 1 }, () => new Text());
  /** The issuers' names seen, latest last, and where; those of the text under scan lie from `#firstIssuer` on. */
  readonly #issuers: CompiledRule[] = [];
  readonly #issuersAt: number[] = [];
  #firstIssuer = 0;

  constructor(rules: readonly CompiledRule[]) {
    this.#anchors = anchorsOf(rules);
    this.#runs = new Runs(rules, DEEPEST, (text, depth) => this.#scan(text, depth, false));
    this.#pass = new Pass(
      this.#anchors.map((anchor) => anchor.literal),
      (automaton) => new Guards(this.#anchors, automaton, this.#runs.beginning),
    );
    this.#automaton = this.#pass.automaton;
    this.#guards = this.#pass.states;
    this.scan = new Scan((text, nameStart, start, end) => this.#kindOf(text, nameStart, start, end));
  }

  /** Where short texts are to lie that are scanned first: one at a time. */
  get home(): Home {
    return this.#pass.home;
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
    const firstIssuer = this.#firstIssuer;
    this.#firstIssuer = this.#issuers.length;
    scan.nameEnd = 0;
    text.seal();
    this.#runs.begin(depth);
    if (scan.joints.length > 0) scan.joints = [];
    const seen = this.#walk(text, depth, joined);
    if (!joined && scan.memory !== undefined) scan.memory.find(scan, text);
    if (!joined && !scan.work.spent) this.#undo(text, depth, seen);
    if (this.#issuers.length > this.#firstIssuer) {
      this.#issuers.length = this.#firstIssuer;
      this.#issuersAt.length = this.#firstIssuer;
    }
    this.#firstIssuer = firstIssuer;
  }

  /** Hits and runs of a text, in the order in which they end. Returns which encodings may be there. */
  #walk(text: Text, depth: number, joined: boolean): number {
    const { codes, length } = text;
    const { work } = this.scan;
    const found = this.#pass.begin(depth);
    /** Behind the last marker: nothing within one counts. */
    let behind = 0;
    while (found.next < length) {
      this.#pass.go(depth, codes, length);
      if (found.start < behind) found.nextRun(behind);
      const { at: places, state: states, count } = found;
      for (let i = 0; i < count; i++) {
        const at = places[i]!;
        if (at < behind) continue;
        if (found.end < at) this.#onRuns(text, found, at, depth, joined);
        if (work.spent) return 0;
        const state = states[i]!;
        if (state < 0) {
          if (!joined) this.#onGlue(text, at, ~state);
          continue;
        }
        const skip =
          state >= ALONE
            ? this.#onHit(text, state - ALONE, at + 1, joined)
            : this.#onHits(text, state, at + 1, joined);
        if (work.spent) return 0;
        if (skip === 0) continue;
        behind = skip;
        if (found.start < behind) found.nextRun(behind);
      }
      // Those of this block end before what the next one has.
      this.#onRuns(text, found, length + 1, depth, joined);
      if (work.spent) return 0;
    }
    this.#onWallets(text, found.wallets);
    return found.encodings;
  }

  #onWallets(text: Text, wallets: readonly number[]): void {
    const kind = 'wallet-mnemonic';
    for (let i = 0; i < wallets.length; i += 2)
      this.scan.report(text, wallets[i]!, wallets[i + 1]!, kind, kind, RANK.format);
  }

  /** Hands on the runs that end before `limit`. */
  #onRuns(text: Text, run: Found, limit: number, depth: number, joined: boolean): void {
    while (run.end < limit && this.scan.work.left >= 0) {
      if (run.meaning !== 0) this.#runs.onRun(this.scan, text, run, depth, joined);
      run.nextRun(0);
    }
  }

  /** An anchor was under way when a quote or a border came: notes it when the anchor goes on behind. */
  #onGlue(text: Text, at: number, before: number): void {
    const { codes } = text;
    const { table, classOf, shift, depths, accepting } = this.#automaton;
    const { issuing } = this.#guards;
    const next = goesOnAt(codes, at) ? at + 1 : behindJoint(text, at);
    if (next === 0) return;
    let state = before;
    let depth = depths[state]!;
    for (let ahead = 0; ahead < LEAST_AHEAD && state < accepting; ahead++) {
      state = table[(state << shift) | classOf[codes[next + ahead]!]!]!;
      if (depths[state]! !== ++depth || issuing[state] === 0) return;
    }
    if (behindJoint(text, at) === next) this.scan.joints.push(at);
  }

  /** Hands the hits of several anchors that end at `end` to their contexts. Returns where to go on behind a marker, else 0. */
  #onHits(text: Text, state: number, end: number, joined: boolean): number {
    const { ends, endsFrom, accepting } = this.#automaton;
    const last = endsFrom[state - accepting + 1]!;
    for (let i = endsFrom[state - accepting]!; i < last; i++) {
      const behind = this.#onHit(text, ends[i]!, end, joined);
      if (behind > 0) return behind;
    }
    return 0;
  }

  /** The same for one anchor. */
  #onHit(text: Text, index: number, end: number, joined: boolean): number {
    if (!this.#guards.pass(text.codes, index, end)) return 0;
    const { scan } = this;
    const about = this.#guards.about[index]!;
    const start = end - (about & LENGTH);
    const context = ((about >> CONTEXT_FROM) & CONTEXTS) as Context;
    if (context === Context.issued) onIssued(scan, text, this.#anchors[index]!.rule!, start, end);
    else if (context === Context.marker) return markerEnd(text, end);
    else if (joined && context !== Context.url) return 0;
    else if (context === Context.stem || context === Context.exactStem) {
      if (start >= scan.nameEnd) onName(scan, text, start, end, context === Context.exactStem);
    } else {
      const anchor = this.#anchors[index]!;
      if (context === Context.issuer) this.#noteIssuer(anchor.rule!, start);
      onContext(scan, text, anchor, start, end);
    }
    return 0;
  }

  #noteIssuer(rule: CompiledRule, at: number): void {
    if (this.#issuers.length - this.#firstIssuer >= MOST_ISSUERS) return;
    this.#issuers.push(rule);
    this.#issuersAt.push(at);
  }

  /** Scans the views of `text`: each layer of encoding that seems to be there, undone. */
  #undo(text: Text, depth: number, seen: number): void {
    if (depth >= DEEPEST) return;
    const { joints } = this.scan;
    if ((seen & Encoding.percent) !== 0 && percentView(text, this.#views[depth + 1]!))
      this.#fromView(text, depth, false);
    if ((seen & Encoding.backslash) !== 0 && escapesView(text, this.#views[depth + 1]!))
      this.#fromView(text, depth, false);
    if ((seen & Encoding.escape) !== 0 && coloursView(text, this.#views[depth + 1]!))
      this.#fromView(text, depth, false);
    if ((seen & Encoding.ampersand) !== 0 && entitiesView(text, this.#views[depth + 1]!))
      this.#fromView(text, depth, false);
    if (joints.length > 0 && joinedView(text, joints, this.#views[depth + 1]!))
      this.#fromView(text, depth, true);
  }

  #fromView(text: Text, depth: number, joined: boolean): void {
    const view = this.#views[depth + 1]!;
    if (this.scan.work.spent || !this.scan.work.affords(view.length * 2)) return;
    this.#scan(view, depth + 1, joined);
    const known = joined && view.findings.length > 0 ? new Known(text.findings) : undefined;
    for (const finding of view.findings) {
      if (!joined) this.scan.memory?.learn(view, finding.start, finding.end, finding.kind);
      const start = view.from[finding.start]!;
      const end = view.to[finding.end - 1]!;
      if (known !== undefined && (finding.head || !isNews(text, known, start, end))) continue;
      text.note({ ...finding, start, end });
    }
    view.findings = [];
  }

  #kindOf(text: Text, nameStart: number, start: number, end: number): string | undefined {
    for (let i = this.#issuers.length - 1; i >= this.#firstIssuer; i--) {
      const rule = this.#issuers[i]!;
      if (this.#issuersAt[i]! < nameStart - FARTHEST_ISSUER) break;
      if (hasForm(this.scan, text, rule, start, end)) return rule.rule.id;
    }
    return undefined;
  }
}
