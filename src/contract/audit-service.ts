/**
 * AuditService and WitnessService as @grpc/grpc-js wants them. test/contract holds the tables against proto/.
 */
import { warder } from './generated/warder.js';
import { type UnaryMethod, unaryMethod } from './unary.ts';

const v1 = warder.v1;

export type GetCheckpointRequest = warder.v1.GetCheckpointRequest.$Properties;
export type GetCheckpointResponse = warder.v1.GetCheckpointResponse.$Properties;
export type GetInclusionProofRequest = warder.v1.GetInclusionProofRequest.$Properties;
export type GetInclusionProofResponse = warder.v1.GetInclusionProofResponse.$Properties;
export type GetConsistencyProofRequest = warder.v1.GetConsistencyProofRequest.$Properties;
export type GetConsistencyProofResponse = warder.v1.GetConsistencyProofResponse.$Properties;
export type GetTileRequest = warder.v1.GetTileRequest.$Properties;
export type GetTileResponse = warder.v1.GetTileResponse.$Properties;
export type AddCheckpointRequest = warder.v1.AddCheckpointRequest.$Properties;
export type AddCheckpointResponse = warder.v1.AddCheckpointResponse.$Properties;

export interface AuditMethods {
  readonly getCheckpoint: UnaryMethod<GetCheckpointRequest, GetCheckpointResponse>;
  readonly getInclusionProof: UnaryMethod<GetInclusionProofRequest, GetInclusionProofResponse>;
  readonly getConsistencyProof: UnaryMethod<GetConsistencyProofRequest, GetConsistencyProofResponse>;
  readonly getTile: UnaryMethod<GetTileRequest, GetTileResponse>;
}

export const auditService: AuditMethods = {
  getCheckpoint: unaryMethod<GetCheckpointRequest, GetCheckpointResponse>(
    '/warder.v1.AuditService/GetCheckpoint',
    v1.GetCheckpointRequest,
    v1.GetCheckpointResponse,
  ),
  getInclusionProof: unaryMethod<GetInclusionProofRequest, GetInclusionProofResponse>(
    '/warder.v1.AuditService/GetInclusionProof',
    v1.GetInclusionProofRequest,
    v1.GetInclusionProofResponse,
  ),
  getConsistencyProof: unaryMethod<GetConsistencyProofRequest, GetConsistencyProofResponse>(
    '/warder.v1.AuditService/GetConsistencyProof',
    v1.GetConsistencyProofRequest,
    v1.GetConsistencyProofResponse,
  ),
  getTile: unaryMethod<GetTileRequest, GetTileResponse>(
    '/warder.v1.AuditService/GetTile',
    v1.GetTileRequest,
    v1.GetTileResponse,
  ),
};

export interface WitnessMethods {
  readonly addCheckpoint: UnaryMethod<AddCheckpointRequest, AddCheckpointResponse>;
}

export const witnessService: WitnessMethods = {
  addCheckpoint: unaryMethod<AddCheckpointRequest, AddCheckpointResponse>(
    '/warder.v1.WitnessService/AddCheckpoint',
    v1.AddCheckpointRequest,
    v1.AddCheckpointResponse,
  ),
};
