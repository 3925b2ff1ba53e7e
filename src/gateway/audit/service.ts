/**
 * AuditService and WitnessService: evidence for those who may read the log, cosignatures for logs that are known.
 */
import type { handleUnaryCall, ServiceDefinition } from '@grpc/grpc-js';
import {
  type AddCheckpointRequest,
  type AddCheckpointResponse,
  auditService,
  type GetCheckpointResponse,
  type GetConsistencyProofRequest,
  type GetConsistencyProofResponse,
  type GetInclusionProofRequest,
  type GetInclusionProofResponse,
  type GetTileRequest,
  type GetTileResponse,
  witnessService,
} from '../../contract/audit-service.ts';
import type { Sendable } from '../../contract/codec.ts';
import { toLong, toNumber } from '../../contract/int64.ts';
import type { ServiceFactory } from '../service.ts';
import { statusOf } from '../stream/status.ts';
import { unary } from '../unary.ts';
import type { AuditLog, SignedCheckpoint } from './audit-log.ts';

/** A checkpoint is signed for a question at most so often. */
const FRESH_MS = 1000;

export const evidence: ServiceFactory = (context) => {
  const { audit, log } = context;
  const fresh = freshCheckpoint(audit);
  return {
    name: 'warder.v1.AuditService',
    proto: 'audit.proto',
    definition: auditService as unknown as ServiceDefinition,
    implementation: {
      getCheckpoint: unary<object, GetCheckpointResponse>(context, () => {
        const { size, note } = fresh();
        return { note, verifierKey: audit.verifierKeyAt(size) };
      }),
      getInclusionProof: unary<GetInclusionProofRequest, GetInclusionProofResponse>(
        context,
        async (asked) => {
          const index = toNumber(asked.index);
          const size = toNumber(asked.size);
          const checkpoint = size ? audit.signedAt(size) : fresh(index + 1);
          const hashes = audit.inclusion(index, checkpoint.size);
          const { leaf } = await log.leaf(index);
          return { index: toLong(index), leaf, hashes, note: checkpoint.note };
        },
      ),
      getConsistencyProof: unary<GetConsistencyProofRequest, GetConsistencyProofResponse>(
        context,
        (asked) => {
          const from = toNumber(asked.fromSize);
          const to = toNumber(asked.toSize) || fresh(from).size;
          return { fromSize: toLong(from), toSize: toLong(to), hashes: audit.consistency(from, to) };
        },
      ),
      getTile: unary<GetTileRequest, GetTileResponse>(context, ({ level, index }) => ({
        hashes: audit.tile(level ?? 0, toNumber(index)),
      })),
    },
  };
};

export const witnessing: ServiceFactory = ({ witness, onError }) => {
  const addCheckpoint: handleUnaryCall<AddCheckpointRequest, Sendable<AddCheckpointResponse>> = (
    call,
    callback,
  ) => {
    try {
      const { oldSize, proof, note } = call.request;
      const { line, size } = witness.addCheckpoint({
        oldSize: toNumber(oldSize),
        proof: proof ?? [],
        note: note ?? '',
      });
      callback(null, { cosignature: line, size: toLong(size) });
    } catch (error) {
      onError(error as Error);
      callback(statusOf(error as Error));
    }
  };
  return {
    name: 'warder.v1.WitnessService',
    proto: 'audit.proto',
    definition: witnessService as unknown as ServiceDefinition,
    implementation: { addCheckpoint },
  };
};

/** The last checkpoint, or a new one where it lacks events that are asked for, or is old. */
function freshCheckpoint(audit: AuditLog): (size?: number) => SignedCheckpoint {
  let signedMs = Number.NEGATIVE_INFINITY;
  return (size = 0) => {
    const latest = audit.latest();
    if (latest && latest.size >= size && performance.now() - signedMs < FRESH_MS) return latest;
    signedMs = performance.now();
    return audit.checkpoint();
  };
}
