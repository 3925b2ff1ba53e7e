/**
 * AuditService and WitnessService as @grpc/grpc-js wants them. test/contract holds the tables against proto/.
 */
import { warder } from './generated/warder.js';
import { methodsOf } from './unary.ts';

const v1 = warder.v1;
const audit = methodsOf('AuditService');
const witness = methodsOf('WitnessService');

export type AddCheckpointRequest = warder.v1.AddCheckpointRequest.$Properties;
export type AddCheckpointResponse = warder.v1.AddCheckpointResponse.$Properties;
export type GetCheckpointResponse = warder.v1.GetCheckpointResponse.$Properties;
export type GetConsistencyProofRequest = warder.v1.GetConsistencyProofRequest.$Properties;
export type GetConsistencyProofResponse = warder.v1.GetConsistencyProofResponse.$Properties;
export type GetInclusionProofRequest = warder.v1.GetInclusionProofRequest.$Properties;
export type GetInclusionProofResponse = warder.v1.GetInclusionProofResponse.$Properties;
export type GetTileRequest = warder.v1.GetTileRequest.$Properties;
export type GetTileResponse = warder.v1.GetTileResponse.$Properties;

export const auditService = {
  getCheckpoint: audit('GetCheckpoint', v1.GetCheckpointRequest, v1.GetCheckpointResponse),
  getInclusionProof: audit('GetInclusionProof', v1.GetInclusionProofRequest, v1.GetInclusionProofResponse),
  getConsistencyProof: audit(
    'GetConsistencyProof',
    v1.GetConsistencyProofRequest,
    v1.GetConsistencyProofResponse,
  ),
  getTile: audit('GetTile', v1.GetTileRequest, v1.GetTileResponse),
} as const;

export const witnessService = {
  addCheckpoint: witness('AddCheckpoint', v1.AddCheckpointRequest, v1.AddCheckpointResponse),
} as const;
