/**
 * A policy learned from real work: git, a compiler and python are recorded under a policy that only monitors; the same
 * work again under what was learned from it, enforced, is refused nothing and gives the same.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cleanUp, finished, type JsonEvent, type Place, place, start, WARDER } from './governed.ts';

afterAll(cleanUp);

const MONITOR = `apiVersion: warder.dev/v1
kind: Policy
metadata: {name: record, scope: agent/worker}
spec:
  mode: monitor
`;

const GIT = 'git -c user.name=a -c user.email=a@b -c init.defaultBranch=main';
const WORK = `set -e
rm -rf r out && ${GIT} init -q r && cd r
printf '#include <stdio.h>\\nint main(void) { puts("built"); return 0; }\\n' > main.c
gcc -O1 -o tool main.c && ./tool
${GIT} add main.c && ${GIT} commit -qm first && ${GIT} log --format=%s
python3 -c 'import json, tempfile, subprocess, os
with tempfile.TemporaryDirectory() as d:
    open(os.path.join(d, "x"), "w").write("y")
print(json.dumps({"a": subprocess.check_output(["uname"], text=True)}))'
cd .. && mkdir out && cp r/tool out/ && out/tool && rm -rf r/.git && echo done`;

async function work(at: Place, script = WORK) {
  const environment = {
    PATH: '/usr/bin:/bin',
    HOME: join(at.directory, 'home'),
    LC_ALL: 'C.UTF-8',
    TERM: 'dumb',
  };
  return finished(start(at, ['sh', '-c', script], ['--agent', 'worker'], environment), at);
}

const refusals = (events: readonly JsonEvent[]) =>
  events
    .filter(({ decision }) => decision?.verdict === 'VERDICT_DENY' || decision?.verdict === 'VERDICT_HOLD')
    .map(({ decision, exec, fileOpen, fileChange, load, privileged }) =>
      JSON.stringify([decision?.category, exec?.path, fileOpen?.path, fileChange, load, privileged]),
    );

/** Replaces the policy by what is learned of the last run. */
function learned(at: Place): void {
  const home = join(at.directory, 'home');
  const words = ['--state', at.state, '--run', 'last', '--home', home, '--enforce', '--out', at.policy];
  const { stderr, status } = spawnSync(WARDER, ['policy', 'learn', ...words], { encoding: 'utf8' });
  expect(stderr).not.toMatch(/not in it/);
  expect(status).toBe(0);
}

/** As a package manager leaves it: a name in .bin that leads to a package's script. */
const PACKAGE = `mkdir -p m/.bin m/pkg && printf '#!/bin/sh\\necho linked\\n' > m/pkg/cli.js
chmod +x m/pkg/cli.js && ln -sf ../pkg/cli.js m/.bin/x`;

test.each([
  ['before', '${workspace}/m/pkg/cli.js', 'true'],
  ['by the run itself', '${workspace}/**', `rm -rf m && ${PACKAGE}`],
])(
  'a script behind a link that was made %s is learned as the file that it is',
  async (_, rule, first) => {
    const at = place(MONITOR);
    mkdirSync(join(at.directory, 'home'));
    spawnSync('/bin/sh', ['-c', PACKAGE], { cwd: at.workspace });
    const script = `set -e; ${first}; m/.bin/x`;
    expect((await work(at, script)).stdout).toBe('linked\n');
    learned(at);
    const policy = readFileSync(at.policy, 'utf8');
    expect(policy).toContain(`- allow: "${rule}"`);
    expect(policy).not.toContain('.bin/x');
    const again = await work(at, script);
    expect(refusals(again.events), policy).toEqual([]);
    expect({ code: again.code, stdout: again.stdout }, again.stderr).toEqual({ code: 0, stdout: 'linked\n' });
  },
  120_000,
);

test('the same work under what was learned from it is refused nothing', async () => {
  const at = place(MONITOR);
  mkdirSync(join(at.directory, 'home'));
  const recorded = await work(at);
  expect(recorded.stdout).toMatch(/^built\nfirst\n.*Linux.*\nbuilt\ndone\n$/s);
  learned(at);
  const policy = readFileSync(at.policy, 'utf8');
  expect(policy.match(/- allow:/g)!.length).toBeLessThan(40);
  expect(policy).not.toMatch(/allow: "?(\/\*\*|\$\{home\}\/\*\*)/);
  const again = await work(at);
  expect(refusals(again.events), policy).toEqual([]);
  expect({ code: again.code, stdout: again.stdout }, again.stderr).toEqual({
    code: 0,
    stdout: recorded.stdout,
  });
  // It is an allowlist still: what was not done is refused.
  const other = await finished(
    start(at, ['sh', '-c', 'cat /etc/fstab; perl -e 1'], ['--agent', 'worker']),
    at,
  );
  expect(refusals(other.events).length).toBeGreaterThan(0);
}, 240_000);
