/**
 * `warder gateway backup` and `warder gateway restore`.
 *
 * Out: what was saved or restored, in a sentence, or as JSON.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { WarderError } from '../base/error.ts';
import { findStateDirectory, stateDirectoryPath } from '../base/state-dir.ts';
import { stateDirectoryOwner } from '../base/state-owner.ts';
import { backUp, restore } from '../gateway/store/backup.ts';
import type { Manifest } from '../gateway/store/backup-file.ts';
import { DATABASE_FILE } from '../gateway/store/state-directory.ts';
import { warderVersion } from './version.ts';

interface Options {
  state?: string;
  json?: boolean;
}

const STATE = 'state directory of the gateway; default: WARDER_STATE_DIR, or the XDG one';

export function backupCommand(): Command {
  return new Command('backup')
    .description(
      'Save a gateway, running or not, as one file: event log, policies, hosts, people, budgets, and its private keys, but for those that are kept elsewhere. Keep it like a key.',
    )
    .requiredOption('-o, --out <file>', 'where to; it must not be there')
    .option('-s, --state <dir>', STATE)
    .option('--json', 'what is in it, as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  sudo warder gateway backup --state /var/lib/warder-gateway --out gateway-$(date +%F).backup',
    )
    .action(async ({ out, state, json }: Options & { out: string }) => {
      const manifest = await backUp(stateOf(state), out, warderVersion());
      say(manifest, json, `${out}: ${described(manifest)}`);
    });
}

export function restoreCommand(): Command {
  return new Command('restore')
    .description(
      'Make a state directory from a backup, checked whole before anything of it is there. Hosts and people go on as they were; what was done after the backup is gone from the log.',
    )
    .argument('<file>')
    .option('-s, --state <dir>', 'where to: a directory that is empty or not there; default: as for backup')
    .option('--json', 'what was in it, as JSON')
    .addHelpText(
      'after',
      '\nExample:\n  sudo warder gateway restore gateway-2026-11-21.backup --state /var/lib/warder-gateway',
    )
    .action(async (file: string, { state, json }: Options) => {
      const restored = await restore(file, stateDirectoryPath(state, process.env));
      say(restored, json, `${restored.stateDirectory}: ${described(restored)}`);
    });
}

function stateOf(option: string | undefined): string {
  const path = stateDirectoryPath(option, process.env);
  const found = findStateDirectory(path, stateDirectoryOwner(path, process.env));
  if (found !== undefined && existsSync(join(found, DATABASE_FILE))) return found;
  throw new WarderError(
    'BACKUP_NO_STATE',
    `there is no gateway's state in ${path}`,
    'name the state directory with --state DIR',
  );
}

function described({ createdUnixMs, events, files }: Manifest): string {
  const bytes = files.reduce((sum, { bytes: each }) => sum + each, 0);
  return `the state of ${new Date(createdUnixMs).toISOString()}, ${events} events, ${bytes} bytes in ${files.length} files`;
}

function say(manifest: Manifest, json: boolean | undefined, text: string): void {
  process.stdout.write(`${json ? JSON.stringify(manifest) : text}\n`);
}
