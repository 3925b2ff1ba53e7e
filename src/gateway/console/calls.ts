/**
 * The RPCs that the page may make, as JSON: the gateway's own services, called with the session's key. What the key may
 * not do is refused by access-table.ts, as for every other client, and told in the log with the address of the
 * browser.
 *
 * In:  a name of CALLS, a JSON object in the form of the request message (lowerCamelCase).
 * Out: the answer in the form of docs/events.md; Failure for what was refused.
 */
import { type Client, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { auditService } from '../../contract/audit-service.ts';
import { controlService } from '../../contract/control-service.ts';
import { hostService } from '../../contract/identity-service.ts';
import { plainObject } from '../../contract/json.ts';
import { policyService } from '../../contract/policy-service.ts';
import { queryService } from '../../contract/query-service.ts';
import { callError, requestUnary, type UnaryMethod } from '../../contract/unary.ts';
import type { Session } from './sessions.ts';

// biome-ignore lint/suspicious/noExplicitAny: of every message; what a name stands for is said by the table
type AnyMethod = UnaryMethod<any, any>;

const CALLS = new Map<string, AnyMethod>(
  Object.entries({
    listHosts: hostService.listHosts,
    listActiveRuns: controlService.listActiveRuns,
    listHolds: controlService.listHolds,
    answerHold: controlService.answerHold,
    commandRun: controlService.commandRun,
    query: queryService.query,
    getProcessTree: queryService.getProcessTree,
    listRuns: queryService.listRuns,
    listAgents: queryService.listAgents,
    listPolicies: policyService.listPolicies,
    getPolicy: policyService.getPolicy,
    listPolicyVersions: policyService.listPolicyVersions,
    getEffectivePolicy: policyService.getEffectivePolicy,
    checkAction: policyService.checkAction,
    getCheckpoint: auditService.getCheckpoint,
  }),
);

export class Failure extends Error {
  readonly status: number;
  readonly code: string;
  readonly fix: string;

  constructor(status: number, code: string, message: string, fix: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.fix = fix;
  }
}

const HTTP: Readonly<Record<number, number>> = {
  [status.INVALID_ARGUMENT]: 400,
  [status.FAILED_PRECONDITION]: 409,
  [status.UNAUTHENTICATED]: 401,
  [status.PERMISSION_DENIED]: 403,
  [status.NOT_FOUND]: 404,
  [status.ALREADY_EXISTS]: 409,
  [status.RESOURCE_EXHAUSTED]: 429,
  [status.UNAVAILABLE]: 503,
  [status.UNIMPLEMENTED]: 404,
};

/** Told to the gateway's own services: whose key it is, and from where its holder calls. */
export interface Caller {
  client: Client;
  /** Proves that the console speaks, so that the address is believed (access.ts). */
  mark: string;
  address: string;
  session: Session;
}

export async function called(name: string, request: unknown, caller: Caller): Promise<object> {
  const method = CALLS.get(name);
  if (!method) throw new Failure(404, 'CONSOLE_CALL', `there is no call ${name}`, 'reload the page');
  try {
    return plainObject(await requestUnary(caller.client, method, request as object, metadataOf(caller)));
  } catch (error) {
    throw failureOf(error as Error, method.path);
  }
}

export function metadataOf({ session, mark, address }: Omit<Caller, 'client'>): Metadata {
  const metadata = new Metadata();
  metadata.set('authorization', `Bearer ${session.key}`);
  metadata.set('warder-console', mark);
  metadata.set('warder-console-address', address);
  return metadata;
}

export function failureOf(error: Error, path: string): Failure {
  const { code } = error as ServiceError;
  if (typeof code !== 'number') {
    return new Failure(400, 'CONSOLE_REQUEST', 'the request is not of that form', 'reload the page');
  }
  const { code: name, message, fix } = callError(error as ServiceError, path);
  return new Failure(HTTP[code] ?? 500, name, message, fix);
}
