/**
 * docs/cli.md is what the commands say of themselves. After a change: npx vitest run --project unit test/docs -u
 */
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { expect, test } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.ts';
import { buildProgram } from '../../src/cli/program.ts';

const DOCUMENT = fileURLToPath(new URL('../../docs/cli.md', import.meta.url));
const WIDTH = 100;

const HEAD = `# The command line

What \`warder --help\` and \`warder COMMAND --help\` say. Written by \`npx vitest run --project unit test/docs -u\`.

Common to all commands:

- Faults are told on stderr as \`warder: what is wrong\` and \`  fix: what to do\`, all of them at once.
- Exit status 0, 1 when the command failed or its answer is no, 2 for a faulty command line; \`warder run\` has its own.
- Colour only on a terminal, never with \`NO_COLOR\` or \`TERM=dumb\`. Text that others chose (file names, arguments, rules) is
  shown with its control characters escaped: \`\\x1b\`, \`\\u{202e}\`.
- \`WARDER_STATE_DIR\` names the state directory, \`WARDER_DEBUG=1\` adds stacks to faults, \`WARDER_TOKEN\` is a key for
  \`--gateway\`, \`WARDER_GATEWAY_CA\` a PEM file with that gateway's authority, for TLS.
`;

/** A command's help and that of its subcommands, each under a heading. */
function* helpOf(command: Command, name: string): Generator<string> {
  let text = '';
  command.configureOutput({
    getOutHelpWidth: () => WIDTH,
    writeOut: (part) => {
      text += part;
    },
  });
  command.outputHelp();
  yield `## ${name}\n\n\`\`\`\n${text.trim()}\n\`\`\`\n`;
  for (const child of command.commands) {
    if (child.name() !== 'help') yield* helpOf(child, `${name} ${child.name()}`);
  }
}

test('docs/cli.md is what the commands say of themselves', async () => {
  const sections = [HEAD];
  const top = await buildProgram(undefined);
  sections.push(...[...helpOf(top, 'warder')].slice(0, 1));
  for (const { name } of COMMANDS) {
    const program = await buildProgram(name);
    sections.push(...helpOf(program.commands.find((command) => command.name() === name)!, `warder ${name}`));
  }
  await expect(sections.join('\n')).toMatchFileSnapshot(DOCUMENT);
});
