/**
 * PolicyService of the contract, as @grpc/grpc-js wants it.
 */
import { warder } from './generated/warder.js';
import { methodsOf } from './unary.ts';

const v1 = warder.v1;
const method = methodsOf('PolicyService');

export const policyService = {
  putPolicies: method('PutPolicies', v1.PutPoliciesRequest, v1.PutPoliciesResponse),
  listPolicies: method('ListPolicies', v1.ListPoliciesRequest, v1.ListPoliciesResponse),
  getPolicy: method('GetPolicy', v1.GetPolicyRequest, v1.PolicyVersion),
  listPolicyVersions: method(
    'ListPolicyVersions',
    v1.ListPolicyVersionsRequest,
    v1.ListPolicyVersionsResponse,
  ),
  rollbackPolicy: method('RollbackPolicy', v1.RollbackPolicyRequest, v1.PutPoliciesResponse),
  removePolicy: method('RemovePolicy', v1.RemovePolicyRequest, v1.PutPoliciesResponse),
  promotePolicy: method('PromotePolicy', v1.PromotePolicyRequest, v1.PromotePolicyResponse),
  getEffectivePolicy: method(
    'GetEffectivePolicy',
    v1.GetEffectivePolicyRequest,
    v1.GetEffectivePolicyResponse,
  ),
  checkAction: method('CheckAction', v1.CheckActionRequest, v1.CheckActionResponse),
} as const;
