/**
 * `warder ps RUN`: the processes of a run as a tree, with what each ran, how it ended and what was refused.
 */
import { isatty } from 'node:tty';
import { Command } from 'commander';
import { endText } from '../base/end-text.ts';
import { printable } from '../base/printable.ts';
import { toNumber } from '../contract/int64.ts';
import type { ProcessNode } from '../contract/messages.ts';
import { commandLine } from './describe.ts';
import { plainJson } from './event-json.ts';
import { addSourceOptions, eventSource, type SourceOptions } from './event-source.ts';
import { stdoutSink } from './line-sink.ts';
import { processForest, type TreeNode } from './process-forest.ts';
import { QueryClient } from './query-client.ts';
import { rulingText } from './ruling.ts';
import { PLAIN, type Style, styleFor } from './terminal.ts';

interface PsOptions extends SourceOptions {
  json?: boolean;
}

export function psCommand(): Command {
  const command = new Command('ps')
    .description("Show a run's processes as a tree: what each ran, how it ended, what was refused.")
    .argument('<run>', "a run's id, the end of one, or 'last'")
    .option('--json', 'one ProcessNode as JSON per line');
  return addSourceOptions(command).action(ps);
}

async function ps(name: string, options: PsOptions): Promise<void> {
  const client = new QueryClient(eventSource(options));
  const stdout = stdoutSink();
  try {
    const { run } = await client.run(name);
    const { agent, processes } = await client.processes(run!);
    if (options.json) {
      for (const node of processes) stdout.write(plainJson(node));
      return;
    }
    const style = styleFor(isatty(1), process.env);
    stdout.write(`${style.bold(`run ${run}`)} ${printable(agent)}`);
    for (const line of treeLines(processForest(processes), style)) stdout.write(line);
  } finally {
    await stdout.close();
    await client.close();
  }
}

export function* treeLines(nodes: readonly TreeNode[], style: Style = PLAIN, indent = ''): Generator<string> {
  // Not by recursion: an agent chooses how deep its processes go.
  const stack: { node: TreeNode; indent: string; last: boolean }[] = [];
  const push = (list: readonly TreeNode[], at: string): void => {
    for (let index = list.length - 1; index >= 0; index--)
      stack.push({ node: list[index]!, indent: at, last: index === list.length - 1 });
  };
  push(nodes, indent);
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { node, indent: at, last } = top;
    const [first = '', ...more] = programLines(node.process, style);
    const below = at.length > 160 ? at : `${at}${last ? '  ' : '│ '}`;
    yield `${style.dim(`${at}${last ? '└ ' : '├ '}${String(node.process.pid ?? 0)}`)} ${first}`;
    for (const line of more)
      yield `${style.dim(`${below}${node.children.length > 0 ? '│ ' : '  '}`)}  ${line}`;
    push(node.children, below);
  }
}

function programLines(process: ProcessNode, style: Style): string[] {
  const programs = process.programs ?? [];
  const refused = toNumber(process.refused);
  const end = process.exited ? endText(process.exited) : 'not seen to end';
  const tail = style.dim(`[${end}]`) + (refused > 0 ? ` ${style.red(`${refused} refused`)}` : '');
  if (programs.length === 0) return [`${style.dim('(fork)')} ${tail}`];
  const lines = programs.map(({ exec, decision }, at) => {
    const ruling = decision ? rulingText(decision) : undefined;
    const mark = ruling ? ` ${style.red(`${ruling.word.toUpperCase()} <- ${ruling.rule}`)}` : '';
    return `${at > 0 ? 'then ' : ''}${commandLine(exec ?? {})}${mark}`;
  });
  const further = toNumber(process.programsTotal) - programs.length;
  if (further > 0) lines.push(style.dim(`and ${further} more programs`));
  lines[0] += ` ${tail}`;
  return lines;
}
