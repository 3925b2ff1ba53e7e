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

async function work(at: Place) {
  const environment = {
    PATH: '/usr/bin:/bin',
    HOME: join(at.directory, 'home'),
    LC_ALL: 'C.UTF-8',
    TERM: 'dumb',
  };
  return finished(start(at, ['sh', '-c', WORK], ['--agent', 'worker'], environment), at);
}

const refusals = (events: readonly JsonEvent[]) =>
  events
    .filter(({ decision }) => decision?.verdict === 'VERDICT_DENY' || decision?.verdict === 'VERDICT_HOLD')
    .map(({ decision, exec, fileOpen, fileChange, load, privileged }) =>
      JSON.stringify([decision?.category, exec?.path, fileOpen?.path, fileChange, load, privileged]),
    );

test('the same work under what was learned from it is refused nothing', async () => {
  const at = place(MONITOR);
  mkdirSync(join(at.directory, 'home'));
  const recorded = await work(at);
  expect(recorded.stdout).toMatch(/^built\nfirst\n.*Linux.*\nbuilt\ndone\n$/s);
  const words = [
    '--state',
    at.state,
    '--run',
    'last',
    '--home',
    join(at.directory, 'home'),
    '--enforce',
    '--out',
    at.policy,
  ];
  const learned = spawnSync(WARDER, ['policy', 'learn', ...words], { encoding: 'utf8' });
  expect(learned.stderr).not.toMatch(/not in it/);
  expect(learned.status).toBe(0);
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
