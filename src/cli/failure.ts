/**
 * How a command fails: in words on stderr, and in its exit status.
 *
 *     warder: the kernel has no /sys/kernel/btf/vmlinux
 *       fix: boot a kernel built with CONFIG_DEBUG_INFO_BTF=y
 *
 * Several errors at once (AggregateError) are all printed. A stack is printed only with WARDER_DEBUG set, or
 * for an error that is Warder's own fault.
 */

import { WarderError } from '../base/error.ts';
import { printable } from '../base/printable.ts';

export const EXIT = {
  /** A command did what was asked and the answer is no, or failed. */
  failed: 1,
  /** The command line itself is wrong. */
  usage: 2,
  /** `warder run` itself failed; this and the next two as env(1) and timeout(1) have it. */
  runFailed: 125,
  notExecutable: 126,
  notFound: 127,
} as const;

export function failureLines(error: unknown, debug: boolean): string[] {
  return flatten(error).flatMap((one) => {
    if (one instanceof WarderError) {
      const lines = [...headed(one.message), `  fix: ${printable(one.fix)}`];
      return debug ? [...lines, ...stackLines(one)] : lines;
    }
    if (isSystemError(one)) {
      return [
        ...headed(one.message),
        '  fix: mend what the system says; WARDER_DEBUG=1 shows where it said it',
      ].concat(debug ? stackLines(one) : []);
    }
    return [
      ...headed(`internal error: ${one instanceof Error ? one.message : String(one)}`),
      '  fix: this is a fault of Warder; please report it with the lines below',
      ...stackLines(one),
    ];
  });
}

/** For `warder run`: Warder failed, or could not execute the agent's program. */
export function runFailureStatus(error: unknown): number {
  const first = flatten(error)[0];
  const code = first instanceof WarderError ? first.code : '';
  if (code === 'RUN_PROGRAM_MISSING') return EXIT.notFound;
  return code === 'RUN_PROGRAM' ? EXIT.notExecutable : EXIT.runFailed;
}

/** The system refused something (a full disk, a limit), in a place that has no better words for it. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'errno' in error;
}

function flatten(error: unknown): unknown[] {
  return error instanceof AggregateError ? error.errors.flatMap(flatten) : [error];
}

/** The first line behind the program's name, further ones (lists of faults) indented. */
function headed(message: string): string[] {
  const [first = '', ...rest] = message.split('\n');
  return [`warder: ${printable(first)}`, ...rest.map((line) => `  ${printable(line)}`)];
}

function stackLines(error: unknown): string[] {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n').slice(1) : [];
  const { cause } = error as { cause?: unknown };
  if (cause === undefined) return lines;
  return [
    ...lines,
    `  cause: ${printable(cause instanceof Error ? cause.message : String(cause))}`,
    ...stackLines(cause),
  ];
}
