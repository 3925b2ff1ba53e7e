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
 */
export interface Redactor {
  /** An argument vector: flags, their values in the next element, command strings. Same length out. */
  argv(argv: readonly string[], counts: RedactionCounts): Redacted[];
  /** `NAME=value` pairs of an environment. Same length out. */
  env(env: readonly string[], counts: RedactionCounts): Redacted[];
  /** A file path, socket path or file name. */
  path(path: string, counts: RedactionCounts): Redacted;
  /** Any other text: error messages, reasons, names. */
  text(text: string, counts: RedactionCounts): Redacted;
}
