/**
 * The gateways that a command can read events from.
 *
 * A local one is found in the state directory: the gateways of runs under way first, and where none is running,
 * one is started inside this command, for as long as it takes. All gateways of one state directory share one log,
 * so that a cursor of one is good for the next.
 *
 * Throws: TAIL_NO_STATE where there is nothing to read, TAIL_TOKEN where a token is missing, TAIL_NO_TLS, and
 * what the gateway throws at its start.
 */
import { readFileSync } from 'node:fs';
import { WarderError } from '../base/error.ts';
import { enterStateDirectory, leaveStateDirectory } from '../base/state-owner.ts';
import { liveEndpoints } from '../gateway/endpoint.ts';
import type { Gateway } from '../gateway/gateway.ts';
import { startGateway } from '../gateway/server.ts';
import { checkReachable } from './gateway-channel.ts';

export interface Reachable {
  /** For gRPC: `unix:/path` or `host:port`. */
  address: string;
  token: string;
  /** Started by this command for its own sake: nothing new comes from it but by other processes. */
  own: boolean;
}

export interface GatewaySource {
  /** A gateway that can be asked now. */
  next(): Promise<Reachable>;
  /** Ends what this command started. */
  close(): Promise<void>;
}

export function stateGateways(stateDirectory: string): GatewaySource {
  let own: Gateway | undefined;
  return {
    next: async () => {
      enterStateDirectory(stateDirectory, process.env);
      const [live] = own ? [] : await liveEndpoints(stateDirectory);
      if (live) {
        leaveStateDirectory();
        return { address: live.address, token: live.viewerToken, own: false };
      }
      // As the directory's owner until `close`: what it makes there is the owner's.
      own ??= await startGateway({
        stateDirectory,
        policySource: () => ({ refusal: 'this gateway only reads: it belongs to warder tail' }),
        ephemeralKey: true,
        recordsLifetime: false,
      });
      return { address: own.address, token: own.tokens.viewer, own: true };
    },
    close: async () => {
      await own?.stop();
      leaveStateDirectory();
    },
  };
}

/** One gateway by its address (gateway-channel.ts). */
export function gatewayAt(address: string, tokenFile: string | undefined): GatewaySource {
  checkReachable(address);
  const token = tokenFile === undefined ? process.env.WARDER_TOKEN : readToken(tokenFile);
  if (!token) {
    throw new WarderError(
      'TAIL_TOKEN',
      `no token for the gateway at ${address}`,
      "give a viewer's token with --token-file FILE or in WARDER_TOKEN; gateways of this host need none: leave --gateway out",
    );
  }
  return { next: async () => ({ address, token, own: false }), close: async () => {} };
}

/** A file with the token alone, or the description that a gateway leaves in its state directory. */
function readToken(path: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new WarderError(
      'TAIL_TOKEN',
      `the token file cannot be read: ${(error as Error).message}`,
      'name a file that holds a token and that you may read',
      { cause: error },
    );
  }
  return text.startsWith('{') ? (JSON.parse(text) as { viewerToken: string }).viewerToken : text;
}
