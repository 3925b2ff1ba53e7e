/**
 * `warder policy check FILE…`: every fault of every file, or what the documents hold.
 *
 * Out:    on stdout, for people `file:line:column: …` lines, or one JSON object with --json.
 * Status: 0 when all may be used, 1 when there is a fault. Warnings do not change it.
 */
import { Command } from 'commander';
import { printable } from '../base/printable.ts';
import { CATEGORIES } from '../contract/pattern.ts';
import { layerName } from '../contract/policy.ts';
import type { PolicyDocument } from '../gateway/policy/document.ts';
import { formatFault, readPolicyFiles } from '../gateway/policy/load.ts';
import type { Fault } from '../gateway/policy/yaml-source.ts';
import { gapsOf } from '../runtime/enforcement/gaps.ts';
import { EXIT } from './failure.ts';
import { stdoutSink } from './line-sink.ts';
import { policyPaths } from './policy-paths.ts';

interface CheckOptions {
  json?: boolean;
}

export function checkCommand(): Command {
  return new Command('check')
    .summary('tell all faults of policy files')
    .description('Tell all faults of policy files at once, each with its place and what to write instead.')
    .argument('<file...>', 'policy files, or a directory of them; those that are used together, together')
    .option('--json', 'one JSON object')
    .action(check);
}

async function check(files: string[], { json }: CheckOptions): Promise<void> {
  const { documents, faults, warnings } = readPolicyFiles(policyPaths(files));
  const stdout = stdoutSink();
  const lines = json ? [report(documents, faults, warnings)] : text(documents, faults, warnings);
  for (const line of lines) stdout.write(line);
  await stdout.close();
  if (faults.length > 0) process.exitCode = EXIT.failed;
}

function text(
  documents: readonly PolicyDocument[],
  faults: readonly Fault[],
  warnings: readonly Fault[],
): string[] {
  const found = faults.map((fault) => printable(formatFault(fault)));
  const warned = warnings.map((warning) => {
    const { file, line, column, message, fix } = warning;
    return printable(`${file}:${line}:${column}: warning: ${message}; ${fix}`);
  });
  if (faults.length > 0) {
    const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
    return [...found, ...warned, `${count}: nothing of these files takes effect`];
  }
  return [...warned, ...documents.flatMap(documentLines)];
}

function documentLines(document: PolicyDocument): string[] {
  const { file, mode } = document;
  const counts = Object.entries(ruleCounts(document)).map(([category, count]) => `${category} ${count}`);
  const line = `${file}: ok: ${layerName(document)}, ${mode}: ${counts.join(', ') || 'no category, so all is denied'}`;
  return [printable(line), ...notKept(document).map((gap) => printable(`  not yet: ${gap}`))];
}

function ruleCounts({ categories }: PolicyDocument): Record<string, number> {
  const counts = CATEGORIES.flatMap((category) => {
    const rules = categories.get(category);
    return rules ? [[category, rules.length] as const] : [];
  });
  return Object.fromEntries(counts);
}

/** What the document says and no host keeps with this version; what one host does not is for its runs to tell. */
function notKept({ limits }: PolicyDocument): string[] {
  const { pids, memoryBytes, cpuPercent } = limits;
  const set = { pids: pids ?? 0, memoryBytes: memoryBytes ?? 0, cpuPercent: cpuPercent ?? 0 };
  return gapsOf({ limits: set }).map(({ text }) => text);
}

function report(
  documents: readonly PolicyDocument[],
  faults: readonly Fault[],
  warnings: readonly Fault[],
): string {
  return JSON.stringify({
    ok: faults.length === 0,
    faults,
    warnings,
    documents: documents.map((document) => ({
      file: document.file,
      line: document.line,
      scope: document.scope,
      name: document.name,
      mode: document.mode,
      rules: ruleCounts(document),
      notYet: notKept(document),
    })),
  });
}
