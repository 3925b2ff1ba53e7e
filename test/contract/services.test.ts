/** The hand-written service tables against the services in proto/. */
import { fileURLToPath } from 'node:url';
import { loadSync, type ServiceDefinition } from '@grpc/proto-loader';
import { expect, test } from 'vitest';
import { auditService, witnessService } from '../../src/contract/audit-service.ts';
import { budgetService } from '../../src/contract/budget-service.ts';
import { controlService } from '../../src/contract/control-service.ts';
import { hostService, keyService } from '../../src/contract/identity-service.ts';
import { policyService } from '../../src/contract/policy-service.ts';
import { queryService } from '../../src/contract/query-service.ts';
import { eventService, runtimeService } from '../../src/contract/services.ts';

const PROTO = fileURLToPath(new URL('../../proto', import.meta.url));
const files = [
  'runtime.proto',
  'stream.proto',
  'query.proto',
  'audit.proto',
  'identity.proto',
  'authority.proto',
  'control.proto',
  'budget.proto',
].map((file) => `warder/v1/${file}`);
const definitions = loadSync(files, { includeDirs: [PROTO] });

const services = {
  'warder.v1.RuntimeService': runtimeService,
  'warder.v1.EventService': eventService,
  'warder.v1.QueryService': queryService,
  'warder.v1.AuditService': auditService,
  'warder.v1.PolicyService': policyService,
  'warder.v1.ControlService': controlService,
  'warder.v1.BudgetService': budgetService,
  'warder.v1.WitnessService': witnessService,
  'warder.v1.HostService': hostService,
  'warder.v1.KeyService': keyService,
};

test('every service of the contract has a table', () => {
  const declared = Object.keys(definitions).filter((name) => !('format' in definitions[name]!));
  expect(declared.sort()).toEqual(Object.keys(services).sort());
});

test.each(Object.entries(services))(
  '%s has the methods, paths and directions of its proto',
  (name, table) => {
    const shape = (methods: object): unknown =>
      Object.values(methods).map(({ path, requestStream, responseStream }) => ({
        path,
        requestStream,
        responseStream,
      }));
    expect(shape(table)).toEqual(shape(definitions[name] as ServiceDefinition));
  },
);

test('a message given as its bytes is sent as they are', () => {
  const bytes = Buffer.from('2206080110ffff03', 'hex');
  expect(runtimeService.attach.requestSerialize(bytes)).toEqual(bytes);
});
