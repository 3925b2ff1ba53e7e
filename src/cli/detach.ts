/**
 * `warder detach`: takes what a killed or stopped runtime left in the kernel out of it. For the operator: who was
 * governed is free afterwards, but for the walls that stand around an agent as long as it lives.
 *
 * Out:    a line for each thing taken away; exit 0, also where there was nothing.
 * Throws: DETACH_WHICH without a choice, DETACH_AGENT from inside an agent, KERNEL_INSTANCE while a runtime has the
 *         instance, KERNEL_PIN.
 */
import { realpathSync } from 'node:fs';
import { Command } from 'commander';
import { WarderError } from '../base/error.ts';
import { requireHost } from '../kernel/capability.ts';
import { instanceOf, pinnedInstances, removeInstance } from '../kernel/pins.ts';
import { isInRunCgroup } from '../runtime/launch/cgroup.ts';

const HELP = `
A runtime that keeps its runs leaves programs, maps and labels in the kernel when it is stopped or killed, so that
agents stay governed; the next one takes them over. This takes them out instead: agents that still run are free then,
but for walls, which stand as long as the agent lives. It refuses while a runtime holds them, and from inside an agent.

Examples:
  sudo warder detach --state /var/lib/warder-runtime
  sudo warder detach --all`;

interface DetachOptions {
  all?: boolean;
  state?: string;
  instance?: string;
}

export function detachCommand(): Command {
  return new Command('detach')
    .description('Take out of the kernel what a runtime that is gone has left in it.')
    .option('--all', 'of every instance on this host')
    .option('--state <dir>', 'of the runtime with this state directory')
    .option('--instance <name>', 'of the instance with this name')
    .addHelpText('after', HELP)
    .action((options: DetachOptions, self: Command) => {
      const chosen = [options.all, options.state, options.instance].filter((choice) => choice !== undefined);
      if (chosen.length !== 1) {
        const what =
          chosen.length === 0 ? 'it is not said of which runtime' : 'more than one choice is given';
        self.error(`error: ${what}: give one of --all, --state DIR and --instance NAME`);
      }
      requireHost();
      if (isInRunCgroup(process.pid)) {
        throw new WarderError(
          'DETACH_AGENT',
          'an agent cannot take out what governs it',
          'run it as root outside of any agent',
        );
      }
      for (const line of detach(instancesOf(options))) process.stdout.write(`${line}\n`);
    });
}

function instancesOf({ all, state, instance }: DetachOptions): string[] {
  if (all) return pinnedInstances();
  return [instance ?? instanceOf(realpathSync(state!))];
}

function detach(instances: readonly string[]): string[] {
  const lines = instances.flatMap((instance) =>
    removeInstance(instance).map((path) => `${instance}: ${kindOf(path)} ${path}`),
  );
  if (lines.length === 0) return ['nothing was left in the kernel'];
  const [links, maps] = ['link', 'map'].map(
    (kind) => lines.filter((line) => line.includes(`: ${kind} `)).length,
  );
  return [...lines, `taken out: ${links} links, ${maps} maps`];
}

function kindOf(path: string): string {
  return path.startsWith('links-') ? 'link' : 'map';
}
