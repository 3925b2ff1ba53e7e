/**
 * Who may call what: bearer tokens, their roles, and one table over all RPCs. An RPC that is not in the table
 * is refused to everyone.
 *
 * A token is 32 random bytes; only its SHA-256 is kept here. It travels in the metadata `authorization:
 * Bearer TOKEN`.
 */
import { createHash, randomBytes } from 'node:crypto';
import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptor,
  ServerListenerBuilder,
  status,
} from '@grpc/grpc-js';
import { auditService, witnessService } from '../contract/audit-service.ts';
import { policyService } from '../contract/policy-service.ts';
import { queryService } from '../contract/query-service.ts';
import { eventService, runtimeService } from '../contract/services.ts';

/**
 * runtime: a host's runtime. viewer: reads events and policy. policy-admin: changes policy. agent: an SDK or a
 * proxy that asks what an agent may do.
 */
export type Role = 'runtime' | 'viewer' | 'policy-admin' | 'agent';

/** Who called. */
export interface Principal {
  name: string;
  roles: readonly Role[];
  /** For a runtime: the only host that it may speak for. */
  host?: string;
}

const ANYONE = 'anyone';
const REFLECTION: readonly Role[] = ['runtime', 'viewer', 'policy-admin', 'agent'];
const READ_POLICY: readonly Role[] = ['viewer', 'policy-admin'];
const CHANGE_POLICY: readonly Role[] = ['policy-admin'];

/** Every RPC that is served, and who may call it. */
export const ACCESS: Readonly<Record<string, readonly Role[] | typeof ANYONE>> = {
  [runtimeService.attach.path]: ['runtime'],
  [eventService.subscribe.path]: ['viewer'],
  [queryService.query.path]: ['viewer'],
  [queryService.getProcessTree.path]: ['viewer'],
  [queryService.listRuns.path]: ['viewer'],
  [queryService.listAgents.path]: ['viewer'],
  [policyService.putPolicies.path]: CHANGE_POLICY,
  [policyService.rollbackPolicy.path]: CHANGE_POLICY,
  [policyService.removePolicy.path]: CHANGE_POLICY,
  [policyService.promotePolicy.path]: CHANGE_POLICY,
  [policyService.listPolicies.path]: READ_POLICY,
  [policyService.getPolicy.path]: READ_POLICY,
  [policyService.listPolicyVersions.path]: READ_POLICY,
  [policyService.getEffectivePolicy.path]: READ_POLICY,
  [policyService.checkAction.path]: ['viewer', 'policy-admin', 'agent'],
  [auditService.getCheckpoint.path]: ['viewer'],
  [auditService.getInclusionProof.path]: ['viewer'],
  [auditService.getConsistencyProof.path]: ['viewer'],
  [auditService.getTile.path]: ['viewer'],
  // What is brought is signed by a log that the witness knows, or refused; no token says more.
  [witnessService.addCheckpoint.path]: ANYONE,
  // Says SERVING and no more; probes have no token.
  '/grpc.health.v1.Health/Check': ANYONE,
  '/grpc.health.v1.Health/Watch': ANYONE,
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo': REFLECTION,
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo': REFLECTION,
};

/** A refusal, as gRPC says it. */
export interface Refusal {
  code: status;
  details: string;
}

export class Access {
  /** By SHA-256 of the token: looking a digest up tells an attacker nothing about its neighbours. */
  readonly #principals = new Map<string, Principal>();

  /** Makes a token for someone. It is told once, here. */
  issue(principal: Principal): string {
    const token = randomBytes(32).toString('base64url');
    this.#principals.set(digest(token), principal);
    return token;
  }

  /** Who a call comes from; undefined: nobody known. */
  principal(metadata: Metadata): Principal | undefined {
    const values = metadata.get('authorization');
    const token = values.length === 1 && /^Bearer ([A-Za-z0-9_-]{43})$/.exec(String(values[0]))?.[1];
    return token ? this.#principals.get(digest(token)) : undefined;
  }

  /** Why a call is refused; undefined: it may go on. */
  refusal(path: string, metadata: Metadata): Refusal | undefined {
    const allowed = Object.hasOwn(ACCESS, path) ? ACCESS[path]! : [];
    if (allowed === ANYONE) return undefined;
    const principal = this.principal(metadata);
    if (!principal) {
      return {
        code: status.UNAUTHENTICATED,
        details:
          'no valid token: send the metadata "authorization: Bearer TOKEN" with a token of this gateway',
      };
    }
    if (principal.roles.some((role) => allowed.includes(role))) return undefined;
    return {
      code: status.PERMISSION_DENIED,
      details: `${principal.name} has the roles [${principal.roles.join(', ')}], ${path} is for [${allowed.join(', ')}]`,
    };
  }

  /** Stands before every handler of a server. */
  readonly interceptor: ServerInterceptor = (method, call) =>
    new ServerInterceptingCall(call, {
      start: (next) => {
        const listener = new ServerListenerBuilder()
          .withOnReceiveMetadata((metadata, pass) => {
            const refusal = this.refusal(method.path, metadata);
            if (refusal) call.sendStatus(refusal);
            else pass(metadata);
          })
          .build();
        next(listener);
      },
    });
}

function digest(token: string): string {
  return createHash('sha256').update(token).digest('base64');
}
