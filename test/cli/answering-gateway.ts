/**
 * A gateway that answers some calls as a test says, and no others, at a socket of its own.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { removeTree } from '../remove-tree.ts';

/** The method, and the answer to a request. */
type Answers = readonly (readonly [method: object, answer: (request: never) => object])[];

export interface AnsweringGateway {
  /** What leads a command to it. */
  words: string[];
  stop(): void;
}

export async function answeringGateway(answers: Answers): Promise<AnsweringGateway> {
  const directory = mkdtempSync(join(tmpdir(), 'warder-answering-'));
  const token = join(directory, 'token');
  const address = `unix:${join(directory, 'gateway')}`;
  writeFileSync(token, 'admin\n', { mode: 0o600 });
  const server = new Server();
  for (const [method, answer] of answers) {
    // biome-ignore lint/suspicious/noExplicitAny: methods of several types, each with its own answer
    const ask = ({ request }: any, reply: any) => reply(null, answer(request as never));
    server.addService({ ask: method } as never, { ask } as never);
  }
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    );
  });
  return {
    words: ['--gateway', address, '--token-file', token],
    stop: () => {
      server.forceShutdown();
      removeTree(directory);
    },
  };
}
