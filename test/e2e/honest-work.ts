/**
 * The same work twice: by itself and as a governed agent, each in a directory of its own that looks the same.
 *
 * In:  a policy, a shell script, who does it. Out: both outcomes, and what the governed one was refused.
 */
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { finished, type JsonEvent, type Place, place, start } from './governed.ts';

export interface Work {
  plain: { code: number | null; stdout: string };
  governed: { code: number | null; stdout: string };
  /** On stderr of the governed one, for whoever reads a failure. */
  stderr: string;
  refused: string[];
}

const NOBODY = 65534;
const STDIO: ['ignore', 'pipe', 'pipe'] = ['ignore', 'pipe', 'pipe'];

export async function work(policy: string, script: string, user?: 'nobody'): Promise<Work> {
  const first = workplace(policy, user);
  const as = user ? ['setpriv', '--reuid', user, '--regid', 'nogroup', '--clear-groups'] : [];
  const [program = '', ...words] = [...as, 'sh', '-c', script];
  const [plain, run] = await Promise.all([
    finished(spawn(program, words, { cwd: first.workspace, env: environment(first), stdio: STDIO }), first),
    governedWork(policy, script, user),
  ]);
  return { plain: { code: plain.code, stdout: withoutPlace(plain.stdout, first) }, ...run };
}

/** Only the governed half. */
export async function governedWork(
  policy: string,
  script: string,
  user?: 'nobody',
): Promise<Omit<Work, 'plain'>> {
  const at = workplace(policy, user);
  const options = user ? ['--user', user] : [];
  const run = await finished(start(at, ['sh', '-c', script], options, environment(at)), at);
  return {
    governed: { code: run.code, stdout: withoutPlace(run.stdout, at) },
    stderr: run.stderr,
    refused: run.events.filter(isRefusal).map(({ decision, exec, fileOpen, network, ...event }) => {
      const target = exec?.path ?? fileOpen?.path ?? network?.address ?? JSON.stringify(event);
      return `${decision?.category} ${target}: ${decision?.outcome} ${decision?.reason}`;
    }),
  };
}

function workplace(policy: string, user: string | undefined): Place {
  const at = place(policy);
  chmodSync(at.directory, 0o755);
  mkdirSync(home(at));
  for (const directory of [at.workspace, home(at)]) if (user) chownSync(directory, NOBODY, NOBODY);
  return at;
}

function home(at: Place): string {
  return join(at.directory, 'home');
}

function environment(at: Place): NodeJS.ProcessEnv {
  return { PATH: '/usr/bin:/bin:/usr/sbin', HOME: home(at), LC_ALL: 'C.UTF-8', TERM: 'dumb' };
}

function withoutPlace(text: string, at: Place): string {
  return text.replaceAll(at.directory, '(place)');
}

function isRefusal({ decision }: JsonEvent): boolean {
  return decision?.verdict === 'VERDICT_DENY' || decision?.verdict === 'VERDICT_HOLD';
}
