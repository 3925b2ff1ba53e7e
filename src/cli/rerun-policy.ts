/**
 * A set of policy files as runs of the log would have had it: effective for the run's agent, with its workspace, its
 * user's home and this host's links.
 *
 * Throws: POLICY_INVALID, as loading does; RUN_NAME_SERVICE.
 */
import type { RunSummary } from '../contract/messages.ts';
import type { Variables } from '../contract/path-pattern.ts';
import { loadPolicyFiles } from '../gateway/policy/load.ts';
import { Reruns } from '../gateway/policy/reruns.ts';
import { HostPaths } from '../runtime/enforcement/host-paths.ts';
import { findNow } from '../runtime/identity/name-services.ts';
import { RUN_DIRECTORIES } from '../runtime/launch/run-directory.ts';
import { readyOnHost } from './policy-inputs.ts';

/** @param links whether links of this host are followed, as a run here would have it */
export function rerunsOf(files: readonly string[], links: boolean): Reruns {
  const paths = links ? new HostPaths() : new HostPaths(() => null);
  return new Reruns(loadPolicyFiles(files), (policy, run) => readyOnHost(policy, runVariables(run), paths));
}

export function runVariables({ run, started }: RunSummary): Variables {
  const home = homeOf(started?.user ?? '');
  return {
    ...(started?.workspace ? { workspace: started.workspace } : {}),
    ...(home ? { home } : {}),
    run: `${RUN_DIRECTORIES}/${run}`,
  };
}

const homes = new Map<string, string | undefined>();

/** Home directory of a user of this host, whichever name service has them. */
function homeOf(user: string): string | undefined {
  if (user === '') return undefined;
  if (!homes.has(user)) homes.set(user, findNow('passwd', user)?.[5]);
  const home = homes.get(user);
  return home?.startsWith('/') && home !== '/' ? home : undefined;
}
