/**
 * `warder config check`: a configuration file, checked as the service that it is for would.
 */
import { Command } from 'commander';
import { WarderError } from '../base/error.ts';
import { loadRules } from '../runtime/redaction/rule-file.ts';
import { GATEWAY_FILE, readGatewayConfig } from './config/gateway.ts';
import { kindOfFile } from './config/read.ts';
import { RUNTIME_FILE, readRuntimeConfig } from './config/runtime.ts';

const READERS: Readonly<Record<string, (path: string) => { redactionRules: string[] }>> = {
  Gateway: (path) => readGatewayConfig({ path, required: true }, {}),
  Runtime: (path) => readRuntimeConfig({ path, required: true }, {}),
};

const HELP = `
Every fault is told with file, line and column, and what to write. Exit status 0 where there is none.

Example:
  warder config check ${GATEWAY_FILE} ${RUNTIME_FILE}`;

export function configCommand(): Command {
  const command = new Command('config').description('Check the configuration of the services.');
  command
    .command('check')
    .description('Check configuration files whole, without starting anything.')
    .argument('<file...>', 'configuration files')
    .addHelpText('after', HELP)
    .action(async (files: string[]) => {
      const errors = (await Promise.all(files.map(faultsOf))).flat();
      if (errors.length > 0) throw new AggregateError(errors);
      for (const file of files) process.stdout.write(`${file}: ok\n`);
    });
  return command;
}

async function faultsOf(path: string): Promise<unknown[]> {
  try {
    const kind = kindOfFile(path);
    const read = typeof kind === 'string' ? READERS[kind] : undefined;
    if (!read) throw noKind(path, kind);
    await loadRules(read(path).redactionRules);
    return [];
  } catch (error) {
    return [error];
  }
}

function noKind(path: string, kind: unknown): WarderError {
  return new WarderError(
    'CONFIG_INVALID',
    kind === undefined
      ? `${path} does not say which service it is for`
      : `${path} is for '${String(kind)}', which no service is called`,
    'write kind: Gateway or kind: Runtime',
  );
}
