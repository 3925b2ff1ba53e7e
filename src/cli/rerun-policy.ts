/**
 * A set of policy files as runs of the log would have had it: effective for the run's agent, with its workspace, its
 * user's home and this host's links.
 *
 * Throws: POLICY_INVALID, POLICY_VARIABLE, as loading and preparing do. A run whose agent no document is for, gives a
 * refusal instead.
 */
import { readFileSync } from 'node:fs';
import type { RunSummary } from '../contract/messages.ts';
import type { Variables } from '../contract/path-pattern.ts';
import type { ReadyPolicy } from '../gateway/policy/decide.ts';
import type { PolicyDocument } from '../gateway/policy/document.ts';
import { effectivePolicy } from '../gateway/policy/layers.ts';
import { loadPolicyFiles } from '../gateway/policy/load.ts';
import { HostPaths } from '../runtime/enforcement/host-paths.ts';
import { RUN_DIRECTORIES } from '../runtime/launch/run-directory.ts';
import { readyOnHost } from './policy-inputs.ts';

export type Rerun = { ready: ReadyPolicy } | { refusal: string };

export class RerunPolicy {
  readonly #documents: readonly PolicyDocument[];
  readonly #paths: HostPaths;
  readonly #made = new Map<string, Rerun>();

  /** @param links whether links of this host are followed, as a run here would have it */
  constructor(files: readonly string[], links: boolean) {
    this.#documents = loadPolicyFiles(files);
    this.#paths = links ? new HostPaths() : new HostPaths(() => null);
  }

  for(run: RunSummary): Rerun {
    const { workspace = '', user = '' } = run.started ?? {};
    // A rule with ${run} stands for another path in each run.
    const key = JSON.stringify([run.agent, workspace, user, run.run]);
    let made = this.#made.get(key);
    if (!made) {
      const answer = effectivePolicy(this.#documents, run.agent ?? '');
      made =
        'policy' in answer
          ? { ready: readyOnHost(answer.policy, runVariables(run), this.#paths) }
          : { refusal: answer.refusal };
      if (this.#made.size >= 100) this.#made.clear();
      this.#made.set(key, made);
    }
    return made;
  }
}

export function runVariables({ run, started }: RunSummary): Variables {
  const home = homeOf(started?.user ?? '');
  return {
    ...(started?.workspace ? { workspace: started.workspace } : {}),
    ...(home ? { home } : {}),
    run: `${RUN_DIRECTORIES}/${run}`,
  };
}

let homes: Map<string, string> | undefined;

/** Home directory of a user of this host. */
export function homeOf(user: string): string | undefined {
  homes ??= new Map(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => line.split(':'))
      .filter((fields) => fields.length >= 6 && fields[5]!.startsWith('/') && fields[5] !== '/')
      .map((fields) => [fields[0]!, fields[5]!]),
  );
  return homes.get(user);
}
