/**
 * The command line of `warder`: one commander program over the table of commands.
 *
 * In:     the words behind `warder`.
 * Out:    an exit status in process.exitCode: 0, 1 when a command failed, 2 for a faulty command line; `run` has
 *         its own (run.ts). Never calls process.exit, so that what was written gets out.
 */
import { Command, CommanderError } from 'commander';
import { printable } from '../base/printable.ts';
import { COMMANDS, type CommandEntry } from './commands.ts';
import { EXAMPLES } from './examples.ts';
import { EXIT, failureLines } from './failure.ts';
import { stderrSink } from './line-sink.ts';
import { warderVersion } from './version.ts';

const HELP = `
Examples:
  sudo warder run --policy policy.yaml -- git status
  warder policy check policy.yaml
  sudo warder tail --verdict deny

'warder COMMAND --help' tells about one of them.`;

const HELP_COMMAND = ['help [command]', 'tell about a command'] as const;

export async function main(words: readonly string[], commands = COMMANDS): Promise<void> {
  try {
    const asked = asAsked(words, commands);
    const program = await buildProgram(requested(asked), commands);
    await program.parseAsync(asked, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode !== 0) process.exitCode = EXIT.usage;
      return;
    }
    const stderr = stderrSink();
    for (const line of failureLines(error, Boolean(process.env.WARDER_DEBUG))) stderr.write(line);
    await stderr.close();
    process.exitCode = EXIT.failed;
  }
}

/** The program with one command loaded; the others stand there by name, for help and for suggestions. */
export async function buildProgram(name: string | undefined, commands = COMMANDS): Promise<Command> {
  const program = configure(new Command('warder'))
    .description('The ground truth under AI agents on Linux: see, decide, redact, prevent, prove.')
    .usage('COMMAND [options]')
    .version(`warder ${warderVersion()}`, '-V, --version', 'print the version')
    .enablePositionalOptions()
    .helpCommand(...HELP_COMMAND)
    .addHelpText('after', HELP);
  for (const entry of commands) program.addCommand(await subcommand(entry, entry.name === name));
  return program;
}

async function subcommand({ name, summary, load }: CommandEntry, wanted: boolean): Promise<Command> {
  if (!wanted) return new Command(name).summary(summary).description(summary);
  return inherit(await load(), name).summary(summary);
}

/**
 * `help policy check` as `policy check --help`: commander's own help knows the first word only. A command that is not
 * there is said not to be, whatever stands behind it: commander would answer `--help` with the help of all.
 */
function asAsked(words: readonly string[], commands: readonly CommandEntry[]): string[] {
  const [first, ...rest] = words;
  const path = first === 'help' ? rest : words;
  const name = path[0];
  if (name === undefined || name.startsWith('-') || name === 'help') return [...words];
  if (!commands.some((entry) => entry.name === name)) return [name];
  return first === 'help' ? [...path, '--help'] : [...words];
}

/** The command that is meant: the first word that is no option. */
function requested(words: readonly string[]): string | undefined {
  return words.find((word) => !word.startsWith('-'));
}

/** @param path without `warder` */
function inherit(command: Command, path: string): Command {
  for (const child of command.commands) inherit(child, `${path} ${child.name()}`);
  if (command.commands.length > 0) command.helpCommand(...HELP_COMMAND);
  const examples = EXAMPLES[path];
  if (examples) command.addHelpText('after', exampleText(examples));
  return configure(command);
}

function exampleText(lines: readonly string[]): string {
  return `\n${lines.length === 1 ? 'Example' : 'Examples'}:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

/** What holds for every command, however deep. */
function configure(command: Command): Command {
  return command
    .exitOverride()
    .configureOutput({
      outputError: (text, write) => write(usageError(text, command)),
    })
    .configureHelp({ showGlobalOptions: false, sortSubcommands: false })
    .showSuggestionAfterError()
    .helpOption('-h, --help', 'tell about this command');
}

/** Commander's words in the form of all of Warder's failures. */
function usageError(text: string, command: Command): string {
  const message = text
    .trim()
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\?\)$/, ' (did you mean $1?)');
  return `warder: ${printable(message)}\n  fix: see: ${fullName(command)} --help\n`;
}

function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name();
}
