import { expect, test } from 'vitest';
import { fixedChanges, fixedText, optionOf } from '../../src/cli/config/fixed.ts';
import { gatewaySchema, readGatewayConfig } from '../../src/cli/config/gateway.ts';
import { optionsOf } from '../../src/cli/config/option.ts';
import { readRuntimeConfig, runtimeSchema } from '../../src/cli/config/runtime.ts';

const NO_FILE = { path: '/nowhere/warder.yaml', required: false };
const runtime = readRuntimeConfig(NO_FILE, {});
const gateway = readGatewayConfig(NO_FILE, {});

test('a reload names what it did not take, as the file names it, once each', () => {
  const next = {
    ...runtime,
    metricsListen: '127.0.0.1:9999',
    silenceMs: 1,
    gatewayState: '/a',
    gateway: { state: '/a' },
  };
  expect(fixedChanges(runtime, next, ['allow'])).toEqual(['gateway', 'metrics.listen', 'silence']);
});

test('what the reload has taken, and what is the same, is not named', () => {
  const next = { ...runtime, dns: ['192.0.2.1'] as never };
  expect(fixedChanges(runtime, next, ['dns'])).toEqual([]);
  expect(fixedText([])).toBeUndefined();
});

test.each([
  ['gateway', Object.keys(gateway), gatewaySchema],
  ['runtime', Object.keys(runtime), runtimeSchema],
] as const)(
  'each part of the configuration of the %s is called as an option of its file',
  (_, parts, schema) => {
    const options = optionsOf(schema).flatMap(({ path }) =>
      path.map((_name, at) =>
        path
          .slice(0, at + 1)
          .join('.')
          .replaceAll('[]', ''),
      ),
    );
    for (const part of parts) expect(options).toContain(optionOf(part));
  },
);
