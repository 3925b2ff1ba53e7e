/**
 * The generated record layout against the host's C compiler, which lays the same headers out on its own; and
 * what the generator refuses.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { constants, enums, layout } from '../../src/kernel/generated/layout.ts';
import { removeTree } from '../remove-tree.ts';

interface Field {
  readonly offset: number;
  readonly size: number;
  readonly count?: number;
  readonly fields?: Readonly<Record<string, Field>>;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'warder-layout-'));
});
afterEach(() => removeTree(folder));

/** `path offset size` of every field, nested ones too, as the generated layout has them. */
function generated(struct: string, fields: Readonly<Record<string, Field>>, prefix = ''): string[] {
  return Object.entries(fields).flatMap(([name, field]) => {
    const path = `${prefix}${name}`;
    const inner = field.fields
      ? generated(struct, field.fields, `${path}${field.count === undefined ? '' : '[0]'}.`)
      : [];
    return [`${struct} ${path} ${field.offset} ${field.size}`, ...inner];
  });
}

test('every offset, size, enumerator and constant is what the host compiler computes', () => {
  const fields = Object.entries(layout).flatMap(([name, struct]) => generated(name, struct.fields));
  const values = [
    ...Object.values(enums).map((values) => Object.entries(values)),
    Object.entries(constants),
  ].flat();
  expect(fields.length).toBeGreaterThan(50);
  const lines = [
    ...fields.map((line) => {
      const [struct, path] = line.split(' ');
      const member = `((struct ${struct} *)0)->${path}`;
      return `printf("${struct} ${path} %zu %zu\\n", (size_t)&${member}, sizeof(${member}));`;
    }),
    ...values.map(([name]) => `printf("${name} %lld\\n", (long long)${name});`),
    ...Object.keys(layout).map((name) => `printf("${name} %zu\\n", sizeof(struct ${name}));`),
  ];
  writeFileSync(
    join(folder, 'host.c'),
    `#include <stdio.h>\n#include "event.h"\n#include "policy.h"\n#include "control.h"\n#include "budget.h"\n#include "names.h"\nint main(void)\n{\n${lines.join('\n')}\nreturn 0;\n}\n`,
  );
  execFileSync('cc', ['-Ibpf', join(folder, 'host.c'), '-o', join(folder, 'host')]);

  const host = execFileSync(join(folder, 'host'), { encoding: 'utf8' }).trimEnd().split('\n');
  expect(host).toEqual([
    ...fields,
    ...values.map(([name, value]) => `${name} ${value}`),
    ...Object.entries(layout).map(([name, struct]) => `${name} ${struct.size}`),
  ]);
});

function generate(header: string) {
  const file = join(folder, 'record.h');
  writeFileSync(file, header);
  return spawnSync(
    process.execPath,
    ['tools/generate-layout.ts', join(folder, 'layout.ts'), file, '--', 'clang']
      .concat(['-target', 'bpf', '-O2', '-g', '-Ibuild/libbpf/include', '-isystem', 'build/libbpf/uapi'])
      .concat([
        `-idirafter/usr/include/${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`,
        `-D__TARGET_ARCH_${process.arch === 'arm64' ? 'arm64' : 'x86'}`,
        '-Ibpf',
      ]),
    { encoding: 'utf8' },
  );
}

test('a bit field is refused by name', () => {
  const { status, stderr } = generate('struct flags {\n\tunsigned int a : 3, b : 5;\n};\n');
  expect([status, stderr]).toEqual([1, 'layout: flags.a is a bit field\n']);
});

test('a pointer in a record is refused by name', () => {
  const { status, stderr } = generate('struct holder {\n\tchar *name;\n};\n');
  expect([status, stderr]).toEqual([1, 'layout: holder.name: a pointer has no place in a record\n']);
});

test('a struct that the preprocessor takes away is an error and not a gap', () => {
  const { status } = generate('#ifdef NEVER\nstruct gone {\n\tint a;\n};\n#endif\n');
  expect(status).toBe(1);
});
