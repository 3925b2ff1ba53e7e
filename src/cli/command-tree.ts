/**
 * The commands as data, for what is generated from them: completion, man pages.
 *
 * In:  the table of commands, all of them loaded.
 * Out: each command with its place, options, arguments and words, the deepest last.
 */
import type { Argument, Command, Option } from 'commander';
import { COMMANDS } from './commands.ts';
import { buildProgram } from './program.ts';

export interface CommandNode {
  /** `warder policy check` */
  path: string;
  summary: string;
  description: string;
  usage: string;
  options: readonly Option[];
  arguments: readonly Argument[];
  children: readonly CommandNode[];
  /** What stands behind the options in its help: notes and examples. */
  notes: string;
}

export async function commandTree(): Promise<CommandNode> {
  const top = await buildProgram(undefined);
  const children = await Promise.all(
    COMMANDS.map(async ({ name }) => {
      const program = await buildProgram(name);
      return nodeOf(program.commands.find((command) => command.name() === name)!, 'warder');
    }),
  );
  return { ...nodeOf(top, ''), children };
}

/** Itself and all below it. */
export function* nodesOf(node: CommandNode): Generator<CommandNode> {
  yield node;
  for (const child of node.children) yield* nodesOf(child);
}

function nodeOf(command: Command, above: string): CommandNode {
  const path = `${above} ${command.name()}`.trim();
  const help = command.createHelp();
  return {
    path,
    summary: command.summary() || command.description(),
    description: command.description(),
    usage: command.usage(),
    options: help.visibleOptions(command),
    arguments: command.registeredArguments,
    children: command.commands.filter((child) => child.name() !== 'help').map((child) => nodeOf(child, path)),
    notes: notesOf(command),
  };
}

function notesOf(command: Command): string {
  let text = '';
  command.configureOutput({
    writeOut: (part) => {
      text += part;
    },
  });
  const before = command.helpInformation();
  command.outputHelp();
  return text.slice(before.length).trim();
}
