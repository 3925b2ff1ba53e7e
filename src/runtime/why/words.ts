/**
 * What an agent is told of its own run: the shapes of why.json, and of questions and answers on why.sock.
 *
 * Every string in them has been redacted. A question is one line of JSON, and so is its answer; a connection may ask
 * several, one after the other.
 */
import { basename, dirname, join } from 'node:path';
import type { Category } from '../../contract/pattern.ts';

/** Names in the directory that WARDER_WHY names. */
export const WHY_FILE = 'why.json';
export const WHY_SOCKET = 'why.sock';
export const WHY_VARIABLE = 'WARDER_WHY';
/**
 * Directory of the socket at which those ask that were adopted, and have no such variable; there is no file in it. It lies
 * beside the runtime's local socket: `ask` beside `runtime.sock`, `blue-ask` beside `blue.sock` of another runtime.
 */
export function askDirectory(localSocket: string): string {
  const name = basename(localSocket, '.sock');
  return join(dirname(localSocket), name === 'runtime' ? 'ask' : `${name}-ask`);
}

/** A question, with its newline. */
export const QUESTION_BYTES = 8 << 10;

export interface WhyDocument {
  version: 1;
  run: string;
  agent: string;
  /** Refusals are told from here on, ISO 8601. */
  since: string;
  /** The newest last. Equal ones are one entry. */
  refusals: Refusal[];
  /** Entries that are no longer here: only so many are kept. */
  forgotten: number;
  may: Allowed;
  /** Whether questions are answered at why.sock. */
  socket: boolean;
}

export type OutcomeWord = 'prevented' | 'terminated' | 'observed';

export interface Refusal {
  /** Of the last time, counted over the whole run from 1: what is above another was refused after it. */
  sequence: number;
  /** ISO 8601. */
  first: string;
  last: string;
  /** How often. */
  count: number;
  category: string;
  /** Path, address or privilege. */
  target: string;
  /** Of a program. */
  argv?: string[];
  pid: number;
  executable: string;
  verdict: 'deny' | 'hold';
  outcome: OutcomeWord;
  /** "rule", "no_rule", "lease", …: docs/events.md has all of them. */
  reason: string;
  rule?: RuleWords;
  /** For no_rule: the layer that does not allow. */
  layer?: string;
  because?: string;
  /** What the policy does allow of that kind, the nearest first. */
  instead: string[];
  retry: RetryAdvice;
}

export interface RuleWords {
  layer: string;
  effect: string;
  pattern: string;
}

export interface RetryAdvice {
  /** Whether the same action may have another answer later. */
  sensible: boolean;
  /** A sentence. */
  text: string;
}

export type Allowed = Partial<Record<Category, AllowedPlaces>>;

export interface AllowedPlaces {
  allow: string[];
  /** Waits for a person. */
  hold: string[];
  /** How many were left out of both. */
  more: number;
}

export type Question = { ask: 'why' } | { ask: 'may'; category: string; target: string };

/** Advice: the kernel judges what is really done. */
export interface MayAnswer {
  category: string;
  target: string;
  verdict: 'allow' | 'hold' | 'deny';
  reason: string;
  rule?: RuleWords;
  layer?: string;
  because?: string;
  instead: string[];
}

export interface AnswerError {
  code: string;
  message: string;
  fix: string;
}

export type Answer = { why: WhyDocument } | { may: MayAnswer } | { error: AnswerError };
