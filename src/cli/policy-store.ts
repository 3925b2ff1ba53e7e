/**
 * `warder policy put | list | get | history | rollback | promote | remove`: the documents that a gateway keeps.
 *
 * Out:    lines for people, or the gateway's answer as JSON. What changes nothing (--dry-run) says so.
 * Status: 0 when it is done, 1 when the gateway refused or a document has a fault.
 */
import { readFileSync } from 'node:fs';
import { isatty } from 'node:tty';
import { Command, InvalidArgumentError } from 'commander';
import { WarderError } from '../base/error.ts';
import { printable } from '../base/printable.ts';
import { toLong, toNumber } from '../contract/int64.ts';
import {
  Mode,
  type PolicyVersion,
  type PromotePolicyResponse,
  type PutPoliciesResponse,
  Verdict,
} from '../contract/messages.ts';
import { policyService } from '../contract/policy-service.ts';
import { formatFault } from '../gateway/policy/load.ts';
import { EXIT } from './failure.ts';
import { type Ask, type GatewayOptions, withAsk, withGateway } from './gateway-client.ts';
import { stdoutSink } from './line-sink.ts';
import { type Style, styleFor } from './terminal.ts';

interface StoreOptions extends GatewayOptions {
  json?: boolean;
  dryRun?: boolean;
  comment?: string;
  expect?: number;
  since?: number;
  version?: number;
}

/** The commands for documents in a gateway, to stand under `warder policy`. */
export function storeCommands(): Command[] {
  return [
    change('put', 'put documents into the gateway', '<file...>', 'policy files', put),
    reading('list', 'list the documents of the gateway').action((options: StoreOptions) =>
      answer(options, async (ask) => {
        const { policies = [] } = await ask(policyService.listPolicies, {});
        return { json: policies, lines: (policies ?? []).map(listLine) };
      }),
    ),
    reading('get', 'print a document of the gateway')
      .argument('<policy>', 'SCOPE:NAME')
      .option('--version <number>', 'an older version', whole)
      .action((policy: string, options: StoreOptions) =>
        answer(options, async (ask) => {
          const version = await ask(policyService.getPolicy, {
            policy,
            version: toLong(options.version ?? 0),
          });
          return { json: version, lines: (version.text ?? '').trimEnd().split('\n').map(printable) };
        }),
      ),
    reading('history', 'list the versions of a document')
      .argument('<policy>', 'SCOPE:NAME')
      .action((policy: string, options: StoreOptions) =>
        answer(options, async (ask) => {
          const { versions } = await ask(policyService.listPolicyVersions, { policy });
          return { json: versions ?? [], lines: (versions ?? []).map(historyLine) };
        }),
      ),
    change('rollback', 'put an older version again', '<policy>', 'SCOPE:NAME', rollback).requiredOption(
      '--to <number>',
      'the version, as history shows it',
      whole,
    ),
    change('promote', 'let a monitoring document enforce', '<policy>', 'SCOPE:NAME', promote).option(
      '--since <days>',
      'look at so many days of recorded events; default: 7',
      whole,
    ),
    change('remove', 'take a document away', '<policy>', 'SCOPE:NAME', remove),
  ];
}

function reading(name: string, summary: string): Command {
  const command = new Command(name).summary(summary).description(`${sentence(summary)}.`);
  return withGateway(command).option('--json', "the gateway's answer as JSON");
}

type Changing<T> = (target: T, options: StoreOptions, ask: Ask) => Promise<Answer>;

function change<T>(
  name: string,
  summary: string,
  argument: string,
  what: string,
  work: Changing<T>,
): Command {
  return reading(name, summary)
    .argument(argument, what)
    .option('-n, --dry-run', 'tell what would change, and change nothing')
    .option('-m, --comment <text>', 'why, for the history and the audit log')
    .action((target: T, options: StoreOptions) => answer(options, (ask) => work(target, options, ask)));
}

interface Answer {
  json: unknown;
  lines: string[];
  failed?: boolean;
}

async function answer(options: StoreOptions, work: (ask: Ask) => Promise<Answer>): Promise<void> {
  const { json, lines, failed } = await withAsk(options, work);
  const stdout = stdoutSink();
  if (options.json) stdout.write(JSON.stringify(json));
  else for (const line of lines) stdout.write(line);
  await stdout.close();
  if (failed) process.exitCode = EXIT.failed;
}

async function put(files: string[], { dryRun, comment }: StoreOptions, ask: Ask): Promise<Answer> {
  const request = {
    files: files.map((name) => ({ name, text: textOf(name) })),
    dryRun: dryRun ?? false,
    comment: comment ?? '',
  };
  return putAnswer(await ask(policyService.putPolicies, request));
}

async function rollback(
  policy: string,
  { dryRun, comment, to }: StoreOptions & { to?: number },
  ask: Ask,
): Promise<Answer> {
  const version = toLong(to ?? 0);
  const request = { policy, version, dryRun: dryRun ?? false, comment: comment ?? '' };
  return putAnswer(await ask(policyService.rollbackPolicy, request));
}

async function remove(policy: string, { dryRun, comment }: StoreOptions, ask: Ask): Promise<Answer> {
  const request = { policy, dryRun: dryRun ?? false, comment: comment ?? '' };
  return putAnswer(await ask(policyService.removePolicy, request));
}

async function promote(policy: string, { dryRun, comment, since }: StoreOptions, ask: Ask): Promise<Answer> {
  const sinceUnixMs = toLong(since === undefined ? 0 : Date.now() - since * 24 * 3600_000);
  const request = { policy, sinceUnixMs, dryRun: dryRun ?? false, comment: comment ?? '' };
  const response = await ask(policyService.promotePolicy, request);
  const result = putAnswer(response.put ?? {});
  return { ...result, json: response, lines: [...refusalLines(response), ...result.lines] };
}

function refusalLines({ wouldRefuse, lookedAt }: PromotePolicyResponse): string[] {
  const entries = wouldRefuse ?? [];
  const looked = `of ${toNumber(lookedAt)} refused or monitored actions on record`;
  if (entries.length === 0) return [`enforcing would have refused nothing more ${looked}`];
  return [
    `enforcing would have refused, ${looked}:`,
    ...entries.map(({ agent, category, verdict, rule, example, actions, runs }) => {
      const said = verdict === Verdict.VERDICT_HOLD ? 'hold' : 'deny';
      const why = rule ? `${rule.effect} ${rule.pattern}` : 'no rule allows it';
      return printable(
        `  ${toNumber(actions)} in ${toNumber(runs)} runs  ${said} ${category} ${example}  (${why})  ${agent}`,
      );
    }),
  ];
}

function putAnswer(response: PutPoliciesResponse): Answer {
  const style = styleFor(isatty(1), process.env);
  const faults = response.faults ?? [];
  const changes = response.changes ?? [];
  const said = (list: PutPoliciesResponse['faults']) =>
    (list ?? []).map(({ file, line, column, message, fix }) =>
      printable(
        formatFault({
          file: file ?? '',
          line: line ?? 1,
          column: column ?? 1,
          message: message ?? '',
          fix: fix ?? '',
        }),
      ),
    );
  const lines = [
    ...said(faults),
    ...said(response.warnings).map((line) => `warning: ${line}`),
    ...changes.flatMap((each) => changeLines(each, response.applied ?? false, style)),
    ...(faults.length > 0 ? ['nothing was changed'] : []),
  ];
  return { json: response, lines, failed: faults.length > 0 };
}

type Changed = NonNullable<PutPoliciesResponse['changes']>[number];

function changeLines(
  { policy, version, unchanged, removed, added }: Changed,
  applied: boolean,
  style: Style,
): string[] {
  const is = unchanged ? 'stays' : applied ? 'is now' : 'would become';
  return [
    style.bold(printable(`${policy} ${is} version ${toNumber(version)}`)),
    ...(removed ?? []).map((text) => style.red(`- ${printable(text)}`)),
    ...(added ?? []).map((text) => style.green(`+ ${printable(text)}`)),
  ];
}

function modeName(mode: PolicyVersion['mode']): string {
  return mode === Mode.MODE_ENFORCE ? 'enforce' : 'monitor';
}

function listLine({ scope, name, version, mode, author, file }: PolicyVersion): string {
  const where = file ? `in ${file}` : `version ${toNumber(version)} by ${author}`;
  return printable(`${`${scope}:${name}`.padEnd(40)} ${modeName(mode)}  ${where}`);
}

function historyLine({ version, timeUnixMs, change, mode, author, comment }: PolicyVersion): string {
  const time = new Date(toNumber(timeUnixMs)).toISOString();
  const said = comment ? `  ${comment}` : '';
  return printable(
    `${`${toNumber(version)}`.padStart(4)}  ${time}  ${(change ?? '').padEnd(8)}  ${modeName(mode)}  ${author}${said}`,
  );
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new WarderError(
      'POLICY_INVALID',
      `${file} cannot be read: ${(error as Error).message}`,
      'give the path of a file that is there and may be read',
      { cause: error },
    );
  }
}

function whole(text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('Give a whole number.');
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
