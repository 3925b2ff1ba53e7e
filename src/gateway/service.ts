/**
 * One RPC service as a gateway serves it, and what all of them are made from.
 *
 * A new service is a file with a factory of this type, a line in services.ts, its proto file, and a row for each
 * of its RPCs in access-table.ts: without a row nobody may call it.
 */
import type { ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import type { Access } from './access.ts';
import type { AuditLog } from './audit/audit-log.ts';
import type { Witness } from './audit/witness.ts';
import type { Budgets } from './budgets/budgets.ts';
import type { Control } from './control/service.ts';
import type { Policies } from './documents/policies.ts';
import type { CertificateAuthority } from './identity/authority.ts';
import type { Hosts } from './identity/hosts.ts';
import type { ApiKeys } from './identity/keys.ts';
import type { GatewayMetrics } from './metrics.ts';
import type { OwnEvents } from './own-events.ts';
import type { PolicyAuthority } from './policy-authority.ts';
import type { SqliteEventLog } from './store/sqlite-event-log.ts';
import type { StoreTrouble } from './store-trouble.ts';
import type { Attachments } from './stream/attachments.ts';

export interface GatewayContext {
  access: Access;
  log: SqliteEventLog;
  audit: AuditLog;
  /** Of other logs, if of any. */
  witness: Witness;
  authority: PolicyAuthority;
  /** Undefined at a gateway whose policy comes from the command that started it. */
  policies: Policies | undefined;
  keys: ApiKeys;
  hosts: Hosts;
  /** Undefined where the gateway serves no other hosts. */
  authorityOfHosts: CertificateAuthority | undefined;
  /** base64 of the key that signs policies. */
  policyKey: string;
  /** What agents may use. */
  budgets: Budgets;
  /** Commands for runs, and what waits for people. */
  control: Control;
  /** Makes events of the log of what is done at this gateway. */
  own: OwnEvents;
  trouble: StoreTrouble;
  metrics: GatewayMetrics;
  attachments: Attachments | undefined;
  /** Real path. */
  stateDirectory: string;
  /** UUID of this start. */
  gateway: string;
  /** Of Warder. */
  version: string;
  /** Told of each failure that ends no more than one call. */
  onError(error: Error): void;
}

export interface GatewayService {
  /** `warder.v1.EventService`. */
  name: string;
  /** Below proto/warder/v1. */
  proto: string;
  definition: ServiceDefinition;
  implementation: UntypedServiceImplementation;
  /** Ends streams that are open, at a stop. */
  closeAll?(): void;
}

export type ServiceFactory = (context: GatewayContext) => GatewayService;
