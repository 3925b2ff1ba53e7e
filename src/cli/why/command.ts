/**
 * `warder why`: for a process inside a run, what was refused there and what is allowed.
 *
 *     warder why                       the last refusals
 *     warder why --may exec /usr/bin/git
 *     warder why --allowed
 *     warder why --hook                for a coding agent's hook that runs after a tool (hook.ts)
 *
 * Status: 0; with --may 1 for what is not allowed.
 */
import { Command } from 'commander';
import { EXIT } from '../failure.ts';
import { stdoutSink } from '../line-sink.ts';
import { askMay, askWhy } from './ask.ts';
import { hookAnswer } from './hook.ts';
import { allowedLines, mayLines, whyLines } from './text.ts';

interface WhyOptions {
  may?: boolean;
  allowed?: boolean;
  hook?: boolean;
  json?: boolean;
}

const EXAMPLES = `
Examples, from inside a run:
  warder why
  warder why --may exec /usr/bin/git
  warder why --may connect api.example.com:443
  warder why --allowed --json`;

export function whyCommand(): Command {
  return new Command('why')
    .description(
      'What was refused in the run that this process is in, by which rule, and what is allowed instead.',
    )
    .argument('[action...]', 'with --may: category and target, as a rule names them')
    .option('--may', 'say whether an action would be allowed')
    .option('--allowed', 'list what the policy allows')
    .option('--hook', 'read the input of a post-tool hook, and answer it with what is new')
    .option('--json', 'as JSON')
    .addHelpText('after', EXAMPLES)
    .action(async (action: string[], options: WhyOptions, command: Command) => {
      if (options.may ? action.length !== 2 : action.length > 0) {
        command.error(
          'error: write `warder why`, or with --may a category and a target: --may exec /usr/bin/git',
        );
      }
      const stdout = stdoutSink();
      for (const line of await answer(action as [string, string], options)) stdout.write(line);
      await stdout.close();
    });
}

async function answer([category, target]: [string, string], options: WhyOptions): Promise<string[]> {
  if (options.hook) return await hookAnswer();
  if (options.may) {
    const may = await askMay(category, target);
    if (may.verdict !== 'allow') process.exitCode = EXIT.failed;
    return options.json ? [JSON.stringify(may)] : mayLines(may);
  }
  const why = await askWhy();
  if (options.allowed) return options.json ? [JSON.stringify(why.may)] : allowedLines(why.may);
  return options.json ? [JSON.stringify(why)] : whyLines(why);
}
