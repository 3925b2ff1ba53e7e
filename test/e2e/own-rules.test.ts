/** Rules of the user: in `warder run`, in both services, and in what checks their configuration. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cleanUp as cleanUpPlaces, finished, ORDINARY, place, policyOf, start, WARDER } from './governed.ts';
import { cleanUp, fleetPolicy, startServices, warder } from './services.ts';

const SECRET = 'zorblax9fKq2LmX8vTz';
const rules = (sample: string) => `rules:
  - id: zorblax-pass
    anchors: [zorblax]
    alphabet: alnum
    length: 12
    source: https://wiki.example.com/zorblax
    samples: {match: ["${sample}"]}
`;

afterAll(cleanUpPlaces);
afterAll(cleanUp);

test('warder run takes out what a rule of the user describes, and only with it', async () => {
  for (const [options, expected] of [
    [[], SECRET],
    [['--redaction-rules', 'FILE'], '[REDACTED:zorblax-pass]'],
  ] as const) {
    const at = place(policyOf(ORDINARY));
    const file = join(at.directory, 'rules.yaml');
    writeFileSync(file, rules(SECRET));
    const given = options.map((word) => (word === 'FILE' ? file : word));
    const run = await finished(start(at, ['/usr/bin/true', SECRET], given), at);
    expect(run.code).toBe(0);
    expect(run.events.flatMap(({ exec }) => exec?.argv ?? [])).toContain(expected);
  }
});

test('a rule that misses its own sample starts nothing, and config check says so beforehand', async () => {
  const at = place(policyOf(ORDINARY));
  const file = join(at.directory, 'rules.yaml');
  writeFileSync(file, rules('zorblax-short'));
  const run = await finished(start(at, ['/usr/bin/touch', 'made'], ['--redaction-rules', file]), at);
  expect(run.code).toBe(125);
  expect(run.stderr).toMatch(
    /rules.yaml: the rules do not do what their samples say: zorblax-pass: sample 1/,
  );
  expect(run.events).toEqual([]);
  const config = join(at.directory, 'runtime.yaml');
  writeFileSync(config, `kind: Runtime\nredaction: {rules: [${file}]}\n`);
  const { status, stderr } = spawnSync(WARDER, ['config', 'check', config], { encoding: 'utf8' });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringContaining('zorblax-pass: sample 1'),
  });
});

test('the services redact by them, and the log says by which rules whom', async () => {
  const file = join(place('').directory, 'rules.yaml');
  writeFileSync(file, rules(SECRET));
  const redaction = { redaction: { rules: [file] } };
  const { at } = await startServices(fleetPolicy(ORDINARY), { gateway: redaction, runtime: redaction });
  const words = ['run', '--socket', at.socket, '--agent', 'acme/e2e/one', '--', '/usr/bin/true', SECRET];
  expect((await warder(words, { cwd: at.workspace }).ended).code).toBe(0);
  const { stdout } = await warder(['query', '--json', '--state', at.gatewayState]).ended;
  expect(stdout).toContain('[REDACTED:zorblax-pass]');
  expect(stdout).not.toContain(SECRET);
  const [attached] = stdout.split('\n').filter((line) => line.includes('runtime.attached'));
  expect(attached).toMatch(/"field":"redaction rules","after":"[0-9a-f]{16}"/);
  expect(readFileSync(join(at.gatewayState, 'warder.db')).includes(SECRET)).toBe(false);
});
