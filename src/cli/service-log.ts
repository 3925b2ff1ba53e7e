/**
 * What a service says of itself, on standard error: a line each, in the words and the form of all of Warder's
 * failures, or a JSON object each.
 *
 * Under systemd each line begins with its priority (sd-daemon(3)), which the journal takes off again.
 */
import pino from 'pino';
import { WarderError } from '../base/error.ts';
import { printable } from '../base/printable.ts';
import { failureLines } from './failure.ts';

export interface ServiceLog {
  info(text: string): void;
  /** Something went wrong and stops nothing. */
  problem(error: unknown): void;
}

export type LogFormat = 'text' | 'json';

/** syslog(3) */
const PRIORITY = { info: 6, problem: 4 } as const;

export function serviceLog(format: LogFormat, environment: NodeJS.ProcessEnv = process.env): ServiceLog {
  return format === 'json' ? jsonLog() : textLog(Boolean(environment.JOURNAL_STREAM), environment);
}

function textLog(journal: boolean, environment: NodeJS.ProcessEnv): ServiceLog {
  const write = (lines: readonly string[], priority: number): void => {
    const head = journal ? `<${priority}>` : `${new Date().toISOString()} `;
    process.stderr.write(lines.map((line) => `${head}${line}\n`).join(''));
  };
  return {
    info: (text) => write([`warder: ${printable(text)}`], PRIORITY.info),
    problem: (error) => write(failureLines(error, Boolean(environment.WARDER_DEBUG)), PRIORITY.problem),
  };
}

function jsonLog(): ServiceLog {
  const out = pino(
    {
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 2, sync: true }),
  );
  return {
    info: (text) => out.info(text),
    problem: (error) => {
      const { message, stack } = error as Error;
      if (error instanceof WarderError) out.warn({ code: error.code, fix: error.fix }, message);
      else out.error({ stack }, message);
    },
  };
}
