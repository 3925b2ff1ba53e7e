/** Standard tools find out what a gateway serves by asking it. */
import { fileURLToPath } from 'node:url';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import { afterEach, expect, test } from 'vitest';
import { bearer, cleanUp, clientOf, gateway } from './fixtures.ts';

afterEach(cleanUp);

const proto = fileURLToPath(
  new URL(
    '../../node_modules/@grpc/reflection/build/proto/grpc/reflection/v1/reflection.proto',
    import.meta.url,
  ),
);

test('reflection lists the services and gives the files that describe them', async () => {
  const to = await gateway();
  const definition = loadSync(proto)['grpc.reflection.v1.ServerReflection'] as ServiceDefinition;
  const { path, requestSerialize, responseDeserialize } = definition.ServerReflectionInfo!;
  const call = clientOf(to).makeBidiStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    bearer(to.tokens.viewer),
  );
  call.write({ listServices: '' });
  call.write({ fileContainingSymbol: 'warder.v1.EventService' });
  call.end();
  // biome-ignore lint/suspicious/noExplicitAny: shapes of the reflection proto
  const answers: any[] = [];
  for await (const answer of call) answers.push(answer);
  const names = answers[0].listServicesResponse.service.map(({ name }: { name: string }) => name);
  expect(names).toEqual(expect.arrayContaining(['warder.v1.RuntimeService', 'warder.v1.EventService']));
  const files = Buffer.concat(answers[1].fileDescriptorResponse.fileDescriptorProto);
  expect(files.includes('SubscribeRequest')).toBe(true);
});
