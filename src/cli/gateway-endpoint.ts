/**
 * How the runtime of this host reaches its gateway, as its configuration says, looked at anew for each connection:
 * a gateway of this machine through its state directory, one elsewhere with the host's certificate.
 *
 * Throws: RUNTIME_GATEWAY, ENROLL_….
 */
import { readFileSync } from 'node:fs';
import { WarderError } from '../base/error.ts';
import { readHostIdentity } from '../base/host-identity.ts';
import { readSecret } from '../base/secret.ts';
import { hostChannel } from '../contract/channels.ts';
import { readRuntimeAccess } from '../gateway/endpoint.ts';
import {
  type HostCredentials,
  hostName,
  readCredentials,
  renew,
  renewalMs,
} from '../runtime/identity/credentials.ts';
import type { UplinkEndpoint } from '../runtime/uplink/options.ts';
import type { RuntimeConfig } from './config/runtime.ts';

/** How often it is looked whether the certificate is to be renewed. */
const RENEWAL_LOOK_MS = 60_000;

export interface GatewayEndpoint {
  /** What this host is called in events. */
  host: string;
  endpoint(): UplinkEndpoint;
  /** Renews the certificate in time. Returns the end of it. */
  keepRenewed(tell: (problem: unknown) => void): () => void;
}

export function gatewayEndpoint(config: RuntimeConfig): GatewayEndpoint {
  const { address } = config.gateway;
  if (address === undefined) {
    const endpoint = () => localGateway(config.gatewayState);
    return { host: readHostIdentity().host, endpoint, keepRenewed: () => () => {} };
  }
  const read = () => credentialsOf(config);
  return {
    host: hostName(read()),
    endpoint: () => {
      const present = read();
      hostName(present);
      return { address, channel: hostChannel(present), gatewayPublicKey: present.policyKey };
    },
    keepRenewed: (tell) =>
      config.gateway.certificate === undefined ? renewing(config, address, tell) : () => {},
  };
}

function renewing(config: RuntimeConfig, address: string, tell: (problem: unknown) => void): () => void {
  const look = async (): Promise<void> => {
    try {
      if (renewalMs(readCredentials(config.stateDirectory)) < Date.now())
        await renew(config.stateDirectory, address);
    } catch (error) {
      tell(error);
    }
  };
  void look();
  const timer = setInterval(() => void look(), RENEWAL_LOOK_MS).unref();
  return () => clearInterval(timer);
}

/** Those of the enrolment, or the files of another authority. */
function credentialsOf({ gateway, stateDirectory }: RuntimeConfig): HostCredentials {
  const { certificate, key, authority, policy_key: policyKey } = gateway;
  if (certificate === undefined) return readCredentials(stateDirectory);
  if (key === undefined || authority === undefined || policyKey === undefined) {
    throw new WarderError(
      'ENROLL_FILES',
      'gateway.certificate is given, and not all of gateway.key, gateway.authority and gateway.policy_key',
      'give all four, or none and enroll: warder runtime enroll',
    );
  }
  return {
    certificate: readFileSync(certificate, 'utf8'),
    key: readSecret(key),
    authority: readFileSync(authority, 'utf8'),
    policyKey,
  };
}

/** A gateway that starts again has another socket and another token. */
function localGateway(stateDirectory: string): UplinkEndpoint {
  try {
    const { address, token, policyKey } = readRuntimeAccess(stateDirectory);
    return { address, token, gatewayPublicKey: policyKey };
  } catch (error) {
    throw new WarderError(
      'RUNTIME_GATEWAY',
      `no gateway of this machine is to be found in ${stateDirectory}: ${(error as Error).message}`,
      'start one with its `state` there, or say in the configuration where the gateway is; the runtime keeps trying',
      { cause: error },
    );
  }
}
