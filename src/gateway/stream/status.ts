/**
 * Errors as gRPC says them. `code: message` in the details, so that a client can tell WarderError codes apart;
 * anything that is not a WarderError stays in the gateway's own log.
 */
import { type ServerDuplexStream, type ServerWritableStream, status } from '@grpc/grpc-js';
import { WarderError } from '../../base/error.ts';

// biome-ignore lint/suspicious/noExplicitAny: any stream of this server
type Call = ServerDuplexStream<any, any> | ServerWritableStream<any, any>;

const STATUS_OF: Readonly<Record<string, status>> = {
  GATEWAY_FORBIDDEN: status.PERMISSION_DENIED,
  IDENTITY_TOKEN: status.UNAUTHENTICATED,
  IDENTITY_REQUEST: status.INVALID_ARGUMENT,
  IDENTITY_HOST: status.NOT_FOUND,
  IDENTITY_KEY: status.NOT_FOUND,
  IDENTITY_NO_AUTHORITY: status.FAILED_PRECONDITION,
  GATEWAY_PROTOCOL: status.INVALID_ARGUMENT,
  CONTROL_RUN: status.INVALID_ARGUMENT,
  CONTROL_FULL: status.RESOURCE_EXHAUSTED,
  BUDGET_REPORT: status.INVALID_ARGUMENT,
  BUDGET_REPORT_CONFLICT: status.ALREADY_EXISTS,
  BUDGET_REPORTS: status.RESOURCE_EXHAUSTED,
  HOLD_UNKNOWN: status.NOT_FOUND,
  HOLD_ANSWERED: status.FAILED_PRECONDITION,
  HOLD_SECOND_PERSON: status.PERMISSION_DENIED,
  POLICY_ACTION: status.INVALID_ARGUMENT,
  POLICY_CONFLICT: status.ABORTED,
  POLICY_IN_FILES: status.FAILED_PRECONDITION,
  POLICY_NONE: status.NOT_FOUND,
  POLICY_UNKNOWN: status.NOT_FOUND,
  POLICY_VERSION: status.NOT_FOUND,
  GATEWAY_REQUEST: status.INVALID_ARGUMENT,
  GATEWAY_BUSY: status.RESOURCE_EXHAUSTED,
  CONTRACT_INTEGER: status.INVALID_ARGUMENT,
  AUDIT_RANGE: status.OUT_OF_RANGE,
  AUDIT_NOTE: status.INVALID_ARGUMENT,
  AUDIT_CHECKPOINT: status.INVALID_ARGUMENT,
  WITNESS_REQUEST: status.INVALID_ARGUMENT,
  WITNESS_UNKNOWN: status.NOT_FOUND,
  WITNESS_SIGNATURE: status.PERMISSION_DENIED,
  WITNESS_FORK: status.FAILED_PRECONDITION,
};

/** Ends a call with a status. */
export function fail(call: Call, code: status, details: string): void {
  if (!call.destroyed) call.emit('error', { code, details });
}

/** Ends a call with what an error means to its client. */
export function refuse(call: Call, error: Error, onError: (error: Error) => void): void {
  onError(error);
  const { code, details } = statusOf(error);
  fail(call, code, details);
}

/** What an error means to a client. */
export function statusOf(error: Error): { code: status; details: string } {
  if (!(error instanceof WarderError)) {
    return { code: status.INTERNAL, details: 'the gateway failed at this call; its log says why' };
  }
  const details = `${error.code}: ${error.message}; ${error.fix}`;
  return { code: STATUS_OF[error.code] ?? status.UNAVAILABLE, details };
}
