/**
 * Evidence asked of a gateway, where the state directory is not at hand.
 *
 * Throws: TAIL_… for an address or token that will not do, AUDIT_RANGE, GATEWAY_CALL.
 */
import { auditService } from '../contract/audit-service.ts';
import { toLong, toNumber } from '../contract/int64.ts';
import { callUnary, type UnaryMethod } from '../contract/unary.ts';
import { formatProof } from '../gateway/audit/proof-file.ts';
import { openAs } from './gateway-channel.ts';
import { gatewayAt } from './gateway-source.ts';

export interface GatewayOption {
  gateway: string;
  tokenFile?: string;
}

export async function checkpointFrom(option: GatewayOption): Promise<string> {
  return (await ask(option, auditService.getCheckpoint, {})).note ?? '';
}

/** As `warder audit prove` prints it. */
export async function proofFrom(option: GatewayOption, event: number): Promise<string> {
  const { index, leaf, hashes, note } = await ask(option, auditService.getInclusionProof, {
    index: toLong(event),
  });
  return formatProof({
    index: toNumber(index),
    leaf: leaf ?? new Uint8Array(),
    hashes: hashes ?? [],
    note: note ?? '',
  });
}

async function ask<Q, R>(option: GatewayOption, method: UnaryMethod<Q, R>, request: Q): Promise<R> {
  const { client, metadata } = openAs(await gatewayAt(option.gateway, option.tokenFile).next());
  try {
    return await callUnary(client, method, request, metadata);
  } finally {
    client.close();
  }
}
