/**
 * Filter expressions of consumers: CEL (cel.dev) over the fields of one event.
 *
 * In:     the text of an expression; then events.
 * Out:    a predicate. What it costs is bounded by the expression's size and the event's: a subset of CEL is
 *         taken, without regular expressions, arithmetic, and one list macro inside another.
 * Throws: GATEWAY_REQUEST for what is no expression of that subset, with the place.
 *
 * An event that makes the expression fail (an index past the end of a list) does not match.
 */
import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { WarderError } from '../../base/error.ts';
import { toBigInt, toNumber } from '../../contract/int64.ts';
import { type LoggedEvent, NetworkKind, Outcome, Reason, Verdict } from '../../contract/messages.ts';
import { kindOf } from '../store/entry.ts';

const EXPRESSION_LENGTH = 2000;
const LIMITS = {
  maxAstNodes: 200,
  maxDepth: 24,
  maxListElements: 64,
  maxMapEntries: 0,
  maxCallArguments: 3,
};
const MACROS: ReadonlySet<string> = new Set(['exists', 'all', 'exists_one']);
const METHODS: ReadonlySet<string> = new Set(['startsWith', 'endsWith', 'contains', 'size', ...MACROS]);
const OPERATORS: ReadonlySet<string> = new Set(
  'value id list && || !_ == != < <= > >= in [] ?: call rcall'.split(' '),
);

/** Each variable: its CEL type, and where it comes from. */
const VARIABLES: Readonly<Record<string, readonly [type: string, of: (logged: LoggedEvent) => unknown]>> = {
  index: ['int', ({ index }) => toBigInt(index)],
  host: ['string', ({ host }) => host ?? ''],
  boot: ['string', ({ boot }) => boot ?? ''],
  kind: ['string', ({ event }) => kindOf(event ?? {})],
  time_ns: ['int', ({ event }) => toBigInt(event?.timeUnixNs)],
  agent: ['string', ({ event }) => event?.agent ?? ''],
  run: ['string', ({ event }) => event?.run ?? ''],
  cut: ['bool', ({ event }) => event?.cut ?? false],
  redactions: ['list<string>', ({ event }) => (event?.redactions ?? []).map(({ kind }) => kind ?? '')],
  pid: ['int', ({ event }) => BigInt(event?.process?.pid ?? 0)],
  uid: ['int', ({ event }) => BigInt(event?.process?.uid ?? 0)],
  user: ['string', ({ event }) => event?.process?.user ?? ''],
  executable: ['string', ({ event }) => event?.process?.executable ?? ''],
  comm: ['string', ({ event }) => event?.process?.comm ?? ''],
  exec_id: ['string', ({ event }) => event?.process?.execId ?? ''],
  parent_exec_id: ['string', ({ event }) => event?.process?.parentExecId ?? ''],
  verdict: ['string', ({ event }) => named(Verdict, 'VERDICT_', event?.decision?.verdict)],
  would: [
    'string',
    ({ event }) => named(Verdict, 'VERDICT_', event?.decision?.would?.verdict ?? event?.decision?.verdict),
  ],
  outcome: ['string', ({ event }) => named(Outcome, 'OUTCOME_', event?.decision?.outcome)],
  reason: ['string', ({ event }) => named(Reason, 'REASON_', event?.decision?.reason)],
  category: ['string', ({ event }) => event?.decision?.category ?? ''],
  rule: ['string', ({ event }) => ruleOf(event)?.pattern ?? ''],
  layer: ['string', ({ event }) => ruleOf(event)?.layer ?? event?.decision?.layer ?? ''],
  because: ['string', ({ event }) => ruleOf(event)?.because ?? ''],
  policy: ['string', ({ event }) => event?.decision?.policy ?? ''],
  path: [
    'string',
    ({ event }) =>
      event?.exec?.path || event?.fileOpen?.path || event?.fileChange?.path || event?.load?.path || '',
  ],
  script: ['string', ({ event }) => event?.exec?.script ?? ''],
  argv: ['list<string>', ({ event }) => event?.exec?.argv ?? event?.runStarted?.argv ?? []],
  cwd: ['string', ({ event }) => event?.exec?.workingDirectory ?? ''],
  read: ['bool', ({ event }) => event?.fileOpen?.read ?? false],
  write: ['bool', ({ event }) => event?.fileOpen?.write ?? false],
  operation: [
    'string',
    ({ event }) => event?.fileChange?.operation || named(NetworkKind, 'KIND_', event?.network?.kind),
  ],
  target: ['string', ({ event }) => event?.fileChange?.target ?? ''],
  protocol: ['string', ({ event }) => event?.network?.protocol ?? ''],
  address: ['string', ({ event }) => event?.network?.address ?? ''],
  port: ['int', ({ event }) => BigInt(event?.network?.port ?? 0)],
  name: ['string', ({ event }) => event?.network?.name ?? ''],
  privilege: ['string', ({ event }) => event?.privileged?.privilege ?? ''],
  code: ['int', ({ event }) => BigInt(event?.exited?.code ?? event?.runEnded?.code ?? 0)],
  signal: ['int', ({ event }) => BigInt(event?.exited?.signal ?? event?.runEnded?.signal ?? 0)],
  action: ['string', ({ event }) => event?.gateway?.action ?? ''],
  subject: ['string', ({ event }) => event?.gateway?.subject ?? ''],
  notice: ['string', ({ event }) => event?.notice?.kind ?? ''],
  text: ['string', ({ event }) => event?.notice?.text ?? ''],
  lost: [
    'int',
    ({ event }) =>
      BigInt((event?.loss?.counts ?? []).reduce((sum, { records }) => sum + toNumber(records), 0)),
  ],
};
export const EXPRESSION_VARIABLES = Object.entries(VARIABLES).map(([name, [type]]) => ({ name, type }));

export type EventTest = (logged: LoggedEvent) => boolean;

let environment: Environment | undefined;

export function parseExpression(text: string): EventTest {
  if (text.length > EXPRESSION_LENGTH) {
    throw unusable(`it has ${text.length} characters`, `write at most ${EXPRESSION_LENGTH}`);
  }
  environment ??= newEnvironment();
  const parsed = orUnusable(() => environment!.parse(text));
  const used = new Set<string>();
  check(parsed.ast, false, used);
  const { valid, type, error } = parsed.check();
  if (!valid) throw unusable(firstLine(error?.message ?? 'its types do not fit'), LIST);
  if (type !== 'bool') throw unusable(`it gives ${type}`, 'write a condition: verdict == "deny"');
  const sources = [...used].flatMap((name) => (VARIABLES[name] ? [[name, VARIABLES[name][1]] as const] : []));
  return (logged) => {
    const values: Record<string, unknown> = {};
    for (const [name, of] of sources) values[name] = of(logged);
    try {
      return parsed(values) === true;
    } catch {
      return false;
    }
  };
}

function newEnvironment(): Environment {
  const made = new Environment({ limits: LIMITS });
  for (const { name, type } of EXPRESSION_VARIABLES) made.registerVariable(name, type);
  return made;
}

/** Throws at the first part that is not of the subset. Collects the names that are used. */
function check(node: ASTNode, inMacro: boolean, used: Set<string>): void {
  const { op, args } = node as unknown as { op: string; args: unknown };
  if (!OPERATORS.has(op))
    throw unusable(`it uses '${op}'`, `the operators are ${[...OPERATORS].slice(3, 14).join(' ')}`);
  if (op === 'value') return;
  if (op === 'id') {
    used.add(args as string);
    return;
  }
  if (op === 'call') {
    const [name, parameters] = args as [string, ASTNode[]];
    if (name !== 'size')
      throw unusable(`it calls ${name}()`, `the one function is size(); methods are ${METHOD_LIST}`);
    for (const each of parameters) check(each, inMacro, used);
    return;
  }
  if (op === 'rcall') {
    const [name, receiver, parameters] = args as [string, ASTNode, ASTNode[]];
    if (!METHODS.has(name)) throw unusable(`it calls .${name}()`, `the methods are ${METHOD_LIST}`);
    const macro = MACROS.has(name);
    if (macro && inMacro) throw unusable(`.${name}() stands inside another list macro`, 'use one at a time');
    for (const each of [receiver, ...parameters]) check(each, inMacro || macro, used);
    return;
  }
  for (const each of Array.isArray(args) ? args : [args]) check(each as ASTNode, inMacro, used);
}

const METHOD_LIST = [...METHODS].join(', ');
const LIST = `the variables are ${EXPRESSION_VARIABLES.map(({ name }) => name).join(', ')}`;

function orUnusable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw unusable(
      firstLine((error as Error).message),
      'write a condition in CEL: kind == "exec" && verdict == "deny"',
    );
  }
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0]!;
}

function unusable(what: string, fix: string): WarderError {
  return new WarderError('GATEWAY_REQUEST', `the filter expression cannot be used: ${what}`, fix);
}

function ruleOf(event: LoggedEvent['event']) {
  return event?.decision?.rule ?? event?.decision?.would?.rule;
}

/** `deny` for VERDICT_DENY; empty for what is not said. */
function named(names: object, prefix: string, value: number | null | undefined): string {
  const name = value ? (names as Record<number, string>)[value] : undefined;
  return name?.startsWith(prefix) ? name.slice(prefix.length).toLowerCase() : '';
}
