/**
 * Who may call what: keys, tokens and certificates, their roles, and one table over all RPCs. An RPC that is not in
 * the table is refused to everyone.
 *
 * A key or token travels in the metadata `authorization: Bearer TOKEN`; where there is none, the certificate of the
 * connection says who calls. What is revoked or over ends its open streams too. How much one caller may have is in
 * limits.ts.
 */
import { hash, randomBytes } from 'node:crypto';
import {
  type Metadata,
  ServerInterceptingCall,
  type ServerInterceptingCallInterface,
  type ServerInterceptor,
  ServerListenerBuilder,
  status,
} from '@grpc/grpc-js';
import { RateLimit } from '../base/rate-limit.ts';
import { auditService, witnessService } from '../contract/audit-service.ts';
import { budgetService } from '../contract/budget-service.ts';
import { hostOf, parseCertificate } from '../contract/certificates.ts';
import { controlService } from '../contract/control-service.ts';
import { hostService, keyService } from '../contract/identity-service.ts';
import { policyService } from '../contract/policy-service.ts';
import { queryService } from '../contract/query-service.ts';
import { eventService, runtimeService } from '../contract/services.ts';
import type { Hosts } from './identity/hosts.ts';
import { type ApiKeys, KEY_ROLES, type KeyRole } from './identity/keys.ts';
import { CallLimits, inTime, OVERSIZED, TOO_LATE, TOO_MANY, tooLarge } from './limits.ts';

/**
 * runtime: a host's runtime. operator: who owns the state directory, through the gateway's socket there. The others
 * are of keys (identity/keys.ts).
 */
export type Role = 'runtime' | 'operator' | KeyRole;

/** Who called. */
export interface Principal {
  name: string;
  roles: readonly Role[];
  /** For a runtime: the only host that it may speak for. */
  host?: string;
  /** What was shown, by its public name: `key 0123456789ab`, `certificate 4a…`. None for tokens of this start. */
  credential?: string;
  /** Where the call came from. */
  address?: string;
}

const ANYONE = 'anyone';
const SEE_RUNS: readonly Role[] = ['viewer', 'approver', 'host-admin'];
const READ_POLICY: readonly Role[] = ['viewer', 'policy-admin'];
const CHANGE_POLICY: readonly Role[] = ['policy-admin'];
const REFLECTION: readonly Role[] = ['runtime', 'operator', ...KEY_ROLES];

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
  [controlService.listActiveRuns.path]: SEE_RUNS,
  [controlService.listHolds.path]: SEE_RUNS,
  [controlService.answerHold.path]: ['approver'],
  [controlService.commandRun.path]: ['host-admin'],
  [budgetService.listBudgets.path]: SEE_RUNS,
  [budgetService.reportUsage.path]: ['agent'],
  // Says SERVING and no more; probes have no token.
  '/grpc.health.v1.Health/Check': ANYONE,
  '/grpc.health.v1.Health/Watch': ANYONE,
  // By the token in the request: who has one has no other credential yet.
  [hostService.enroll.path]: ANYONE,
  [hostService.renew.path]: ['runtime'],
  [hostService.issueToken.path]: ['host-admin', 'operator'],
  [hostService.listHosts.path]: ['viewer', 'host-admin', 'operator'],
  [hostService.revokeHost.path]: ['host-admin', 'operator'],
  // Who makes keys can be anybody: on the gateway's own machine only.
  [keyService.createKey.path]: ['operator'],
  [keyService.listKeys.path]: ['operator'],
  [keyService.rotateKey.path]: ['operator'],
  [keyService.revokeKey.path]: ['operator'],
  '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo': REFLECTION,
  '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo': REFLECTION,
};

/** A refusal, as gRPC says it. */
export interface Refusal {
  code: status;
  details: string;
}

/** What there is to look callers up in, besides the tokens of this start. */
export interface AccessOptions {
  keys?: ApiKeys;
  hosts?: Hosts;
  /** Told of refusals, at most a few of one address. */
  onRefused?(refusal: { path: string; address: string; details: string }): void;
}

/** Calls of one address by nobody known. */
const STRANGERS = { perSecond: 5, burst: 100 };
const TOLD = { perSecond: 0.05, burst: 5, most: 1000 };
/** How long a stream may outlive what it was opened with. */
const SWEEP_MS = 1000;

type Call = ServerInterceptingCallInterface;

interface OpenCall {
  /** Whether what it was made with is good still. */
  isGood(): boolean;
  end(why: Refusal): void;
}

export class Access {
  readonly #options: AccessOptions;
  /** By SHA-256 of the token: looking a digest up tells an attacker nothing about its neighbours. */
  readonly #tokens = new Map<string, Principal>();
  readonly #callers = new WeakMap<Metadata, Principal>();
  /** Open calls, to be ended when what they were made with is good no more. */
  readonly #open = new Map<Call, OpenCall>();
  readonly #limits = new CallLimits();
  readonly #strangers = new RateLimit(STRANGERS);
  readonly #told = new RateLimit(TOLD);
  readonly #sweeper: NodeJS.Timeout;
  /** Shown by the console with its calls, so that the address that it names is believed. Of this process, told nobody. */
  readonly consoleMark = randomBytes(32).toString('base64url');

  constructor(options: AccessOptions = {}) {
    this.#options = options;
    this.#sweeper = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  /** Makes a token for someone, good for as long as this process runs. It is told once, here. */
  issue(principal: Principal): string {
    const token = randomBytes(32).toString('base64url');
    this.#tokens.set(digest(token), principal);
    return token;
  }

  /** Who a call that was let through comes from; undefined for one that is anyone's to make. */
  principal(metadata: Metadata): Principal | undefined {
    return this.#callers.get(metadata);
  }

  /** Whose key it is that somebody logs in with. Counted and told as a call by nobody known where it is not good. */
  identify(key: string, address: string, path: string): Found | Refusal {
    if (!this.#strangers.take(hostPart(address))) return TOO_MANY;
    const found = this.#byKey(key);
    if (found) return { ...found, principal: { ...found.principal, address } };
    this.#tell(path, address, NO_KEY.details);
    return NO_KEY;
  }

  /** Ends the open calls of what has been revoked or is over. */
  sweep(): void {
    for (const { isGood, end } of this.#open.values()) if (!isGood()) end(REVOKED);
  }

  close(): void {
    clearInterval(this.#sweeper);
    this.#open.clear();
  }

  /** Stands before every handler of a server. */
  readonly interceptor: ServerInterceptor = (method, call) => {
    let arrived = (): void => {};
    let done = (): void => {};
    const end = (why: Refusal): void => {
      done();
      call.sendStatus(why);
    };
    return new ServerInterceptingCall(call, {
      start: (next) => {
        const listener = new ServerListenerBuilder()
          .withOnReceiveMetadata((metadata, pass) => {
            const admitted = this.#admit(method.path, metadata, call);
            if ('code' in admitted) return call.sendStatus(admitted);
            if (!method.requestStream) arrived = inTime(() => end(TOO_LATE));
            done = () => {
              arrived();
              this.#open.delete(call);
              this.#limits.leave(admitted.caller);
              done = () => {};
            };
            this.#open.set(call, { isGood: admitted.isGood, end });
            pass(metadata);
          })
          .withOnReceiveMessage((message, pass) => {
            if (message !== OVERSIZED) return pass(message);
            end(tooLarge(method.path));
          })
          .withOnReceiveHalfClose((pass) => {
            arrived();
            pass();
          })
          .withOnCancel(() => done())
          .build();
        next(listener);
      },
      sendStatus: (end, next) => {
        done();
        next(end);
      },
    });
  };

  /** Why a call is refused; or who calls, as limits count: the call is open then. */
  #admit(path: string, metadata: Metadata, call: Call): Refusal | { caller: string; isGood(): boolean } {
    const allowed = Object.hasOwn(ACCESS, path) ? ACCESS[path]! : [];
    const address = this.#addressOf(metadata, call);
    const found = this.#find(metadata, call);
    const principal = found?.principal;
    const caller = principal ? (principal.credential ?? principal.name) : hostPart(address);
    if (!this.#limits.take(path, caller) || (!principal && !this.#strangers.take(caller))) return TOO_MANY;
    if (principal) this.#callers.set(metadata, { ...principal, address });
    if (allowed !== ANYONE) {
      const refusal = principal ? forbidden(principal, path, allowed) : UNKNOWN;
      if (refusal) this.#tell(path, address, refusal.details);
      if (refusal) return refusal;
    }
    if (!this.#limits.enter(caller, principal !== undefined)) return TOO_MANY;
    return { caller, isGood: allowed === ANYONE || !found ? () => true : found.isGood };
  }

  /** Of the browser, where the console of this process passes a call on. */
  #addressOf(metadata: Metadata, call: Call): string {
    const [mark] = metadata.get('warder-console');
    const [address] = metadata.get('warder-console-address');
    return mark === this.consoleMark && address !== undefined ? String(address) : call.getPeer();
  }

  #tell(path: string, address: string, details: string): void {
    if (this.#told.take(hostPart(address))) this.#options.onRefused?.({ path, address, details });
  }

  /** By what the metadata says; without any, by the certificate that the connection was made with. */
  #find(metadata: Metadata, call: Call): Found | undefined {
    const values = metadata.get('authorization');
    if (values.length === 0) return this.#byCertificate(call);
    const token =
      values.length === 1 ? /^Bearer ([A-Za-z0-9_-]{1,128})$/.exec(String(values[0]))?.[1] : undefined;
    if (token === undefined) return undefined;
    const local = this.#tokens.get(digest(token));
    return local ? { principal: local, isGood: () => true } : this.#byKey(token);
  }

  #byKey(token: string): Found | undefined {
    const { keys } = this.#options;
    const row = keys?.find(token);
    if (!keys || !row) return undefined;
    const { id, name, roles } = row;
    return { principal: { name, roles, credential: `key ${id}` }, isGood: () => keys.isGood(id) };
  }

  #byCertificate(call: Call): Found | undefined {
    const { hosts } = this.#options;
    // Only of one that the authority has signed, in its time: what is unverified is not shown here.
    const raw = call.getAuthContext().sslPeerCertificate?.raw;
    if (!hosts || !raw) return undefined;
    const certificate = parseCertificate(raw);
    const host = hostOf(certificate);
    const expires = Date.parse(certificate.validTo);
    const isGood = () => expires > Date.now() && !hosts.isRevoked(host!, certificate.serialNumber);
    if (host === undefined || !isGood()) return undefined;
    const credential = `certificate ${certificate.serialNumber.toLowerCase()}`;
    return { principal: { name: `host ${host}`, roles: ['runtime'], host, credential }, isGood };
  }
}

/** A caller who is known. */
export interface Found {
  principal: Principal;
  isGood(): boolean;
}

const UNKNOWN: Refusal = {
  code: status.UNAUTHENTICATED,
  details:
    'no valid token or certificate: send the metadata "authorization: Bearer TOKEN" with a key of this gateway',
};

const REVOKED: Refusal = {
  code: status.UNAUTHENTICATED,
  details: 'the credential has been revoked, or is over',
};
const NO_KEY: Refusal = {
  code: status.UNAUTHENTICATED,
  details: 'that is no key of this gateway, or no longer',
};

function forbidden({ name, roles }: Principal, path: string, allowed: readonly Role[]): Refusal | undefined {
  if (roles.some((role) => allowed.includes(role))) return undefined;
  return {
    code: status.PERMISSION_DENIED,
    details: `${name} has the roles [${roles.join(', ')}], ${path} is for [${allowed.join(', ')}]`,
  };
}

/** Connections of one address come from many ports. */
function hostPart(address: string): string {
  return address.replace(/:\d+$/, '');
}

function digest(token: string): string {
  return hash('sha256', token, 'base64');
}
