/**
 * HostService and KeyService as @grpc/grpc-js wants them. test/contract holds the tables against proto/.
 */
import { warder } from './generated/warder.js';
import { unaryMethod } from './unary.ts';

const v1 = warder.v1;

export type HostCertificate = warder.v1.HostCertificate.$Properties;
export type HostStatus = warder.v1.HostStatus.$Properties;
export type ApiKey = warder.v1.ApiKey.$Properties;

const host = (name: string) => `/warder.v1.HostService/${name}`;
const key = (name: string) => `/warder.v1.KeyService/${name}`;

export const hostService = {
  enroll: unaryMethod<warder.v1.EnrollRequest.$Properties, HostCertificate>(
    host('Enroll'),
    v1.EnrollRequest,
    v1.HostCertificate,
  ),
  renew: unaryMethod<warder.v1.RenewRequest.$Properties, HostCertificate>(
    host('Renew'),
    v1.RenewRequest,
    v1.HostCertificate,
  ),
  issueToken: unaryMethod<warder.v1.IssueTokenRequest.$Properties, warder.v1.IssueTokenResponse.$Properties>(
    host('IssueToken'),
    v1.IssueTokenRequest,
    v1.IssueTokenResponse,
  ),
  listHosts: unaryMethod<warder.v1.ListHostsRequest.$Properties, warder.v1.ListHostsResponse.$Properties>(
    host('ListHosts'),
    v1.ListHostsRequest,
    v1.ListHostsResponse,
  ),
  revokeHost: unaryMethod<warder.v1.RevokeHostRequest.$Properties, warder.v1.RevokeHostResponse.$Properties>(
    host('RevokeHost'),
    v1.RevokeHostRequest,
    v1.RevokeHostResponse,
  ),
} as const;

export const keyService = {
  createKey: unaryMethod<warder.v1.CreateKeyRequest.$Properties, warder.v1.CreatedKey.$Properties>(
    key('CreateKey'),
    v1.CreateKeyRequest,
    v1.CreatedKey,
  ),
  listKeys: unaryMethod<warder.v1.ListKeysRequest.$Properties, warder.v1.ListKeysResponse.$Properties>(
    key('ListKeys'),
    v1.ListKeysRequest,
    v1.ListKeysResponse,
  ),
  rotateKey: unaryMethod<warder.v1.RotateKeyRequest.$Properties, warder.v1.CreatedKey.$Properties>(
    key('RotateKey'),
    v1.RotateKeyRequest,
    v1.CreatedKey,
  ),
  revokeKey: unaryMethod<warder.v1.RevokeKeyRequest.$Properties, warder.v1.RevokeKeyResponse.$Properties>(
    key('RevokeKey'),
    v1.RevokeKeyRequest,
    v1.RevokeKeyResponse,
  ),
} as const;
