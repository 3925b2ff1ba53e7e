/**
 * The redactor: secrets out, everything else untouched.
 *
 * In:     strings of one event, any content, any length.
 * Out:    the same strings with every secret replaced by `[REDACTED:kind]`; a string without one is itself.
 * Throws: never, once made. Making one throws RULE_INVALID or RULE_FORM for a faulty extra rule.
 */
import { createHash, createHmac, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { Memory, type MemoryKey, memoryKey } from './by-value.ts';
import { NUL, OPEN_BRACKET } from './characters.ts';
import { type Finding, MARKER, marker, markerEnd } from './finding.ts';
import type { HostRedactor, Redacted, RedactionCounts, Redactor } from './redacted.ts';
import { compileRule, type Rule } from './rule.ts';
import { RULES } from './rules/index.ts';
import { Scanner } from './scanner.ts';
import { type Mode, Text } from './text.ts';
import { COST } from './work.ts';

export interface RedactorOptions {
  /** Rules in addition to those of Warder. */
  readonly rules?: readonly Rule[];
  /** Rules instead of those of Warder; for tests of the rules. */
  readonly onlyRules?: readonly Rule[];
  /** Secret of the host that keys the hashes of remembered and of oversize values. A random one when left out. */
  readonly runKey?: string | Uint8Array;
}

/** What was found where, for `warder redact --explain`. Never the value. */
export interface Explanation {
  /** `argv[2]`, `env[0]`, `path`, `text`. */
  readonly field: string;
  /** In UTF-16 code units of the string as it came in. */
  readonly start: number;
  readonly end: number;
  readonly kind: string;
  readonly rule: string;
}

/** The whole of a string longer than this is taken out; so is a string whose scan costs more than its length allows. */
export const LONGEST_STRING = 1 << 20;
/** A redacted string is scanned again, as what stands together now may be found now. More rounds than this: all goes. */
const MOST_ROUNDS = 4;
/** A shorter element of a vector cannot cost what it is allowed. */
const SHORTEST_DEAR = 256;
/** Elements that are scanned one by one at most, besides what their characters cost. */
const MOST_SCANS = 4096;

class Engine implements HostRedactor {
  readonly #scanner: Scanner;
  readonly #key: KeyObject;
  readonly #memoryKey: MemoryKey;
  readonly #text: Text;
  readonly #runs = new Map<string, RunRedactor>();

  constructor(options: RedactorOptions) {
    const rules = [...(options.onlyRules ?? RULES), ...(options.rules ?? [])];
    this.#scanner = new Scanner(rules.map(compileRule));
    this.#text = new Text(this.#scanner.home);
    this.#key = createSecretKey(
      options.runKey === undefined ? randomBytes(32) : createHash('sha256').update(options.runKey).digest(),
    );
    this.#memoryKey = memoryKey(createHmac('sha256', this.#key).update('memory').digest());
  }

  argv(argv: readonly string[], counts: RedactionCounts, cut = false): Redacted[] {
    return this.elements(argv, 'argv', counts, cut, undefined);
  }

  env(env: readonly string[], counts: RedactionCounts, cut = false): Redacted[] {
    return this.elements(env, 'env', counts, cut, undefined);
  }

  path(path: string, counts: RedactionCounts, cut = false): Redacted {
    return this.string(path, 'path', counts, cut, undefined);
  }

  text(text: string, counts: RedactionCounts, cut = false): Redacted {
    return this.string(text, 'text', counts, cut, undefined);
  }

  forRun(runId: string): Redactor {
    let run = this.#runs.get(runId);
    if (run === undefined) {
      run = new RunRedactor(this, new Memory(this.#memoryKey));
      this.#runs.set(runId, run);
    }
    return run;
  }

  forget(runId: string): void {
    this.#runs.delete(runId);
  }

  /** What the last string cost, in the units of work.ts, and what it might have. */
  lastWork(): { readonly spent: number; readonly allowed: number } {
    const { allowed, left } = this.#scanner.scan.work;
    return { spent: allowed - left, allowed };
  }

  explain(field: string, value: string | readonly string[], mode: Mode): Explanation[] {
    const elements = typeof value === 'string' ? [value] : value;
    const findings = this.#find(elements, mode, false, undefined);
    if (findings === 'spent')
      return elements.map((element, i) => ({
        field: label(field, value, i),
        start: 0,
        end: element.length,
        kind: 'unscannable',
        rule: 'limit',
      }));
    const explained: Explanation[] = [];
    let base = 0;
    elements.forEach((element, i) => {
      for (const { start, end, kind, rule } of findings) {
        if (end <= base || start >= base + element.length) continue;
        explained.push({
          field: label(field, value, i),
          start: Math.max(0, start - base),
          end: Math.min(element.length, end - base),
          kind,
          rule,
        });
      }
      base += element.length + 1;
    });
    return explained;
  }

  string(
    value: string,
    mode: Mode,
    counts: RedactionCounts,
    cut: boolean,
    memory: Memory | undefined,
  ): Redacted {
    if (value.length > LONGEST_STRING) return this.#whole(value, 'oversize', counts);
    let current = value;
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const findings = this.#find([current], mode, cut && round === 0, memory, round);
      if (findings === 'spent') return this.#whole(value, 'unscannable', counts);
      if (findings.length === 0) return current as Redacted;
      current = replace(current, 0, findings, counts);
    }
    return this.#whole(value, 'unscannable', counts);
  }

  elements(
    values: readonly string[],
    mode: Mode,
    counts: RedactionCounts,
    cut: boolean,
    memory: Memory | undefined,
    withoutDear = false,
  ): Redacted[] {
    let current = values;
    if (values.some((value) => value.length > LONGEST_STRING)) {
      current = values.map((value) =>
        value.length > LONGEST_STRING ? this.#whole(value, 'oversize', counts) : value,
      );
    }
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const findings = this.#find(current, mode, cut && round === 0, memory, round);
      if (findings === 'spent') {
        if (round > 0) return this.#each(current, mode, counts);
        if (!withoutDear) return this.#withoutDear(current, mode, counts, cut, memory);
        break;
      }
      if (findings.length === 0)
        return (round === 0 && current === values ? [...values] : current) as Redacted[];
      let base = 0;
      let first = 0;
      current = current.map((value) => {
        // Those of earlier elements are not gone over for each of the others.
        while (first < findings.length && findings[first]!.end <= base) first++;
        const redacted = replace(value, base, findings, counts, first);
        base += value.length + 1;
        return redacted;
      });
    }
    return this.#allWhole(current, counts);
  }

  /**
   * The vector as a whole costs too much: those of its elements that do alone go whole, and what is left is scanned anew as a vector,
   * since an element alone says nothing of the flag before it. Where nothing costs too much alone, all of it goes. One that is most of
   * the vector is not scanned for it again: a hostile string is paid for once.
   */
  #withoutDear(
    values: readonly string[],
    mode: Mode,
    counts: RedactionCounts,
    cut: boolean,
    memory: Memory | undefined,
  ): Redacted[] {
    let length = 0;
    for (const value of values) length += value.length;
    let left = this.lastWork().allowed;
    let dear = 0;
    const kept = values.map((value) => {
      if (value.length < SHORTEST_DEAR) return value;
      let spent = left < 0 || value.length * 2 > length;
      if (!spent) {
        spent = this.#find([value], mode, false, undefined) === 'spent';
        left -= this.lastWork().spent + COST.scan;
      }
      if (!spent) return value;
      dear++;
      return this.#whole(value, 'unscannable', counts);
    });
    if (dear === 0) return this.#allWhole(values, counts);
    return this.elements(kept, mode, counts, cut, memory, true);
  }

  /** What has been redacted costs too much to be scanned again as a vector: its elements one by one, as long as that is affordable. */
  #each(values: readonly string[], mode: Mode, counts: RedactionCounts): Redacted[] {
    let left = this.lastWork().allowed + Math.min(values.length, MOST_SCANS) * COST.scan;
    // A vector of tens of thousands of elements has few different ones: each of them is looked at once.
    const known = new Map<string, { readonly redacted: Redacted; readonly counts: RedactionCounts }>();
    return values.map((value) => {
      let seen = known.get(value);
      if (seen === undefined) {
        const own: RedactionCounts = {};
        const redacted =
          left < 0 ? this.#whole(value, 'unscannable', own) : this.string(value, mode, own, false, undefined);
        if (left >= 0) left -= this.lastWork().spent + COST.scan;
        seen = { redacted, counts: own };
        known.set(value, seen);
      }
      for (const kind in seen.counts) counts[kind] = (counts[kind] ?? 0) + seen.counts[kind]!;
      return seen.redacted;
    });
  }

  /** Each element whole. Hashing is what that costs: equal ones are hashed once. */
  #allWhole(values: readonly string[], counts: RedactionCounts): Redacted[] {
    const known = new Map<string, Redacted>();
    return values.map((value) => {
      const whole = known.get(value);
      if (whole === undefined) {
        const made = this.#whole(value, 'unscannable', counts);
        known.set(value, made);
        return made;
      }
      counts.unscannable = (counts.unscannable ?? 0) + 1;
      return whole;
    });
  }

  /** `round`: the work of later rounds over the same strings comes out of the first one's allowance. */
  #find(
    values: readonly string[],
    mode: Mode,
    cut: boolean,
    memory: Memory | undefined,
    round = 0,
  ): Finding[] | 'spent' {
    const text = this.#text;
    let length = Math.max(0, values.length - 1);
    for (const value of values) length += value.length;
    text.reset(length, mode);
    text.cut = cut;
    for (let i = 0; i < values.length; i++) {
      if (i > 0) text.put(NUL);
      const value = mode === 'text' ? withoutBorders(values[i]!) : values[i]!;
      text.append(value);
      if (values.length === 1) text.source = value;
    }
    const { scan } = this.#scanner;
    if (round === 0) scan.work.reset(text.length);
    if (!scan.work.affords(text.length)) return 'spent';
    scan.memory = memory;
    this.#scanner.find(text);
    for (const { start, end, kind } of text.findings) memory?.learn(text, start, end, kind);
    if (scan.work.spent) return 'spent';
    return withoutMarkers(text);
  }

  /** Nothing of the string but how long it was and a keyed hash, by which equal ones are known. */
  #whole(value: string, kind: string, counts: RedactionCounts): Redacted {
    counts[kind] = (counts[kind] ?? 0) + 1;
    const hash = createHmac('sha256', this.#key).update(value).digest('hex').slice(0, 16);
    return `[REDACTED:${kind} length=${value.length} hash=${hash}]` as Redacted;
  }
}

class RunRedactor implements Redactor {
  readonly #engine: Engine;
  readonly #memory: Memory;

  constructor(engine: Engine, memory: Memory) {
    this.#engine = engine;
    this.#memory = memory;
  }

  argv(argv: readonly string[], counts: RedactionCounts, cut = false): Redacted[] {
    return this.#engine.elements(argv, 'argv', counts, cut, this.#memory);
  }

  env(env: readonly string[], counts: RedactionCounts, cut = false): Redacted[] {
    return this.#engine.elements(env, 'env', counts, cut, this.#memory);
  }

  path(path: string, counts: RedactionCounts, cut = false): Redacted {
    return this.#engine.string(path, 'path', counts, cut, this.#memory);
  }

  text(text: string, counts: RedactionCounts, cut = false): Redacted {
    return this.#engine.string(text, 'text', counts, cut, this.#memory);
  }
}

function label(field: string, value: string | readonly string[], index: number): string {
  return typeof value === 'string' ? field : `${field}[${index}]`;
}

/**
 * A text may have the NULs of `/proc/PID/cmdline` and `environ` in it. A NUL is the border of elements here, behind which no context
 * looks: words are parted by a space.
 */
function withoutBorders(value: string): string {
  return value.includes('\0') ? value.replaceAll('\0', ' ') : value;
}

/** `value`, which begins at `base` of the scanned text, with its part of each finding replaced: of the `first` and those behind it. */
function replace(
  value: string,
  base: number,
  findings: readonly Finding[],
  counts: RedactionCounts,
  first = 0,
): string {
  let out = '';
  let at = 0;
  for (let i = first; i < findings.length; i++) {
    const { start, end, kind } = findings[i]!;
    if (start >= base + value.length) break;
    const from = Math.max(at, start - base);
    const to = Math.min(value.length, end - base);
    if (to <= from) continue;
    out += value.slice(at, from) + marker(kind);
    counts[kind] = (counts[kind] ?? 0) + 1;
    at = to;
  }
  return at === 0 ? value : out + value.slice(at);
}

/** Findings, in order and disjoint, without what lies in a marker. */
function withoutMarkers(text: Text): Finding[] {
  const { findings } = text;
  if (findings.length === 0 || text.indexOf(OPEN_BRACKET) < 0) return findings;
  const kept: Finding[] = [];
  let next = 0;
  for (let at = text.indexOf(OPEN_BRACKET); at >= 0; at = text.indexOf(OPEN_BRACKET, at + 1)) {
    if (!text.has(MARKER, at)) continue;
    const end = markerEnd(text, at + MARKER.length);
    if (end === 0) continue;
    while (next < findings.length && findings[next]!.end <= at) kept.push(findings[next++]!);
    const finding = findings[next];
    if (finding === undefined || finding.start >= end) continue;
    if (finding.start < at) kept.push({ ...finding, end: at });
    if (finding.end > end) finding.start = end;
    else next++;
    while (next < findings.length && findings[next]!.end <= end) next++;
  }
  while (next < findings.length) kept.push(findings[next++]!);
  return kept.filter((finding) => finding.end > finding.start);
}

/** A redactor for this host. Cheap to use, dear to make (some 30 ms): one per process. */
export function createRedactor(
  options: RedactorOptions = {},
): HostRedactor & Pick<Engine, 'explain' | 'lastWork'> {
  return new Engine(options);
}
