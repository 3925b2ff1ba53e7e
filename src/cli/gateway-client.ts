/**
 * Questions to a gateway that runs as a service, as the person who asks.
 *
 * In:     where it is: --gateway ADDRESS with a token, or the state directory of one on this machine, whose files
 *         only its operator may read.
 * Out:    a function that asks one thing after another; closed when the work is done.
 * Throws: GATEWAY_NONE where none is running, TAIL_…, and what the gateway answers.
 */
import type { Command } from 'commander';
import { WarderError } from '../base/error.ts';
import { stateDirectoryPath } from '../base/state-dir.ts';
import { enterStateDirectory, leaveStateDirectory } from '../base/state-owner.ts';
import { callUnary, type UnaryMethod } from '../contract/unary.ts';
import { liveEndpoints } from '../gateway/endpoint.ts';
import { openAs } from './gateway-channel.ts';
import { gatewayAt, type Reachable } from './gateway-source.ts';

export interface GatewayOptions {
  gateway?: string;
  tokenFile?: string;
  state?: string;
}

export type Ask = <Q, R>(method: UnaryMethod<Q, R>, request: Q) => Promise<R>;

/** Options by which a command finds its gateway. */
export function withGateway(command: Command): Command {
  return command
    .option('-g, --gateway <address>', 'this gateway: unix:/path or ADDRESS:PORT')
    .option('--token-file <file>', 'your token for --gateway; default: WARDER_TOKEN')
    .option(
      '-s, --state <dir>',
      'state directory of a gateway on this machine; default: WARDER_STATE_DIR, or the XDG one',
    );
}

export async function withAsk<T>(options: GatewayOptions, work: (ask: Ask) => Promise<T>): Promise<T> {
  const { client, metadata } = openAs(await reachable(options));
  try {
    return await work((method, request) => callUnary(client, method, request, metadata));
  } finally {
    client.close();
  }
}

async function reachable({ gateway, tokenFile, state }: GatewayOptions): Promise<Omit<Reachable, 'own'>> {
  if (gateway !== undefined) return gatewayAt(gateway, tokenFile).next();
  const path = stateDirectoryPath(state, process.env);
  const found = enterStateDirectory(path, process.env);
  const [live] = found === undefined ? [] : await liveEndpoints(found);
  leaveStateDirectory();
  if (live) return { address: live.address, token: live.operatorToken };
  throw new WarderError(
    'GATEWAY_NONE',
    `no gateway is running on ${found ?? path}`,
    'start one (warder gateway), name its state directory with --state DIR, or one elsewhere with --gateway',
  );
}
