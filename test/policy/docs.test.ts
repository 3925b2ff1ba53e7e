/**
 * Every YAML snippet of docs/policy.md loads, and means what the text beside it says.
 */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Variables } from '../../src/contract/path-pattern.ts';
import { PRIVILEGES } from '../../src/contract/pattern.ts';
import { readPolicy } from '../../src/contract/policy.ts';
import { parseAction } from '../../src/gateway/policy/action-text.ts';
import { BUILTIN_DENIES } from '../../src/gateway/policy/builtin.ts';
import { parsePolicyTest } from '../../src/gateway/policy/cases.ts';
import { decide, prepare, ruleOf } from '../../src/gateway/policy/decide.ts';
import { parsePolicyFile } from '../../src/gateway/policy/document.ts';
import { effectivePolicy } from '../../src/gateway/policy/layers.ts';
import { formatFault, loadPolicyFiles } from '../../src/gateway/policy/load.ts';
import { removeTree } from '../remove-tree.ts';

const text = readFileSync(join(import.meta.dirname, '../../docs/policy.md'), 'utf8');
const snippets = [...text.matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, yaml]) => yaml!);
const policies = snippets.filter((yaml) => yaml.includes('kind: Policy\n'));

test('there are policies and a test among the snippets', () => {
  expect(policies.length).toBe(4);
  expect(snippets.length).toBe(5);
});

test.each(policies.map((yaml) => [/name: ([\w-]+)/.exec(yaml)![1], yaml]))(
  '%s loads without a warning',
  (_, yaml) => {
    const { documents, faults, warnings } = parsePolicyFile(yaml!, 'docs/policy.md');
    expect([...faults, ...warnings].map(formatFault)).toEqual([]);
    expect(documents).toHaveLength(1);
  },
);

test('the tests shown pass against the policy shown', () => {
  const directory = mkdtempSync(join(tmpdir(), 'warder-docs-'));
  const file = join(directory, 'policy.yaml');
  writeFileSync(file, policies[0]!);
  const { test: shown, faults } = parsePolicyTest(
    snippets.find((yaml) => yaml.includes('kind: PolicyTest'))!,
    'x',
  );
  expect(faults).toEqual([]);
  const answer = effectivePolicy(loadPolicyFiles([file]), `spiffe://example.org/${shown!.agent}`);
  removeTree(directory);
  if ('refusal' in answer) throw new Error(answer.refusal);
  const ready = prepare(readPolicy(answer.policy), { variables: shown!.variables as Variables });
  const answers = shown!.cases.map(({ category, target }) => {
    const { would } = decide(ready, parseAction(category, target, shown!.variables as Variables));
    return { expect: would.verdict, rule: ruleOf(ready, would)?.pattern };
  });
  expect(answers).toHaveLength(3);
  expect(answers).toEqual(
    shown!.cases.map(({ expect: verdict, rule }, index) => ({
      expect: verdict,
      rule: rule ?? answers[index]!.rule,
    })),
  );
});

test('write-xor-run is as the example says', () => {
  const yaml = policies.find((each) => each.includes('name: builds'))!;
  const answer = effectivePolicy(parsePolicyFile(yaml, 'x').documents, 'spiffe://e/a/b/builder');
  if ('refusal' in answer) throw new Error(answer.refusal);
  const ready = prepare(readPolicy(answer.policy), { variables: { workspace: '/w' } });
  const verdict = (path: string) => decide(ready, { category: 'exec', path }).verdict;
  expect(['/w/bin/tool', '/w/tool', '/usr/local/bin/tool', '/usr/bin/git'].map(verdict)).toEqual([
    'allow',
    'deny',
    'deny',
    'allow',
  ]);
});

test('every privilege is named, and every built-in deny that is mentioned exists', () => {
  for (const privilege of PRIVILEGES) expect(text).toContain(`\`${privilege}\``);
  for (const deny of ['**/.ssh/**', '**/.aws/**', '**/.env']) expect(BUILTIN_DENIES).toContain(deny);
});
