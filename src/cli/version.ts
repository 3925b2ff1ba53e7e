/**
 * The version of Warder, from its package.json: the one place where it stands.
 */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { atRoot } from '../base/root.ts';

export function warderVersion(): string {
  return (JSON.parse(readFileSync(atRoot('package.json'), 'utf8')) as { version: string }).version;
}

export function versionCommand(): Command {
  return new Command('version')
    .description('Print the version of Warder and of the node that runs it.')
    .action(() => {
      process.stdout.write(`warder ${warderVersion()} (node ${process.version}, ${process.arch})\n`);
    });
}
