/**
 * PolicyService of the contract, as @grpc/grpc-js wants it.
 */
import { warder } from './generated/warder.js';
import { unaryMethod } from './unary.ts';

const v1 = warder.v1;

function path(rpc: string): string {
  return `/warder.v1.PolicyService/${rpc}`;
}

export const policyService = {
  putPolicies: unaryMethod(path('PutPolicies'), v1.PutPoliciesRequest, v1.PutPoliciesResponse),
  listPolicies: unaryMethod(path('ListPolicies'), v1.ListPoliciesRequest, v1.ListPoliciesResponse),
  getPolicy: unaryMethod(path('GetPolicy'), v1.GetPolicyRequest, v1.PolicyVersion),
  listPolicyVersions: unaryMethod(
    path('ListPolicyVersions'),
    v1.ListPolicyVersionsRequest,
    v1.ListPolicyVersionsResponse,
  ),
  rollbackPolicy: unaryMethod(path('RollbackPolicy'), v1.RollbackPolicyRequest, v1.PutPoliciesResponse),
  removePolicy: unaryMethod(path('RemovePolicy'), v1.RemovePolicyRequest, v1.PutPoliciesResponse),
  promotePolicy: unaryMethod(path('PromotePolicy'), v1.PromotePolicyRequest, v1.PromotePolicyResponse),
  getEffectivePolicy: unaryMethod(
    path('GetEffectivePolicy'),
    v1.GetEffectivePolicyRequest,
    v1.GetEffectivePolicyResponse,
  ),
  checkAction: unaryMethod(path('CheckAction'), v1.CheckActionRequest, v1.CheckActionResponse),
} as const;
