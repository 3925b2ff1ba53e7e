/**
 * YAML text to plain values, with the place of each in the file.
 *
 * In:  the text of one file, of any number of YAML documents.
 * Out: their values, a function from a value's path to its line and column (both from 1), and what is wrong
 *      with the YAML itself. Aliases are followed and count as what they stand for, up to LIMITS.fileNodes,
 *      so that a small file cannot become a large one. Nothing throws.
 * YAML 1.2 core schema (the `yaml` library, 2.9); tags and merge keys are not used.
 */
import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Node,
  parseAllDocuments,
  type YAMLError,
} from 'yaml';
import type { Complaint } from '../../contract/complaint.ts';
import { LIMITS } from '../../contract/limits.ts';

export interface Place {
  line: number;
  column: number;
}

/** A complaint and where it is. `line` and `column` from 1. */
export interface Fault extends Complaint, Place {
  file: string;
}

export type ValuePath = readonly (string | number)[];

export interface YamlValue {
  value: unknown;
  /** Of the value, or of the nearest one above it that is there. */
  placeOf(path: ValuePath): Place;
  /** Of a key of the mapping at `path`. */
  placeOfKey(path: ValuePath, key: string): Place;
}

export interface YamlSource {
  values: YamlValue[];
  faults: Fault[];
}

export function readYaml(text: string, file: string): YamlSource {
  const counter = new LineCounter();
  const faults: Fault[] = [];
  const values: YamlValue[] = [];
  for (const document of parse(text, counter, file, faults)) {
    const errors = [...document.errors, ...document.warnings];
    for (const error of errors) faults.push({ file, ...placeAt(counter, error.pos[0]), ...explain(error) });
    if (errors.length > 0) continue;
    if (document.contents === null || (isScalar(document.contents) && document.contents.value === null))
      continue;
    const value = new Reader(document, counter, file, faults).read();
    if (value) values.push(value);
  }
  return { values, faults };
}

function parse(text: string, counter: LineCounter, file: string, faults: Fault[]): Document.Parsed[] {
  if (isNestedTooDeep(text)) {
    faults.push({ file, line: 1, column: 1, ...tooDeep() });
    return [];
  }
  // Keys that stand twice are found below: the library compares each with each.
  const options = { lineCounter: counter, prettyErrors: false, uniqueKeys: false } as const;
  return [...parseAllDocuments(text, { ...options, logLevel: 'silent' })] as Document.Parsed[];
}

/** By tokens, before anything recursive sees the text. Nesting by indentation costs its square in bytes. */
function isNestedTooDeep(text: string): boolean {
  let flow = 0;
  let line = 0;
  let isScalar = false;
  for (const token of new Lexer().lex(text)) {
    if (isScalar) isScalar = false;
    else if (token === SCALAR_FOLLOWS) isScalar = true;
    else if (token === '[' || token === '{') flow++;
    else if (token === ']' || token === '}') flow--;
    else if (token === '-' || token === '?') line++;
    else if (token.includes('\n')) line = 0;
    if (flow + line > 2 * LIMITS.fileDepth) return true;
  }
  return false;
}

function placeAt(counter: LineCounter, offset: number): Place {
  const { line, col } = counter.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

const TWICE: Complaint = {
  message: 'a key stands twice in one mapping',
  fix: 'keep one of them; rules go into one list',
};

function explain(error: YAMLError): Complaint {
  const message = `the YAML is broken: ${lowerFirst(error.message.replace(/\.$/, ''))}`;
  switch (error.code) {
    case 'DUPLICATE_KEY':
      return {
        message: 'a key stands twice in one mapping',
        fix: 'keep one of them; rules go into one list',
      };
    case 'TAB_AS_INDENT':
      return { message, fix: 'indent with spaces' };
    case 'TAG_RESOLVE_FAILED':
      return { message, fix: 'take the tag (!…) out: values are plain text and numbers' };
    case 'BAD_ALIAS':
    case 'BAD_SCALAR_START':
      return { message, fix: 'put quotes around a text that begins with *, @, `, %, [ or {' };
    default:
      return { message, fix: 'look at indentation, quotes and brackets here and in the line before' };
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function tooDeep(): Complaint {
  return {
    message: `the file is nested deeper than ${LIMITS.fileDepth} levels`,
    fix: 'a policy needs seven: flatten it',
  };
}

/** The lexer's mark in front of a scalar (yaml 2.9, parse/cst.ts). */
const SCALAR_FOLLOWS = '\u001f';

/** One document into plain values. */
class Reader {
  readonly #document: Document.Parsed;
  readonly #counter: LineCounter;
  readonly #file: string;
  readonly #faults: Fault[];
  readonly #places = new Map<string, number>();
  readonly #keys = new Map<string, number>();
  #nodes = 0;
  #stopped = false;

  constructor(document: Document.Parsed, counter: LineCounter, file: string, faults: Fault[]) {
    this.#document = document;
    this.#counter = counter;
    this.#file = file;
    this.#faults = faults;
  }

  /** Null when there is too much to read. */
  read(): YamlValue | null {
    const value = this.#convert(this.#document.contents, [], 0);
    if (this.#stopped) return null;
    return {
      value,
      placeOf: (path) => {
        for (let length = path.length; length >= 0; length--) {
          const offset = this.#places.get(pointer(path.slice(0, length)));
          if (offset !== undefined) return placeAt(this.#counter, offset);
        }
        return { line: 1, column: 1 };
      },
      placeOfKey: (path, key) => placeAt(this.#counter, this.#keys.get(pointer([...path, key])) ?? 0),
    };
  }

  #fault(node: Node | null, complaint: Complaint): void {
    this.#faults.push({ file: this.#file, ...placeAt(this.#counter, node?.range?.[0] ?? 0), ...complaint });
  }

  /** Says so once, and reads no further. */
  #stop(node: Node, complaint: Complaint): undefined {
    if (!this.#stopped) this.#fault(node, complaint);
    this.#stopped = true;
  }

  #convert(node: Node | null, path: ValuePath, depth: number): unknown {
    if (node === null || this.#stopped) return null;
    if (++this.#nodes > LIMITS.fileNodes) {
      return this.#stop(node, {
        message: `the file has more than ${LIMITS.fileNodes} values, aliases counted as what they stand for`,
        fix: 'split the policy, and write lists out instead of nesting aliases',
      });
    }
    if (depth > LIMITS.fileDepth) return this.#stop(node, tooDeep());
    if (isAlias(node)) return this.#alias(node, path, depth);
    this.#places.set(pointer(path), node.range?.[0] ?? 0);
    if (isScalar(node)) return typeof node.value === 'bigint' ? Number(node.value) : node.value;
    if (isSeq(node)) {
      return node.items.map((item, index) => this.#convert(item as Node | null, [...path, index], depth + 1));
    }
    if (isMap(node))
      return this.#mapping(node.items as { key: Node | null; value: Node | null }[], path, depth);
    return null;
  }

  #alias(node: Extract<Node, { source: string }>, path: ValuePath, depth: number): unknown {
    const target = isAlias(node) ? node.resolve(this.#document) : undefined;
    if (target !== undefined) return this.#convert(target, path, depth + 1);
    this.#fault(node, {
      message: `*${node.source} is an alias in YAML, and nothing is anchored as &${node.source}`,
      fix: `write "*${node.source}" with quotes if it is a pattern`,
    });
    return `*${node.source}`;
  }

  #mapping(
    items: readonly { key: Node | null; value: Node | null }[],
    path: ValuePath,
    depth: number,
  ): unknown {
    const entries: [string, unknown][] = [];
    for (const { key, value } of items) {
      if (!isScalar(key) || typeof key.value !== 'string') {
        this.#fault(key, {
          message: 'a key is not plain text',
          fix: 'write a name, in quotes where it looks like a number',
        });
        continue;
      }
      const inside = [...path, key.value];
      if (this.#keys.has(pointer(inside))) this.#fault(key, TWICE);
      this.#keys.set(pointer(inside), key.range?.[0] ?? 0);
      this.#places.set(pointer(inside), key.range?.[0] ?? 0);
      entries.push([key.value, this.#convert(value, inside, depth + 1)]);
    }
    return Object.fromEntries(entries);
  }
}

function pointer(path: ValuePath): string {
  return path.map((part) => `/${String(part).replaceAll('/', '~1')}`).join('');
}
