/**
 * What the docs ask their reader to do, in order: commands of `sh` blocks, and files that a block shows under its name.
 *
 * A block of configuration that begins with `# /etc/warder/NAME.yaml` is that file; of what it leaves out, `kind` is added.
 */
import { readdirSync, readFileSync } from 'node:fs';

export type Step = { command: string } | { file: string; text: string };

/** Written from the commands themselves. */
const GENERATED = ['docs/cli.md'];

export const PAGES = [
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'vagrant/README.md',
  ...readdirSync('docs')
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].filter((page) => !GENERATED.includes(page));

interface Block {
  language: string;
  lines: string[];
}

export function stepsOf(page: string): Step[] {
  return blocksOf(readFileSync(page, 'utf8')).flatMap(({ language, lines }): Step[] => {
    if (language === 'sh') return commandsOf(lines).map((command) => ({ command }));
    const file = /^# (\/etc\/warder\/(gateway|runtime)\.yaml|\w+\.yaml)$/.exec(lines[0] ?? '');
    if (!file) return [];
    const text = lines.slice(1).join('\n');
    if (!file[2]) return [{ file: file[1]!, text: `${text}\n` }];
    const kind = text.includes('kind:') ? '' : `kind: ${file[2] === 'gateway' ? 'Gateway' : 'Runtime'}\n`;
    return [{ file: file[1]!, text: `${kind}${text}\n` }];
  });
}

/** Commands that stand in no `sh` block, and would be run by nothing. */
export function strayCommands(page: string): string[] {
  const first = /^(sudo|warder|make|npm|systemctl|apt|WARDER_[A-Z_]+=\S+ warder) /;
  return blocksOf(readFileSync(page, 'utf8'))
    .filter(({ language }) => language !== 'sh')
    .flatMap(({ lines }) => (first.test(lines[0] ?? '') ? [lines[0]!] : []));
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let fenced: Block | undefined;
  let indented: Block | undefined;
  for (const line of text.split('\n')) {
    if (line.startsWith('```')) {
      if (fenced) blocks.push(fenced);
      fenced = fenced ? undefined : { language: line.slice(3), lines: [] };
      indented = undefined;
    } else if (fenced) fenced.lines.push(line);
    else if (line.startsWith('    ')) {
      if (!indented) {
        indented = { language: '', lines: [] };
        blocks.push(indented);
      }
      indented.lines.push(line.slice(4));
    } else indented = undefined;
  }
  return blocks;
}

/** A command is a line, with those that a backslash or a here-document takes in. */
function commandsOf(lines: readonly string[]): string[] {
  const commands: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    let command = lines[at]!;
    while (command.endsWith('\\') && at + 1 < lines.length) command += `\n${lines[++at]}`;
    const end = /<<'(\w+)'/.exec(command)?.[1];
    while (end && at + 1 < lines.length && lines[at] !== end) command += `\n${lines[++at]}`;
    if (command.trim() !== '' && !command.startsWith('#')) commands.push(command);
  }
  return commands;
}
