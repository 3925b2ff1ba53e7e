import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';
import { expect, test } from 'vitest';
import { SummaryBuilder } from '../../src/cli/summary.ts';

const page = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');
const root = new protobuf.Root();
root.resolvePath = (_origin, target) => fileURLToPath(new URL(`../../proto/${target}`, import.meta.url));
root.loadSync('warder/v1/event.proto');

function types(namespace: protobuf.NamespaceBase): protobuf.Type[] {
  return namespace.nestedArray.flatMap((nested) =>
    nested instanceof protobuf.Type ? [nested, ...types(nested)] : [],
  );
}

function enums(namespace: protobuf.NamespaceBase): protobuf.Enum[] {
  return namespace.nestedArray.flatMap((nested) => {
    if (nested instanceof protobuf.Enum) return [nested];
    return nested instanceof protobuf.Namespace ? enums(nested) : [];
  });
}

const v1 = root.lookup('warder.v1') as protobuf.Namespace;
const fields = types(v1).flatMap((type) => type.fieldsArray.map((field) => `${type.name}.${field.name}`));
const values = enums(v1).flatMap((one) =>
  Object.keys(one.values).filter((name) => !name.endsWith('_UNSPECIFIED')),
);

test.each(fields)('the field %s is on the page', (name) => {
  expect(page).toMatch(new RegExp(`[\`{ ]${name.split('.')[1]}[\`,}]`));
});

test.each(values)('the value %s is on the page', (name) => {
  expect(page).toContain(`\`${name}\``);
});

test('every field of the summary is on the page', () => {
  const summary = page.slice(page.indexOf('## Summary'));
  for (const name of Object.keys(new SummaryBuilder().summary())) expect(summary).toContain(`\`${name}\``);
});
