/**
 * The services of a gateway, all of them. Health and reflection stand beside them (server.ts).
 */
import type { ServiceDefinition } from '@grpc/grpc-js';
import { eventService, runtimeService } from '../contract/services.ts';
import { evidence, witnessing } from './audit/service.ts';
import { budgets } from './budgets/service.ts';
import { control } from './control/service.ts';
import { policies } from './documents/service.ts';
import { hosts, keys } from './identity/services.ts';
import { queries } from './query/service.ts';
import type { ServiceFactory } from './service.ts';
import { attachHandler, receiving } from './stream/attach.ts';
import { subscribeHandler } from './stream/subscribe.ts';

const runtimes: ServiceFactory = (context) => {
  const { handle, closeAll } = attachHandler(context);
  return {
    name: 'warder.v1.RuntimeService',
    proto: 'runtime.proto',
    definition: { attach: receiving(runtimeService.attach) } as unknown as ServiceDefinition,
    implementation: { attach: handle },
    closeAll,
  };
};

const events: ServiceFactory = (context) => {
  const { handle, closeAll } = subscribeHandler({
    ...context,
    consumer: (metadata) => context.access.principal(metadata)?.name ?? '',
  });
  return {
    name: 'warder.v1.EventService',
    proto: 'stream.proto',
    definition: eventService as unknown as ServiceDefinition,
    implementation: { subscribe: handle },
    closeAll,
  };
};

/** In this order their streams are ended, last first. */
export const SERVICES: readonly ServiceFactory[] = [
  runtimes,
  events,
  queries,
  policies,
  control,
  budgets,
  evidence,
  witnessing,
  hosts,
  keys,
];
