/**
 * The version of Warder, from its package.json: the one place where it stands.
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';

export function warderVersion(): string {
  const file = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

export function versionCommand(): Command {
  return new Command('version')
    .description('Print the version of Warder and of the node that runs it.')
    .action(() => {
      process.stdout.write(`warder ${warderVersion()} (node ${process.version}, ${process.arch})\n`);
    });
}
