/**
 * `warder policy diff BEFORE AFTER`: what two policy files say differently, whatever their order and layout.
 *
 * Out:    `- ` and `+ ` lines under the document's name, or a JSON array.
 * Status: 0 when both mean the same, 1 when they differ.
 */
import { isatty } from 'node:tty';
import { Command } from 'commander';
import { printable } from '../base/printable.ts';
import { type Difference, diffDocuments } from '../gateway/policy/diff.ts';
import { loadPolicyFiles } from '../gateway/policy/load.ts';
import { EXIT } from './failure.ts';
import { stdoutSink } from './line-sink.ts';
import { type Style, styleFor } from './terminal.ts';

export function diffCommand(): Command {
  return new Command('diff')
    .summary('tell what two policy files say differently')
    .description('Tell what two policy files say differently. Order, layout and comments make no difference.')
    .argument('<before>', 'policy file')
    .argument('<after>', 'policy file')
    .option('--json', 'a JSON array')
    .action(diff);
}

async function diff(before: string, after: string, { json }: { json?: boolean }): Promise<void> {
  const differences = diffDocuments(loadPolicyFiles([before]), loadPolicyFiles([after]));
  const stdout = stdoutSink();
  if (json) stdout.write(JSON.stringify(differences));
  else for (const line of lines(differences, styleFor(isatty(1), process.env))) stdout.write(line);
  await stdout.close();
  if (differences.length > 0) process.exitCode = EXIT.failed;
}

function lines(differences: readonly Difference[], style: Style): string[] {
  let document = '';
  return differences.flatMap((difference) => {
    const paint = difference.sign === '+' ? style.green : style.red;
    const line = paint(`${difference.sign} ${printable(difference.text)}`);
    if (difference.document === document) return [line];
    document = difference.document;
    return [style.bold(printable(document)), line];
  });
}
