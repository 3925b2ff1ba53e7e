/**
 * `warder policy test FILE…`: runs the cases written beside policies (docs/policy.md, "Testing").
 *
 * In:     policy.test.yaml files, or policy.yaml files that have one beside them.
 * Out:    a line for each case, and what failed with what was found; --json: one object per case.
 * Status: 0 when all cases passed, 1 when one failed or could not be run. Links of this host play no part.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { isatty } from 'node:tty';
import { Command } from 'commander';
import { WarderError } from '../base/error.ts';
import { printable } from '../base/printable.ts';
import type { RuleRef } from '../contract/messages.ts';
import { layerName, readPolicy } from '../contract/policy.ts';
import { parseAction } from '../gateway/policy/action-text.ts';
import { type PolicyCase, type PolicyTest, parsePolicyTest } from '../gateway/policy/cases.ts';
import { decide, prepare, type ReadyPolicy, type Ruling, ruleOf } from '../gateway/policy/decide.ts';
import { formatFault, loadPolicyFiles, readText } from '../gateway/policy/load.ts';
import type { Fault } from '../gateway/policy/yaml-source.ts';
import { EXIT } from './failure.ts';
import { stdoutSink } from './line-sink.ts';
import { effectiveOf } from './policy-inputs.ts';
import { policyTestPaths, TEST_FILE } from './policy-paths.ts';
import { type Style, styleFor } from './terminal.ts';

interface CaseResult {
  file: string;
  line: number;
  name: string;
  passed: boolean;
  /** What was found instead; empty when it passed. */
  found: string;
}

export function testCommand(): Command {
  return new Command('test')
    .summary('run the tests written beside policies')
    .description('Run policy tests: each case an action, the expected verdict and, if it says so, the rule.')
    .argument('<file...>', 'policy.test.yaml, a policy that has one beside it, or a directory of them')
    .option('--json', 'one JSON object per case')
    .action(runTests);
}

async function runTests(files: string[], { json }: { json?: boolean }): Promise<void> {
  const results = policyTestPaths(files)
    .map(testFileOf)
    .flatMap((file) => runFile(file));
  const stdout = stdoutSink();
  const style = styleFor(isatty(1), process.env);
  for (const result of results) stdout.write(json ? JSON.stringify(result) : resultLine(result, style));
  const failed = results.filter(({ passed }) => !passed).length;
  if (!json) stdout.write(`${results.length - failed} passed, ${failed} failed`);
  await stdout.close();
  if (failed > 0) process.exitCode = EXIT.failed;
}

function testFileOf(file: string): string {
  if (TEST_FILE.test(file)) return file;
  const beside = file.replace(/\.(ya?ml)$/, '.test.$1');
  if (beside !== file && existsSync(beside)) return beside;
  const source = readText(file);
  if ('fault' in source) throw cannotRun([source.fault]);
  throw new WarderError(
    'POLICY_TEST',
    `there are no tests for ${file}`,
    `write ${beside}; docs/policy.md shows one`,
  );
}

function runFile(file: string): CaseResult[] {
  const test = load(file);
  const beside = file.replace(/\.test\.(ya?ml)$/, '.$1');
  const files = test.policies?.map((policy) => join(dirname(file), policy)) ?? [beside];
  const message = effectiveOf(loadPolicyFiles(files), { agent: test.agent ?? undefined });
  const ready = prepare(readPolicy(message), { variables: given(test) });
  return test.cases.map((each) => runCase(ready, test, each));
}

function load(file: string): PolicyTest {
  const source = readText(file);
  const { test, faults } =
    'fault' in source ? { test: null, faults: [source.fault] } : parsePolicyTest(source.text, file);
  if (test) return test;
  throw cannotRun(faults);
}

function cannotRun(faults: readonly Fault[]): WarderError {
  return new WarderError(
    'POLICY_TEST',
    `the tests cannot be run:\n${faults.map(formatFault).join('\n')}`,
    'write what each line says',
  );
}

function given({ variables }: PolicyTest): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

/** By what the policy says with every layer enforcing. */
function runCase(ready: ReadyPolicy, test: PolicyTest, each: PolicyCase): CaseResult {
  const { would } = decide(ready, parseAction(each.category, each.target, given(test)));
  const rule = ruleOf(ready, would);
  const passed = would.verdict === each.expect && (each.rule === null || rule?.pattern === each.rule);
  const wanted = each.rule === null ? each.expect : `${each.expect} by ${each.rule}`;
  return {
    file: test.file,
    line: each.line,
    name: each.name,
    passed,
    found: passed ? '' : `expected ${wanted}, found ${found(ready, would, rule)}`,
  };
}

function found(ready: ReadyPolicy, ruling: Ruling, rule: RuleRef | null): string {
  if (rule) {
    const where = rule.file === '' ? rule.layer : `${rule.file}:${rule.line}`;
    return `${ruling.verdict} by ${rule.pattern} (${where})`;
  }
  if (ruling.reason === 'no_category') return `${ruling.verdict}: no layer has the category`;
  return `${ruling.verdict}: no rule in ${layerName(ready.policy.layers[ruling.layer]!)} allows it`;
}

function resultLine({ file, line, name, passed, found: what }: CaseResult, style: Style): string {
  if (passed) return `${style.green('ok')}    ${printable(name)}`;
  return `${style.red('FAIL')}  ${printable(name)} (${printable(file)}:${line})\n      ${printable(what)}`;
}
