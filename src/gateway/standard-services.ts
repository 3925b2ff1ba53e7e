/**
 * Health (grpc.health.v1) and reflection (grpc.reflection.v1, v1alpha) beside a gateway's own services.
 *
 * The packages that implement them read descriptors for a third of a second, so they are loaded by the first call:
 * a gateway inside `warder run` is never asked. What stands here of them is no more than their methods' names.
 */
import { createRequire } from 'node:module';
import type {
  MethodDefinition,
  Server,
  ServiceDefinition,
  UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { atRoot } from '../base/root.ts';
import { sized } from './limits.ts';
import type { GatewayService } from './service.ts';

type Streams = Pick<MethodDefinition<unknown, unknown>, 'requestStream' | 'responseStream'>;
type Served = Pick<GatewayService, 'name' | 'proto'>;

interface Implemented {
  definition: ServiceDefinition;
  implementation: UntypedServiceImplementation;
}

/** What such a package's classes have. */
interface Addable {
  addToServer(server: Pick<Server, 'addService'>): void;
}

const UNARY: Streams = { requestStream: false, responseStream: false };
const HEALTH: Record<string, Streams> = {
  Check: UNARY,
  List: UNARY,
  Watch: { requestStream: false, responseStream: true },
};
const REFLECTION: Record<string, Streams> = {
  ServerReflectionInfo: { requestStream: true, responseStream: true },
};

const load = createRequire(import.meta.url);

export function addStandardServices(server: Server, services: readonly Served[]): void {
  const health = once(() => healthOf(services));
  addLazily(server, 'grpc.health.v1.Health', HEALTH, health);
  const reflection = once(() => reflectionOf(services));
  for (const version of ['v1', 'v1alpha']) {
    addLazily(server, `grpc.reflection.${version}.ServerReflection`, REFLECTION, reflection);
  }
}

function healthOf(services: readonly Served[]): Implemented[] {
  const { HealthImplementation } = load('grpc-health-check') as typeof import('grpc-health-check');
  const names = ['', ...services.map(({ name }) => name)];
  return implementedBy(
    new HealthImplementation(Object.fromEntries(names.map((name) => [name, 'SERVING' as const]))) as Addable,
  );
}

function reflectionOf(services: readonly Served[]): Implemented[] {
  const { loadSync } = load('@grpc/proto-loader') as typeof import('@grpc/proto-loader');
  const { ReflectionService } = load('@grpc/reflection') as typeof import('@grpc/reflection');
  const files = services.map(({ proto }) => `warder/v1/${proto}`);
  return implementedBy(new ReflectionService(loadSync(files, { includeDirs: [atRoot('proto')] })));
}

/** What it would add to a server. */
function implementedBy(addable: Addable): Implemented[] {
  const all: Implemented[] = [];
  addable.addToServer({
    addService: (definition, implementation) => {
      all.push({ definition, implementation });
    },
  });
  return all;
}

function addLazily(
  server: Server,
  name: string,
  methods: Readonly<Record<string, Streams>>,
  implemented: () => Implemented[],
): void {
  const definition: Record<string, MethodDefinition<unknown, unknown>> = {};
  const implementation: Record<string, unknown> = {};
  for (const [method, streams] of Object.entries(methods)) {
    const path = `/${name}/${method}`;
    const found = once(() => methodAt(path, implemented()));
    definition[method] = {
      path,
      ...streams,
      requestSerialize: (value) => found().codec.requestSerialize(value),
      requestDeserialize: (bytes) => found().codec.requestDeserialize(bytes),
      responseSerialize: (value) => found().codec.responseSerialize(value),
      responseDeserialize: (bytes) => found().codec.responseDeserialize(bytes),
    };
    implementation[method] = (...call: unknown[]) => found().handle(...call);
  }
  server.addService(sized(definition as ServiceDefinition), implementation as UntypedServiceImplementation);
}

interface Method {
  codec: MethodDefinition<unknown, unknown>;
  handle: (...call: unknown[]) => unknown;
}

function methodAt(path: string, implemented: readonly Implemented[]): Method {
  for (const { definition, implementation } of implemented) {
    for (const [name, codec] of Object.entries(definition)) {
      if (codec.path !== path) continue;
      const handle = implementation[name] ?? implementation[codec.originalName ?? name];
      return { codec, handle: handle as unknown as Method['handle'] };
    }
  }
  throw new Error(`the package for ${path} does not implement it`);
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
