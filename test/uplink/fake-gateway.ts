/**
 * A gateway that says only what the test lets it: for what a real one never does. It follows the contract's
 * service table over a real socket.
 */
import { join } from 'node:path';
import { Server, ServerCredentials, type ServerDuplexStream, type ServiceDefinition } from '@grpc/grpc-js';
import { toLong, toNumber } from '../../src/contract/int64.ts';
import { generateSigningKey, type SigningKey } from '../../src/contract/keys.ts';
import type { GatewayMessage, RuntimeMessage } from '../../src/contract/messages.ts';
import { runtimeService } from '../../src/contract/services.ts';
import type { UplinkOptions } from '../../src/runtime/uplink/options.ts';
import { later, newOrigin, stateDirectory } from '../gateway/fixtures.ts';

export interface FakeGateway {
  /** What an uplink needs to attach to it. */
  uplink: UplinkOptions;
  key: SigningKey;
  say(message: GatewayMessage): void;
  acknowledgeAll(): void;
  acknowledgeAlways(): void;
  /** Sequences in the order they came. */
  received(): number[];
  /** Agents that were asked about. */
  asked(): string[];
}

/** Welcomes a runtime, takes its events, and says nothing. */
export async function silentGateway(): Promise<FakeGateway> {
  const key = generateSigningKey();
  const sequences: number[] = [];
  const agents: string[] = [];
  let always = false;
  let stream: ServerDuplexStream<RuntimeMessage, GatewayMessage> | undefined;
  const say = (message: GatewayMessage): void => {
    stream!.write(message);
  };
  const acknowledgeAll = (): void => say({ acknowledgement: { sequence: toLong(sequences.at(-1) ?? 0) } });
  const server = new Server();
  server.addService(runtimeService as unknown as ServiceDefinition, {
    attach: (call: ServerDuplexStream<RuntimeMessage, GatewayMessage>) => {
      stream = call;
      call.on('data', ({ hello, events, policyRequest }: RuntimeMessage) => {
        if (hello) say({ welcome: { gateway: 'fake', lastSequence: toLong(sequences.at(-1) ?? 0) } });
        if (events) sequences.push(...events.events!.map((event) => toNumber(event.sequence)));
        if (policyRequest) agents.push(policyRequest.agent!);
        if (events && always) acknowledgeAll();
      });
      call.on('end', () => call.end());
    },
  });
  const path = join(stateDirectory(), 'fake.sock');
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${path}`, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
  later(() => server.forceShutdown());
  return {
    uplink: {
      endpoint: { address: `unix:${path}`, token: 'any', gatewayPublicKey: key.publicKey },
      origin: newOrigin(),
      version: 'test',
      timeoutMs: 5000,
    },
    key,
    say,
    acknowledgeAll,
    acknowledgeAlways: () => {
      always = true;
      acknowledgeAll();
    },
    received: () => sequences,
    asked: () => agents,
  };
}
