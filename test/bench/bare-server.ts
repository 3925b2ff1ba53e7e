/**
 * The floor of what a gateway's answer can cost: the same RPC on a gRPC server of the same library with nothing behind it. No
 * interceptor, no caller looked up, no policy; one answer, made beforehand.
 *
 * Out: its address, once it listens; and its end.
 */
import { Server, ServerCredentials, type ServiceDefinition } from '@grpc/grpc-js';
import { Reason, Verdict } from '../../src/contract/messages.ts';
import { policyService } from '../../src/contract/policy-service.ts';

export async function serveBare(): Promise<{ address: string; token: string; stop(): Promise<void> }> {
  const server = new Server({ 'grpc.enable_channelz': 0 });
  const answer = { verdict: Verdict.VERDICT_ALLOW, reason: Reason.REASON_RULE, policy: 'sha256:0' };
  const { checkAction } = policyService;
  server.addService({ checkAction } as unknown as ServiceDefinition, {
    checkAction: (_: unknown, callback: (error: null, value: object) => void) => callback(null, answer),
  });
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = ServerCredentials.createInsecure();
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
  return { address: `127.0.0.1:${port}`, token: 'none', stop: async () => server.forceShutdown() };
}
