/**
 * What an uplink is made of: where the gateway is, what is said to it first, whom it tells.
 */
import type { ChannelCredentials } from '@grpc/grpc-js';
import type { WarderError } from '../../base/error.ts';
import type { Origin } from '../../contract/canonical.ts';
import type { Capability } from '../../contract/messages.ts';
import type { SpoolOptions } from '../spool/spool.ts';

/** Where the gateway is, and how it and this runtime know each other. */
export interface UplinkEndpoint {
  /** For gRPC: `unix:/path` or `host:port`. */
  address: string;
  /** Sent as a bearer token, where the channel's credentials do not say who this is. */
  token?: string | undefined;
  /** Default: in the clear, which is for local sockets only. */
  channel?: ChannelCredentials;
  /** base64 of the Ed25519 key that policies must be signed with. */
  gatewayPublicKey: string;
}

export interface UplinkOptions {
  /** Asked before each connection: certificates are renewed, local tokens change with each start of a gateway. */
  endpoint: UplinkEndpoint | (() => UplinkEndpoint | Promise<UplinkEndpoint>);
  /** A refusal is no end: the gateway is asked again, as after any break. For a runtime that outlives its gateway. */
  patient?: boolean;
  /** What this runtime says of itself; `origin` is a UUID of this process. */
  origin: Origin;
  version: string;
  /** Address of the rules that this runtime redacts by. */
  redactionRules?: string;
  capabilities?: readonly Capability[];
  /** Most bytes of events kept in memory until they are acknowledged, or until they are in the spool. */
  pendingBytes?: number;
  /** Keep events on disk until they are acknowledged. What earlier processes left there is sent, under their origins. */
  spool?: SpoolOptions;
  /** Told of what the spool cannot do; nothing stops. */
  onProblem?(error: WarderError): void;
  /** Limit for the first connection, and for policyFor. */
  timeoutMs?: number;
  onState?(state: UplinkState): void;
  /** Told for each batch how many seconds lie between its first event and the gateway's word that it is stored. */
  onStored?(seconds: number): void;
}

/**
 * `stalled`: the gateway is there and cannot store; `problem` says why and what to do. `failed`: it refused
 * this runtime, for good.
 */
export interface UplinkState {
  state: 'attached' | 'detached' | 'stalled' | 'failed';
  problem?: WarderError;
}
