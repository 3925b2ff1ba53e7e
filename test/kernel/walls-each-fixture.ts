/**
 * What walls-each.test.ts tries its acts with: a directory for each trial, the launcher with a description or none.
 *
 * In:  acts of hostile/each.py, which has those of hostile/kernel.py too.
 * Out: what became of each: 'effect', 'refused ERRNO', 'none …', 'killed N'; and the launcher's lines.
 */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunLimits } from '../../src/runtime/walls/limits.ts';
import { removeTree } from '../remove-tree.ts';
import { described, eventually, held, type LaunchOptions, makeCgroup, start } from './launcher-fixtures.ts';
import { Arena, type Words } from './walls-fixture.ts';

/** How acts are started. */
export interface How {
  /** The words of a description; without them the launcher puts up no walls. */
  walls?: string[];
  launch?: LaunchOptions;
  pids?: number;
}

export interface Tried {
  words: Words;
  lines: string[];
  place: string;
}

export class Trials {
  readonly arena = new Arena();
  environment: Words = {};
  readonly #beside = mkdtempSync(join(tmpdir(), 'warder-beside-'));
  #count = 0;

  async begin(): Promise<void> {
    await this.arena.start();
    const { workspace } = this.arena;
    this.environment = { ...this.arena.environment, WORKSPACE: workspace, BESIDE: this.#beside };
  }

  async end(): Promise<void> {
    removeTree(this.#beside);
    await this.arena.end();
  }

  /** What the outsider makes on demand, of the trial that is being made. */
  get later(): string {
    return join(this.arena.workspace, `later-${this.#count}`);
  }

  /** Without site packages and environment: a third of the time. */
  command(...acts: string[]): string[] {
    return ['/usr/bin/python3', '-SEB', join(this.arena.workspace, 'hostile/each.py'), ...acts];
  }

  /** One act; what became of it under the name `word`. */
  async one(act: string, how: (place: string) => How): Promise<Tried & { word: string }> {
    const result = await this.many([act], how);
    return { ...result, word: result.words[act] ?? result.lines.join(' | ') };
  }

  async many(acts: readonly string[], how: (place: string) => How): Promise<Tried> {
    const place = this.#makePlace();
    const { walls, launch, pids } = how(place);
    // A controller is handed down to the second level.
    const cgroup = pids ? join(makeCgroup(), 'run') : undefined;
    if (cgroup) mkdirSync(cgroup);
    const limits = cgroup
      ? new RunLimits({ pids: pids!, memoryBytes: 0, cpuPercent: 0 }, `each-${process.pid}`, cgroup)
      : null;
    const agent = start(this.command(...acts), {
      environment: { ...this.environment, LATER: `${this.#count}` },
      ...(cgroup ? { cgroup } : {}),
      ...(walls ? { walls: described(...walls) } : {}),
      ...launch,
      flags: ['--chdir', place, ...(launch?.flags ?? [])],
    });
    try {
      await agent.said(/^(pid|error) /);
      limits?.join(await held(agent));
      agent.control.write('go\n');
      await agent.ended;
    } finally {
      limits?.end();
      if (cgroup) await eventually(() => rmdirSync(cgroup));
    }
    return { words: lastLine(agent.output()), lines: agent.lines, place };
  }

  /** A directory with what the acts need. Its permission bits refuse nobody. */
  #makePlace(): string {
    const place = join(this.arena.directory, `each-${++this.#count}`);
    const modes: [string, number][] = [['', 0o777], ['sub', 0o777], ['empty', 0o777], ['file', 0o666],
      ['other.key', 0o666], ['sub/file', 0o666], ['private', 0o600], ['program', 0o777], ['id', 0o4755]]; // biome-ignore format: a table
    for (const name of ['', 'sub', 'empty']) mkdirSync(join(place, name));
    for (const name of ['file', 'other.key', 'sub/file', 'private'])
      writeFileSync(join(place, name), 'SECRET\n');
    copyFileSync(this.environment.PROGRAM!, join(place, 'program'));
    copyFileSync('/usr/bin/id', join(place, 'id'));
    for (const [name, mode] of modes) chmodSync(join(place, name), mode);
    return place;
  }
}

/** What hostile/attack.py prints last; nothing where the start failed. */
export function lastLine(output: string): Words {
  return JSON.parse(output.trim().split('\n').at(-1) || '{}');
}
