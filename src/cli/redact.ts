/**
 * `warder redact`: events as JSON lines in, the same without secrets out.
 *
 * In:     lines `{"id", "argv": […]|null, "env": ["K=V", …]|null, "path": …|null, "text": …|null}` on standard input.
 *         Bytes that are no UTF-8 are taken and given back as they are.
 * Out:    the same shape, one line for each, in order, each flushed; `us` is the time spent in microseconds. What is no
 *         such line gives `{"id", "line", "error"}` and the next one is read. With `--explain` also `findings`: field,
 *         position, kind and rule of each, never the value.
 * Exit:   0; 1 when a sample of `--check-rules` fails or a rule is faulty.
 *
 * All lines count as one run: the value of a sensitive name is taken out of later lines as well, unless a line names
 * another run in `run`.
 */
import { isUtf8 } from 'node:buffer';
import { writeSync } from 'node:fs';
import { Command } from 'commander';
import type { RedactionCounts } from '../runtime/redaction/redacted.ts';
import { createRedactor, type Explanation } from '../runtime/redaction/redactor.ts';
import type { Rule } from '../runtime/redaction/rule.ts';
import { RULES } from '../runtime/redaction/rules/index.ts';
import { EXIT } from './failure.ts';

interface Options {
  readonly explain?: boolean;
  readonly rules?: string;
  readonly checkRules?: string;
}

const FIELDS = ['argv', 'env', 'path', 'text'] as const;

interface Event {
  readonly id: unknown;
  readonly run: string;
  readonly argv: string[] | null;
  readonly env: string[] | null;
  readonly path: string | null;
  readonly text: string | null;
}

const HELP = `
A line is {"id": …, "argv": […], "env": ["K=V", …], "path": "…", "text": "…"}, each null where there is none; the answer has the same
form. One that is no such line is answered with an error in its place, and the next one is read. What Warder itself shows
and stores has been through this already.`;

export function redactCommand(): Command {
  return new Command('redact')
    .description('Take secrets out of events: JSON lines in, JSON lines out.')
    .option('--explain', 'say kind, rule and position of each finding, without its value')
    .option('--rules <file>', 'use the rules of this file as well')
    .option('--check-rules <file>', 'validate a rule file and run its samples, nothing else')
    .addHelpText('after', HELP)
    .action(async (options: Options) => {
      if (options.checkRules !== undefined) process.exitCode = await checkRules(options.checkRules);
      else await redactLines(options);
    });
}

async function checkRules(path: string): Promise<number> {
  const { checkSamples, loadRuleFile } = await import('../runtime/redaction/rule-file.ts');
  const rules = await loadRuleFile(path);
  const results = checkSamples(rules);
  const failed = results.filter((result) => !result.ok);
  for (const { rule, expected, number } of failed) {
    print(
      1,
      `${rule}: sample ${number} of "${expected}" ${expected === 'match' ? 'is not found' : 'is found'}\n`,
    );
  }
  const bare = rules.filter(({ match }) => match.length === 0);
  for (const { rule } of bare) print(1, `${rule.id}: no sample to match\n`);
  print(1, `${rules.length} rules, ${results.length} samples, ${failed.length} failed\n`);
  return failed.length + bare.length === 0 ? 0 : EXIT.failed;
}

async function redactLines(options: Options): Promise<void> {
  let rules: Rule[] = [];
  if (options.rules !== undefined) {
    const { loadRuleFile } = await import('../runtime/redaction/rule-file.ts');
    rules = (await loadRuleFile(options.rules)).map(({ rule }) => rule);
  }
  const redactor = createRedactor({ rules });
  warmUp(redactor);
  let number = 0;
  for await (const bytes of lines(process.stdin)) {
    number++;
    if (bytes.length === 0) continue;
    const encoding = isUtf8(bytes) ? 'utf8' : 'latin1';
    const answer = answerTo(bytes.toString(encoding), number, redactor, options.explain === true);
    print(1, Buffer.from(`${answer}\n`, encoding));
  }
}

/** Lines of the common shapes, often enough that the first line of input finds compiled code. */
const COMMON = [
  'curl -u alice:x1y2z3a4b5 https://x.example.com/?token=abc1234567890def&page=2 -H "Authorization: Bearer $TOKEN"',
  '{"level":30,"user":"a","apiKey":"Zx81kdl20dkP","password":null,"path":"/srv/app/index.ts"}',
  'export DB_PASSWORD=x9kQ2vL0; mysql -uroot -pq7T2mXw9 app && echo done | tee -a log.txt',
  'password: expired for the account, the token is required; see https://wiki.example.com/keys',
  'const token = process.env.TOKEN ?? config.token; if (token === undefined) throw new Error("token missing");',
  `commit 9fceb02d0ae598e95dc970b74767f19372d61af8 ${Buffer.from('key: a1b2c3d4e5f6').toString('base64')} %61%62 \\u0061`,
];
const WARM_ROUNDS = 80;
/** Rounds of a text that has the anchor of every rule: one of a hundred kilobytes, full of them, may be the first line. */
const ANCHOR_ROUNDS = 10;

function warmUp(redactor: ReturnType<typeof createRedactor>): void {
  const counts: RedactionCounts = {};
  for (let round = 0; round < WARM_ROUNDS; round++) {
    for (const text of COMMON) {
      redactor.text(text, counts);
      redactor.argv(text.split(' '), counts);
    }
  }
  const anchors = RULES.flatMap((rule) => rule.anchors).join(' ');
  for (let round = 0; round < ANCHOR_ROUNDS; round++) redactor.text(anchors, counts);
}

function answerTo(
  line: string,
  number: number,
  redactor: ReturnType<typeof createRedactor>,
  explain: boolean,
): string {
  let id: unknown = null;
  try {
    const parsed: unknown = JSON.parse(line);
    if (typeof parsed === 'object' && parsed !== null && 'id' in parsed) id = parsed.id;
    const event = readEvent(parsed);
    const start = process.hrtime.bigint();
    const counts: RedactionCounts = {};
    const run = redactor.forRun(event.run);
    // The environment first: what it names is known when the other strings are read.
    const env = event.env && run.env(event.env, counts);
    const argv = event.argv && run.argv(event.argv, counts);
    const path = event.path === null ? null : run.path(event.path, counts);
    const text = event.text === null ? null : run.text(event.text, counts);
    const us = Number(process.hrtime.bigint() - start) / 1000;
    const answer = { id: event.id ?? null, argv, env, path, text, us: Math.round(us * 10) / 10 };
    return JSON.stringify(explain ? { ...answer, findings: findingsOf(event, redactor) } : answer);
  } catch (error) {
    // The parser's message quotes the input: it may quote a secret.
    const message = error instanceof SyntaxError ? 'not a line of JSON' : (error as Error).message;
    return JSON.stringify({ id, line: number, error: message });
  }
}

function findingsOf(event: Event, redactor: ReturnType<typeof createRedactor>): Explanation[] {
  return [
    ...(event.argv === null ? [] : redactor.explain('argv', event.argv, 'argv')),
    ...(event.env === null ? [] : redactor.explain('env', event.env, 'env')),
    ...(event.path === null ? [] : redactor.explain('path', event.path, 'path')),
    ...(event.text === null ? [] : redactor.explain('text', event.text, 'text')),
  ];
}

function readEvent(parsed: unknown): Event {
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new TypeError('not a JSON object');
  const fields = parsed as Record<string, unknown>;
  // An answer of nothing but null would look as if there had been nothing.
  if (!FIELDS.some((field) => field in fields)) throw new TypeError(`none of ${FIELDS.join(', ')} is there`);
  const list = (key: string): string[] | null => {
    const value = fields[key] ?? null;
    if (value === null) return null;
    if (!Array.isArray(value) || value.some((item) => typeof item !== 'string'))
      throw new TypeError(`"${key}" is neither null nor a list of strings`);
    return value as string[];
  };
  const string = (key: string): string | null => {
    const value = fields[key] ?? null;
    if (value !== null && typeof value !== 'string')
      throw new TypeError(`"${key}" is neither null nor a string`);
    return value;
  };
  return {
    id: fields.id,
    run: string('run') ?? '',
    argv: list('argv'),
    env: list('env'),
    path: string('path'),
    text: string('text'),
  };
}

/** Lines of a byte stream without their ends; a line may have any length. */
async function* lines(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  for await (const chunk of input) {
    let from = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, from)) {
      parts.push(chunk.subarray(from, end));
      yield withoutReturn(parts.length === 1 ? parts[0]! : Buffer.concat(parts));
      parts = [];
      from = end + 1;
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
  }
  if (parts.length > 0) yield withoutReturn(Buffer.concat(parts));
}

function withoutReturn(line: Buffer): Buffer {
  return line.at(-1) === 13 ? line.subarray(0, -1) : line;
}

/** Writes all of it before it returns. A pipe that takes no more for now is asked again; a closed one ends the program. */
function print(fd: number, data: string | Buffer): void {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data;
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') process.exit(0);
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(PAUSE, 0, 0, 1);
    }
  }
}
const PAUSE = new Int32Array(new SharedArrayBuffer(4));
