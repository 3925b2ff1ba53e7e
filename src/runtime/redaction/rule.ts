/**
 * What a rule is, and what makes one valid.
 *
 * A rule says of one kind of credential where to look (`anchors`) and what must stand there (`form`, `alphabet`,
 * `length`, `entropy`, `boundary`). Everything in it is a fact from the issuer's documentation, named by `source`.
 */
import { WarderError } from '../../base/error.ts';
import { ALPHABETS, type AlphabetName, alphabet, parseSet, type Set128, sizeOf } from './alphabet.ts';
import { RANK, type Rank } from './finding.ts';
import { Form, LONGEST_RUN } from './form.ts';

/**
 * `word`  no letter or digit right before the match, no character of the alphabet right behind it.
 * `open`  as `word` on the left; behind it the match takes in what is left of the run. For prefixes so plain
 *         that whatever follows belongs to the secret.
 * `free`  no condition on the left, `open` on the right: the anchor is never part of anything else.
 * `name`  the anchor is a name, not a part of the secret: `ANCHOR…=value`, `anchor … key: value`.
 * `run`   no anchor: the form must fit a whole run of letters, digits, `+ / - _`. Costly, so few.
 */
export type Boundary = 'word' | 'open' | 'free' | 'name' | 'run';

export interface Rule {
  /** Names the kind in `[REDACTED:id]`: lower case, digits, hyphens. */
  readonly id: string;
  readonly family: string;
  /** Literals, found whatever their case, one of which stands in every match. */
  readonly anchors: readonly string[];
  /** Shape of the whole, see form.ts. `#` is the secret run, `@` any of the anchors as written. */
  readonly form: string;
  /** Of the secret run: a name from alphabet.ts or the inside of a bracket expression. */
  readonly alphabet: string;
  /** Of the secret run: characters, or least and most. */
  readonly length: number | readonly [min: number, max: number];
  /** Least Shannon entropy of the secret run, bits per character. Left out: by alphabet and length. */
  readonly entropy?: number;
  readonly boundary: Boundary;
  /** Characters of the form that stand before the anchor: a number, or least and most. */
  readonly lead?: number | readonly [min: number, max: number];
  /** No `_` or `-` may stand before it either: `live_…`, but not `pk_live_…`. */
  readonly apart?: boolean;
  /** Literals of the form match in any case. */
  readonly ignoreCase?: boolean;
  /** Where the issuer says so. */
  readonly source: string;
}

/** A rule ready to match. `rank` orders kinds where findings overlap: the higher one names them. */
export interface CompiledRule {
  readonly rule: Rule;
  readonly form: Form;
  readonly set: Set128;
  readonly min: number;
  readonly max: number;
  readonly leadMin: number;
  readonly leadMax: number;
  readonly entropy: number;
  /** Of its findings: the narrower the rule, the higher. */
  readonly rank: Rank;
  /** What can stand right behind the anchor; undefined when anything can. */
  readonly behind: Set128 | undefined;
  /** What can stand right before it; undefined when anything can, or nothing has to. */
  readonly before: Set128 | undefined;
  /** The anchor stands in the form as it is written, in no other case. */
  readonly exact: boolean;
  /** The anchor could begin a word, and the secret run may have letters of both cases and digits: it must have them. */
  readonly mixed: boolean;
}

function bounds(value: number | readonly [number, number]): [number, number] {
  return typeof value === 'number' ? [value, value] : [value[0], value[1]];
}

function invalid(id: string, what: string, fix: string): WarderError {
  return new WarderError('RULE_INVALID', `rule ${JSON.stringify(id)}: ${what}`, fix);
}

function escapeLiteral(literal: string): string {
  return literal.replace(/[\\!#[\](){}?*+|@]/g, '\\$&');
}

/** The form with its `@` spelled out. */
function withAnchors(rule: Rule): string {
  const literals = rule.anchors.map(escapeLiteral);
  const spelled = literals.length === 1 ? literals[0]! : `(${literals.join('|')})`;
  return rule.form.replace(/(?<!\\)@/g, () => spelled);
}

/** Compiles one rule. Throws RULE_INVALID or RULE_FORM. */
export function compileRule(rule: Rule): CompiledRule {
  const { id } = rule;
  if (!/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(id) || id.length > 64)
    throw invalid(id, 'its id is no kind', 'use lower case, digits and single hyphens, at most 64');
  if (rule.boundary === 'run' ? rule.anchors.length > 0 : rule.anchors.length === 0)
    throw invalid(
      id,
      `${rule.anchors.length} anchors with boundary ${rule.boundary}`,
      'name one literal at least, none for run',
    );
  for (const anchor of rule.anchors) {
    if (anchor.length < 2 || anchor.length > 64 || /[^!-~]/.test(anchor))
      throw invalid(
        id,
        `anchor ${JSON.stringify(anchor)}`,
        'use 2 to 64 printable ASCII characters without spaces',
      );
  }
  const [min, max] = bounds(rule.length);
  if (!(min >= 1 && max >= min && max <= LONGEST_RUN && Number.isInteger(min) && Number.isInteger(max)))
    throw invalid(id, `length ${min} to ${max}`, `use whole numbers from 1 to ${LONGEST_RUN}`);
  const [leadMin, leadMax] = bounds(rule.lead ?? 0);
  if (!(leadMin >= 0 && leadMax >= leadMin && leadMax <= 128))
    throw invalid(id, `lead ${leadMin} to ${leadMax}`, 'use whole numbers from 0 to 128');
  const set = rule.alphabet in ALPHABETS ? alphabet(rule.alphabet as AlphabetName) : parseSet(rule.alphabet);
  const size = sizeOf(set);
  if (size < 2)
    throw invalid(id, 'an alphabet of fewer than two characters', 'name one from alphabet.ts or a set');
  const form = new Form(withAnchors(rule), { set, min, max }, rule.ignoreCase);
  return {
    rule,
    form,
    rank: RANK.issued + narrowness(form.literals, size, max - min),
    set,
    min,
    max,
    leadMin,
    leadMax,
    entropy: rule.entropy ?? leastEntropy(size, min),
    behind: behindAnchor(rule, { set, min, max }),
    before: beforeAnchor(rule, set),
    exact: rule.form.includes('@') && rule.ignoreCase !== true,
    mixed:
      rule.anchors.every((anchor) => /^[A-Za-z0-9]{1,5}$/.test(anchor)) &&
      set[48]! + set[97]! + set[122]! + set[90]! === 4,
  };
}

/** The characters that the form can go on with behind its anchor. */
function behindAnchor(rule: Rule, secret: { set: Set128; min: number; max: number }): Set128 | undefined {
  const rest = /(?<!\\)@!?(.+)$/.exec(rule.form)?.[1];
  if (rest === undefined || rest.includes('@') || rule.boundary === 'name') return undefined;
  const form = new Form(rest, secret, rule.ignoreCase);
  return form.mayBeEmpty || rule.ignoreCase === true ? undefined : form.first;
}

/** The characters that stand right before the anchor, where the form says so by a set. */
function beforeAnchor(rule: Rule, secret: Set128): Set128 | undefined {
  const last = /(?:(#)|\[((?:[^\]\\]|\\.)+)\]\{\d+(?:,\d+)?\})@/.exec(rule.form);
  if (last === null) return undefined;
  return last[1] === '#' ? secret : parseSet(last[2]!);
}

/** From 0 to below 1: literal characters count most, then the alphabet, then how much the length may vary. */
function narrowness(literals: number, size: number, slack: number): number {
  return Math.min(literals, 40) / 50 + (128 - size) / 1000 + (slack === 0 ? 0.02 : 0.01 / slack);
}

/**
 * What a random run of `length` characters out of `size` has at the very least, bits per character: half of
 * what is possible. Below it stand runs of x, counting digits, words.
 */
function leastEntropy(size: number, length: number): number {
  return Math.min(Math.log2(size), Math.log2(length)) * 0.5;
}
