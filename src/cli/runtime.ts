/**
 * `warder runtime`: the runtime of a host as a service in the foreground, for systemd, a container or a terminal.
 */
import { Command } from 'commander';
import { RUNTIME_FILE, readRuntimeConfig } from './config/runtime.ts';
import { startRuntimeService } from './runtime-service.ts';
import { serve } from './service.ts';
import { serviceLog } from './service-log.ts';

const HELP = `
Runs until SIGTERM or SIGINT; SIGHUP reads the configuration again. Its own log goes to stderr.
docs/configuration.md lists every option of the file, and which of them an environment variable can stand in for;
without a file at the default place the defaults hold.

Example:
  sudo warder runtime --config /etc/warder/runtime.yaml`;

export function runtimeCommand(): Command {
  return new Command('runtime')
    .description('Run the runtime of this host: it governs agents under the policy of its gateway.')
    .option('-c, --config <file>', `configuration; default: ${RUNTIME_FILE}`)
    .addHelpText('after', HELP)
    .action(async ({ config }: { config?: string }) => {
      const read = () =>
        readRuntimeConfig({ path: config ?? RUNTIME_FILE, required: config !== undefined }, process.env);
      const first = read();
      const log = serviceLog(first.logFormat);
      await serve(() => startRuntimeService(first, read, log), log);
    });
}
