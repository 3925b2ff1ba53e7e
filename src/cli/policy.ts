/**
 * `warder policy`: documents checked, shown, explained, tested and compared, without a gateway and without root;
 * held against what was recorded, which needs the record; and kept by a gateway, with their versions.
 *
 * Every command ends with 0 when the answer is yes and 1 when it is no.
 */
import { Command } from 'commander';
import { checkCommand } from './policy-check.ts';
import { diffCommand } from './policy-diff.ts';
import { effectiveCommand } from './policy-effective.ts';
import { explainCommand } from './policy-explain.ts';
import { learnCommand } from './policy-learn.ts';
import { storeCommands } from './policy-store.ts';
import { testCommand } from './policy-test.ts';
import { whatIfCommand } from './policy-what-if.ts';

const HELP = `
Examples:
  warder policy check policy.yaml
  warder policy explain policy.yaml exec /usr/bin/curl
  warder policy test policy.yaml
  sudo warder policy put -m 'no more telnet' policy.yaml
docs/policy.md is the reference.`;

export function policyCommand(): Command {
  const policy = new Command('policy')
    .description('Check, show, explain, test, compare and learn policies, and keep them in a gateway.')
    .addCommand(checkCommand())
    .addCommand(effectiveCommand())
    .addCommand(explainCommand())
    .addCommand(testCommand())
    .addCommand(diffCommand())
    .addCommand(whatIfCommand())
    .addCommand(learnCommand())
    .addHelpText('after', HELP);
  for (const command of storeCommands()) policy.addCommand(command);
  return policy;
}
