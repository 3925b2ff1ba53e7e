/**
 * HostService and KeyService as @grpc/grpc-js wants them. test/contract holds the tables against proto/.
 */
import { warder } from './generated/warder.js';
import { methodsOf } from './unary.ts';

const v1 = warder.v1;

export type HostCertificate = warder.v1.HostCertificate.$Properties;
export type HostStatus = warder.v1.HostStatus.$Properties;
export type ApiKey = warder.v1.ApiKey.$Properties;

const host = methodsOf('HostService');
const key = methodsOf('KeyService');

export const hostService = {
  enroll: host('Enroll', v1.EnrollRequest, v1.HostCertificate),
  renew: host('Renew', v1.RenewRequest, v1.HostCertificate),
  issueToken: host('IssueToken', v1.IssueTokenRequest, v1.IssueTokenResponse),
  listHosts: host('ListHosts', v1.ListHostsRequest, v1.ListHostsResponse),
  revokeHost: host('RevokeHost', v1.RevokeHostRequest, v1.RevokeHostResponse),
} as const;

export const keyService = {
  createKey: key('CreateKey', v1.CreateKeyRequest, v1.CreatedKey),
  listKeys: key('ListKeys', v1.ListKeysRequest, v1.ListKeysResponse),
  rotateKey: key('RotateKey', v1.RotateKeyRequest, v1.CreatedKey),
  revokeKey: key('RevokeKey', v1.RevokeKeyRequest, v1.RevokeKeyResponse),
} as const;
