/** With LSM an agent that is root can neither end, stop, trace, change nor leave the runtime that governs it. */
import { spawn } from 'node:child_process';
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { cleanUp, finished, ORDINARY, place, policyOf, WARDER } from '../e2e/governed.ts';

afterAll(cleanUp);

const ATTACKS = fileURLToPath(new URL('../kernel/hostile/daemon.py', import.meta.url));
const REFUSED = /^(EPERM|EACCES|EBUSY|ENOENT|EROFS|ESRCH|ENOSYS)$/;

test('every try fails, is told, and the run ends as it would have', async () => {
  const at = place(policyOf(ORDINARY.replace('write:\n', 'write:\n    - allow: [/sys/**, /proc/**]\n')));
  cpSync(ATTACKS, join(at.workspace, 'daemon.py'));
  const pins = '/sys/fs/bpf/warder/none';
  const fixed = ['--policy', at.policy, '--workspace', at.workspace, '--state', at.state, '--json'];
  const attack = [pins, at.state, `${pins}/maps-1/runs`, `${pins}/links-1/on_exec`, 'tried'];
  // The shell's number is the runtime's: it becomes it.
  const run = `exec "$0" run "$@" -- python3 daemon.py $$ ${attack.join(' ')}`;
  const child = spawn('/bin/sh', ['-c', run, WARDER, ...fixed, '--output', at.events], {
    cwd: at.workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { code, stderr, events } = await finished(child, at);
  expect(code, stderr).toBe(0);
  const tried = JSON.parse(readFileSync(join(at.workspace, 'tried'), 'utf8')) as Record<string, string>;
  expect(Object.keys(tried).length).toBeGreaterThanOrEqual(25);
  expect(Object.entries(tried).filter(([, result]) => !REFUSED.test(result))).toEqual([]);
  const told = new Set(events.map(({ privileged }) => privileged?.privilege));
  for (const name of ['signal-others', 'ptrace-others', 'bpf', 'mount', 'host']) expect(told).toContain(name);
});
