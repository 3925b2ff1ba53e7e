/**
 * How much of each RPC one caller may have: calls a second and at once, bytes of a request, time to send it. One table over
 * all RPCs, as for access (access-table.ts); a test holds it against the contract.
 *
 * A caller is a credential, and for nobody known an address. What is past a limit is refused with RESOURCE_EXHAUSTED, and
 * costs no more than that; nothing is kept of callers that are not near a limit.
 */
import { type ServiceDefinition, status } from '@grpc/grpc-js';
import { RateLimit, type RateLimitOptions } from '../base/rate-limit.ts';
import { auditService, witnessService } from '../contract/audit-service.ts';
import { budgetService } from '../contract/budget-service.ts';
import { controlService } from '../contract/control-service.ts';
import { hostService, keyService } from '../contract/identity-service.ts';
import { policyService } from '../contract/policy-service.ts';
import { queryService } from '../contract/query-service.ts';
import { eventService, runtimeService } from '../contract/services.ts';

export interface RpcLimit {
  perSecond: number;
  burst: number;
  /** Of one message of a request. */
  bytes: number;
  /** Calls of one caller whose answers it has not taken yet; left out: as many as of all RPCs together. */
  open?: number;
  /** How often a caller may ask within streams, in all of them; left out: as fast as it is answered. */
  messages?: RateLimitOptions;
}

/** Largest message that is taken of anyone, whatever the RPC: a runtime's batches stay well below. */
export const MESSAGE_BYTES = 4 * 1024 * 1024;
const FEW = 16 * 1024;
const SOME = 64 * 1024;

/** In the way of somebody's work: an SDK before each tool call. */
const OFTEN: RpcLimit = { perSecond: 5000, burst: 10_000, bytes: SOME };
const READ_LITTLE: RpcLimit = { perSecond: 100, burst: 1000, bytes: SOME };
/** An answer may be a megabyte, and stays here until it is taken. */
const READ: RpcLimit = { ...READ_LITTLE, open: 64 };
/** Each is an event of the log. */
const CHANGE: RpcLimit = { perSecond: 20, burst: 500, bytes: SOME };
const STREAM: RpcLimit = { perSecond: 20, burst: 500, bytes: SOME };
/** Of which a monitor of the log asks for thousands, one after the other. */
const EVIDENCE: RpcLimit = { perSecond: 1000, burst: 2000, bytes: FEW };

function rows(limit: RpcLimit, ...paths: readonly string[]): Record<string, RpcLimit> {
  return Object.fromEntries(paths.map((path) => [path, limit]));
}

export const LIMITS: Readonly<Record<string, RpcLimit>> = {
  ...rows({ ...STREAM, bytes: MESSAGE_BYTES }, runtimeService.attach.path),
  ...rows(STREAM, eventService.subscribe.path),
  ...rows(
    READ,
    ...paths(queryService, 'query', 'getProcessTree', 'listRuns', 'listAgents'),
    ...paths(policyService, 'listPolicies', 'getPolicy', 'listPolicyVersions', 'getEffectivePolicy'),
    ...paths(controlService, 'listActiveRuns', 'listHolds'),
    budgetService.listBudgets.path,
    hostService.listHosts.path,
    keyService.listKeys.path,
  ),
  ...rows({ ...CHANGE, bytes: MESSAGE_BYTES }, policyService.putPolicies.path),
  ...rows(
    CHANGE,
    ...paths(policyService, 'rollbackPolicy', 'removePolicy', 'promotePolicy'),
    ...paths(controlService, 'answerHold', 'commandRun'),
    ...paths(hostService, 'issueToken', 'revokeHost'),
    ...paths(keyService, 'createKey', 'rotateKey', 'revokeKey'),
    witnessService.addCheckpoint.path,
  ),
  ...rows({ ...CHANGE, bytes: FEW }, ...paths(hostService, 'enroll', 'renew')),
  ...rows(OFTEN, policyService.checkAction.path),
  ...rows(
    EVIDENCE,
    ...paths(auditService, 'getCheckpoint', 'getInclusionProof', 'getConsistencyProof', 'getTile'),
  ),
  ...rows({ perSecond: 500, burst: 2000, bytes: FEW }, budgetService.reportUsage.path),
  ...rows({ ...READ_LITTLE, bytes: FEW }, '/grpc.health.v1.Health/Check'),
  ...rows({ ...STREAM, bytes: FEW }, '/grpc.health.v1.Health/Watch'),
  ...rows(
    { ...STREAM, bytes: FEW, messages: READ_LITTLE },
    '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo',
    '/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo',
  ),
};

function paths<S extends Record<string, { path: string }>>(service: S, ...names: (keyof S)[]): string[] {
  return names.map((name) => service[name]!.path);
}

/** What one host may say within its streams, in all of them. What comes faster is not refused, it is read later. */
export const OF_HOSTS = {
  /** Batches of events, which are stored no faster than the disk takes them either. */
  batches: { perSecond: 5000, burst: 10_000 },
  /** Questions for policies, holds, reports and all else: each is work for the gateway, much of it for its store. */
  words: { perSecond: 500, burst: 5000 },
} as const;
const PACE_MS = 20;

export class HostPace {
  readonly #rates = { batches: new RateLimit(OF_HOSTS.batches), words: new RateLimit(OF_HOSTS.words) };

  /** Resolves when the host may say one more, which counts, or nobody listens any more. */
  async turn(host: string, kind: keyof typeof OF_HOSTS, isOpen: () => boolean): Promise<void> {
    while (isOpen() && !this.#rates[kind].take(host)) {
      await new Promise((resolve) => setTimeout(resolve, PACE_MS));
    }
  }
}

/** Calls that one caller may have open. */
const OPEN = 1200;
/** Of an address that nobody known calls from. */
const OPEN_OF_STRANGERS = 64;
/** How long a request of one message may take to come. */
const REQUEST_MS = 15_000;

export class CallLimits {
  readonly #rates = new Map(Object.entries(LIMITS).map(([path, limit]) => [path, new RateLimit(limit)]));
  readonly #messages = new Map(
    Object.entries(LIMITS).flatMap(([path, { messages }]) =>
      messages ? [[path, new RateLimit(messages)]] : [],
    ),
  );
  /** Of paths without a row, which nobody may call. */
  readonly #unknown = new RateLimit(CHANGE);
  readonly #open = new Map<string, number>();

  /** Whether this caller may call this now; then it counts. */
  take(path: string, caller: string): boolean {
    return (this.#rates.get(path) ?? this.#unknown).take(caller);
  }

  /** Whether this caller may ask this within a stream now; then it counts. */
  takeMessage(path: string, caller: string): boolean {
    return this.#messages.get(path)?.take(caller) ?? true;
  }

  /** Counts a call as open, until it is left; false where that is one too many. */
  enter(path: string, caller: string, isKnown: boolean): boolean {
    const ofPath = LIMITS[path]?.open;
    if (this.#opened(caller) >= (isKnown ? OPEN : OPEN_OF_STRANGERS)) return false;
    if (ofPath !== undefined && this.#opened(callsOf(path, caller)) >= ofPath) return false;
    this.#add(caller, 1);
    if (ofPath !== undefined) this.#add(callsOf(path, caller), 1);
    return true;
  }

  leave(path: string, caller: string): void {
    this.#add(caller, -1);
    if (LIMITS[path]?.open !== undefined) this.#add(callsOf(path, caller), -1);
  }

  #add(key: string, calls: 1 | -1): void {
    const open = this.#opened(key) + calls;
    if (open > 0) this.#open.set(key, open);
    else this.#open.delete(key);
  }

  #opened(key: string): number {
    return this.#open.get(key) ?? 0;
  }
}

function callsOf(path: string, caller: string): string {
  return `${path} ${caller}`;
}

/** Calls `onLate` unless the request has come in time; returns what says that it has. */
export function inTime(onLate: () => void): () => void {
  const timer = setTimeout(onLate, REQUEST_MS).unref();
  return () => clearTimeout(timer);
}

/** Stands for a message that is larger than its RPC takes; it is not decoded. */
export const OVERSIZED = Symbol('oversized');

/** A service whose requests are looked at for their size before anything else. */
export function sized<D extends ServiceDefinition>(definition: D): D {
  const entries = Object.entries(definition).map(([name, method]) => {
    const most = LIMITS[method.path]?.bytes ?? 0;
    const requestDeserialize = (bytes: Buffer): unknown =>
      bytes.length > most ? OVERSIZED : method.requestDeserialize(bytes);
    return [name, { ...method, requestDeserialize }];
  });
  return Object.fromEntries(entries) as D;
}

export const TOO_MANY = {
  code: status.RESOURCE_EXHAUSTED,
  details: 'too many calls: wait, and call less often',
};
export const TOO_LATE = { code: status.DEADLINE_EXCEEDED, details: 'the request did not come in time' };

export function tooLarge(path: string) {
  const details = `a request of ${path} has at most ${LIMITS[path]?.bytes} bytes`;
  return { code: status.RESOURCE_EXHAUSTED, details };
}
