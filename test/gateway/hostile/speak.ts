/** A runtime's stream in which anything can be said. */
import { type ServiceError, status } from '@grpc/grpc-js';
import type { GatewayMessage, RuntimeMessage } from '../../../src/contract/messages.ts';
import { attach, type Sendable } from '../../../src/contract/services.ts';
import type { Gateway } from '../../../src/gateway/gateway.ts';
import { bearer, clientOf, eventually, newOrigin } from '../fixtures.ts';

export interface Spoken {
  answers: GatewayMessage[];
  end: Promise<{ code: status; details: string }>;
  write(message: Sendable<RuntimeMessage>): void;
}

export function speak(to: Gateway, messages: Sendable<RuntimeMessage>[]): Spoken {
  const call = attach(clientOf(to), bearer(to.tokens.runtime));
  const answers: GatewayMessage[] = [];
  call.on('data', (answer: GatewayMessage) => answers.push(answer));
  const end = new Promise<{ code: status; details: string }>((resolve) => {
    call.on('error', ({ code, details }: ServiceError) => resolve({ code, details }));
    call.on('end', () => resolve({ code: status.OK, details: '' }));
  });
  for (const message of messages) call.write(message);
  return { answers, end, write: (message) => call.write(message) };
}

export const hello = (changes: object = {}): RuntimeMessage => ({
  hello: { ...newOrigin(), version: 'test', ...changes },
});

/** One that has said hello and is welcome. */
export async function attached(to: Gateway): Promise<Spoken> {
  const spoken = speak(to, [hello()]);
  await eventually('welcome', () => spoken.answers.length > 0);
  return spoken;
}
