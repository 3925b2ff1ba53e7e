/**
 * Files whose content is worth knowing before a run starts, so that its first try of them is not refused.
 *
 * In:  a compiled policy with rules by content, the run's command, its working directory, PATH and workspace.
 * Out: absolute names: the command's program; executable files of the workspace; and where contents are denied or
 *      held, every program that exec allows by its place. Bounded: what is left out is read at its first try.
 */
import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CompiledPolicy } from '../../kernel/policy-rows.ts';

const FILES = 2_000;
const BYTES = 256 << 20;
const DEPTH = 4;

export interface ContentSetting {
  command: readonly string[];
  workingDirectory: string;
  /** PATH of the agent. */
  path: string | undefined;
  workspace: string;
}

export function contentCandidates(policy: CompiledPolicy, setting: ContentSetting): string[] {
  if (policy.contents.length === 0) return [];
  const found = new Bounded();
  found.add(programOf(setting));
  found.addTree(setting.workspace, DEPTH);
  if (policy.contents.some(({ match }) => (match.deny | match.hold) !== 0)) {
    for (const { category, prefix, match } of policy.paths) {
      if (category !== 'exec' || match.allow === 0) continue;
      const path = prefix.toString();
      if (path.endsWith('\0')) found.add(path.slice(0, -1));
      else found.addTree(path, DEPTH);
    }
  }
  return [...found.names];
}

/** The program that execvp(3) would take. */
function programOf({ command, workingDirectory, path }: ContentSetting): string {
  const name = command[0] ?? '';
  if (name.includes('/')) return resolve(workingDirectory, name);
  const places = (path ?? '/usr/bin:/bin').split(':').map((place) => resolve(workingDirectory, place, name));
  return places.find(isExecutable) ?? '';
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

class Bounded {
  readonly names = new Set<string>();
  #entries = FILES * 10;
  #bytes = BYTES;

  add(path: string): void {
    try {
      const real = realpathSync(path);
      if (this.names.size >= FILES || this.names.has(real) || !isExecutable(real)) return;
      const { size } = statSync(real);
      if (size > this.#bytes) return;
      this.#bytes -= size;
      this.names.add(real);
    } catch {
      // not there: nothing to know
    }
  }

  addTree(directory: string, depth: number): void {
    if (depth === 0) return;
    for (const entry of entriesOf(directory)) {
      if (this.#entries-- <= 0) return;
      const path = join(directory, entry.name);
      if (entry.isDirectory()) this.addTree(path, depth - 1);
      else this.add(path);
    }
  }
}

function entriesOf(directory: string) {
  try {
    return readdirSync(directory, { withFileTypes: true });
  } catch {
    return [];
  }
}
