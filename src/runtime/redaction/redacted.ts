/**
 * Text that may leave the host. Only the redactor in this folder makes it: the brand cannot be written
 * elsewhere without a cast, and a test looks for such casts.
 */
declare const redacted: unique symbol;

export type Redacted = string & { readonly [redacted]: true };

/** What was taken out, by kind of secret: `{ 'aws-access-key': 1 }`. */
export type RedactionCounts = Record<string, number>;

/**
 * The strings of one event on their way out. One session per event: findings add up in `counts`.
 * No method throws, whatever the input.
 *
 * `cut`: the string (of an argv, its last element) was cut short on its way here, so that what stands at its
 * end may be the head of a secret that its rule no longer knows. Such a tail goes as well.
 */
export interface Redactor {
  /** An argument vector: flags, their values in the next element, command strings. Same length out. */
  argv(argv: readonly string[], counts: RedactionCounts, cut?: boolean): Redacted[];
  /** `NAME=value` pairs of an environment. Same length out. */
  env(env: readonly string[], counts: RedactionCounts, cut?: boolean): Redacted[];
  /** A file path, socket path or file name. */
  path(path: string, counts: RedactionCounts, cut?: boolean): Redacted;
  /** Any other text: error messages, reasons, names. */
  text(text: string, counts: RedactionCounts, cut?: boolean): Redacted;
}

/**
 * The redactor of a host. Used directly it has no memory; `forRun` gives the one that has: what it found as
 * the value of a sensitive name in any string of the run, it takes out of every later string of that run.
 */
export interface HostRedactor extends Redactor {
  /** The redactor of one run. The same object for the same id until `forget`. */
  forRun(runId: string): Redactor;
  /** Drops a run's memory. To be called when the run's last event has been redacted. */
  forget(runId: string): void;
}

/**
 * Text of Warder's own making: ids, numbers, numeric addresses, words of a closed list. Nothing that a
 * process, a file name or a document could have put there goes through here.
 */
export function ownText(text: string): Redacted {
  return text as Redacted;
}

/** A message in which every string, at any depth, has been redacted. */
export type Sealed<T> = T extends string
  ? string extends T
    ? Redacted
    : T // a closed list of words
  : T extends number | boolean | bigint | null | undefined | Uint8Array | { high: number; low: number }
    ? T
    : { [K in keyof T]: Sealed<T[K]> };
