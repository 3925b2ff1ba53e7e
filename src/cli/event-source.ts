/**
 * Where a command's events come from: options and what they mean, for all commands that read the log.
 *
 * Throws: TAIL_NO_STATE where there is no state directory, and what gateway-source.ts says.
 */
import type { Command } from 'commander';
import { WarderError } from '../base/error.ts';
import { findStateDirectory, stateDirectoryPath } from '../base/state-dir.ts';
import { stateDirectoryOwner } from '../base/state-owner.ts';
import { type GatewaySource, gatewayAt, stateGateways } from './gateway-source.ts';

export interface SourceOptions {
  state?: string;
  gateway?: string;
  tokenFile?: string;
}

export function addSourceOptions(command: Command): Command {
  return command
    .option('-s, --state <dir>', 'state directory; default: WARDER_STATE_DIR, or the XDG one')
    .option('-g, --gateway <address>', 'this gateway: unix:/path or 127.0.0.1:PORT')
    .option('--token-file <file>', "a viewer's token for --gateway; default: WARDER_TOKEN");
}

export function eventSource({ gateway, tokenFile, state }: SourceOptions): GatewaySource {
  if (gateway !== undefined) return gatewayAt(gateway, tokenFile);
  const path = stateDirectoryPath(state, process.env);
  const found = findStateDirectory(path, stateDirectoryOwner(path, process.env));
  if (found !== undefined) return stateGateways(found);
  throw new WarderError(
    'TAIL_NO_STATE',
    `there is no state directory ${path}, so there are no events`,
    'run an agent first; what sudo has started is shown with sudo; that of a service with --state /var/lib/warder-gateway',
  );
}
