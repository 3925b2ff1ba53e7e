/**
 * `warder runtime`: the runtime of a host as a service in the foreground, for systemd, a container or a terminal.
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { printable } from '../base/printable.ts';
import { openStateDirectory, stateDirectoryUser } from '../base/state-dir.ts';
import { enroll } from '../runtime/identity/credentials.ts';
import { RUNTIME_FILE, readRuntimeConfig } from './config/runtime.ts';
import { startRuntimeService } from './runtime-service.ts';
import { serve } from './service.ts';
import { serviceLog } from './service-log.ts';
import { KEEPS_LITTLE } from './service-memory.ts';

const HELP = `
Runs until SIGTERM or SIGINT; SIGHUP reads the configuration again. Its own log goes to stderr.
docs/configuration.md lists every option of the file, and which of them an environment variable can stand in for;
without a file at the default place the defaults hold.

Examples:
  sudo warder runtime --config /etc/warder/runtime.yaml
  sudo warder runtime --config blue.yaml --instance blue    later: sudo warder detach --instance blue`;

const ENROLL_HELP = `
The key is made here and stays here. Token and fingerprint come from the gateway: warder host token HOST.

Example:
  sudo warder runtime enroll --gateway gateway.example.org:7443 --token-file token --ca-fingerprint 3f0a…`;

interface EnrollOptions {
  config?: string;
  gateway: string;
  tokenFile: string;
  caFingerprint: string;
}

function enrollCommand(): Command {
  return new Command('enroll')
    .description('Make this host known to a gateway elsewhere, with a one-time token.')
    .requiredOption('-g, --gateway <address>', 'ADDRESS:PORT')
    .requiredOption('--token-file <file>', 'a file with the token')
    .requiredOption('--ca-fingerprint <sha256>', "of the gateway's authority: that nobody else answers")
    .option('-c, --config <file>', `configuration, for its \`state\`; default: ${RUNTIME_FILE}`)
    .addHelpText('after', ENROLL_HELP)
    .action(async (options: EnrollOptions) => {
      const { config, gateway, tokenFile, caFingerprint } = options;
      const { stateDirectory } = readRuntimeConfig(
        { path: config ?? RUNTIME_FILE, required: config !== undefined },
        process.env,
      );
      const directory = openStateDirectory(stateDirectory, stateDirectoryUser(process.env));
      const token = readFileSync(tokenFile, 'utf8').trim();
      const host = await enroll(directory, { gateway, token, fingerprint: caFingerprint });
      process.stdout.write(
        `this host is ${printable(host)} at ${gateway}; write gateway: {address: "${gateway}"}\n`,
      );
    });
}

export function runtimeCommand(): Command {
  return new Command('runtime')
    .enablePositionalOptions()
    .addCommand(enrollCommand())
    .description('Run the runtime of this host: it governs agents under the policy of its gateway.')
    .option('-c, --config <file>', `configuration; default: ${RUNTIME_FILE}`)
    .option('--instance <name>', 'in place of WARDER_INSTANCE and of `instance` in the configuration')
    .addHelpText('after', HELP)
    .action(async ({ config, instance }: { config?: string; instance?: string }) => {
      const environment =
        instance === undefined ? process.env : { ...process.env, WARDER_INSTANCE: instance };
      const read = () =>
        readRuntimeConfig({ path: config ?? RUNTIME_FILE, required: config !== undefined }, environment);
      const first = read();
      const log = serviceLog(first.logFormat);
      await serve(() => startRuntimeService(first, read, log), log, KEEPS_LITTLE);
    });
}
