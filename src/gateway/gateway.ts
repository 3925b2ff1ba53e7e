/**
 * A gateway as its process has it: what it is started with (server.ts), and what it can be asked.
 */
import type { PublisherOptions } from './audit/publisher.ts';
import type { RetentionRule } from './audit/retention.ts';
import type { ConsoleOptions } from './console/server.ts';
import type { TlsOptions } from './identity/tls.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { OwnEvent, Redact } from './own-events.ts';
import type { PolicyDocument } from './policy/document.ts';
import type { PolicySource } from './policy-authority.ts';
import type { EventLog } from './store/event-log.ts';
import type { KeptKeys } from './store/key-file.ts';

export interface GatewayOptions {
  stateDirectory: string;
  /** What the command that starts it says; or documents in files, and those that people put into its store. */
  policySource: PolicySource | PolicyFiles;
  /** `host:port` on a loopback address (port 0: any). Default: a unix socket in the state directory. */
  listen?: string;
  /** Addresses besides that one, for other hosts. */
  listenAlso?: readonly string[];
  /** Serve `listenAlso` behind TLS, with an authority of the gateway's own for hosts. */
  tls?: TlsOptions;
  /** A web page for people, at an address of its own. Default: none. */
  console?: ConsoleOptions;
  /** How long a runtime may use a policy without hearing again. */
  leaseMs?: number;
  /**
   * Keep the policy key in memory instead of the state directory: for a gateway whose runtime lives in the same
   * process and ends with it.
   */
  ephemeralKey?: boolean;
  /** Keys that are kept elsewhere than in the state directory. */
  keys?: KeptKeys;
  /** The only host that the runtime token may speak for. Default: this one. */
  host?: string;
  /**
   * Whether its start, stop and keys are events of the log. Default: true. Not so for one that is started to read
   * the log: looking at a log does not make it grow.
   */
  recordsLifetime?: boolean;
  /** Where the log's checkpoints go, besides the state directory. */
  checkpoints?: Pick<PublisherOptions, 'file' | 'print' | 'witnesses'>;
  /** What the log lets go of, looked at each hour. Default: nothing. */
  retain?: RetentionRule;
  /** Address of the rules that `redact` works by. */
  redactionRules?: string;
  /** Whether runtimes that come and go are events of the log. */
  tellsRuntimes?: boolean;
  /** Verifier keys of other logs that this gateway is a witness of. */
  witnessOf?: readonly string[];
  /** Takes secrets out of what people and documents say, before it is an event. Default: nothing is taken out. */
  redact?: Redact;
  /** Of Warder: told to runtimes in the welcome. */
  version?: string;
  /** Told of each failure that ends no more than one call. */
  onError?(error: Error): void;
}

export interface PolicyFiles {
  /** Those in force now: the same array as long as nothing changed. */
  documents(): readonly PolicyDocument[];
}

export interface Gateway {
  /** UUID, new at each start. */
  readonly id: string;
  /** For gRPC: `unix:/path` or `host:port`. */
  readonly address: string;
  /** Of listenAlso, with the ports that were taken. */
  readonly addresses: readonly string[];
  /** Of the console, where there is one. */
  readonly consoleUrl: string | undefined;
  readonly tokens: { readonly runtime: string; readonly viewer: string; readonly operator: string };
  /** base64 of the Ed25519 key that signs policies. */
  readonly policyKey: string;
  /** What the log's checkpoints are verified with (C2SP signed-note). */
  readonly logKey: string;
  /** What this gateway's cosignatures are verified with, where it is a witness. */
  readonly witnessKey: string | undefined;
  readonly log: EventLog;
  /** Appends that the store refused since the start, by the error's code: a metric. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly metrics: GatewayMetrics;
  /** Why events cannot be stored now, by the error's code; undefined while they can. */
  readonly trouble: string | undefined;
  /**
   * Makes an event of the log of something that was done at this gateway (own-events.ts). Returns its index.
   * Throws GATEWAY_STORE_…: then it is not in the log, and must not take effect.
   */
  record(event: OwnEvent): number;
  /** Makes it a witness of these logs from now on. Throws AUDIT_NOTE for what is no key; nothing has changed then. */
  witnessOf(logs: readonly string[]): void;
  /** To be called when the source's answers may have changed. */
  policyChanged(): void;
  /** Ends streams, waits for appends under way, closes the store. Idempotent. */
  stop(): Promise<void>;
}
