/** `warder redact` as a program of its own, for tests of the command. */
import { Command } from 'commander';
import { redactCommand } from '../../src/cli/redact.ts';

await new Command()
  .addCommand(redactCommand())
  .parseAsync(['node', 'warder', 'redact', ...process.argv.slice(2)]);
