/**
 * What a client of the local socket asks besides starting an agent: processes that run already are adopted, and
 * released again; runs under way are listed.
 *
 * Root may do all of it. Another user may list their own, and where a row of `allow` says `adopt: true` bring a process
 * of their own under an agent of that row, and release it again: never what is somebody else's, and never through
 * a process of an agent.
 *
 * Throws: LOCAL_FORBIDDEN, LOCAL_AGENT, LOCAL_PROTOCOL, RUN_….
 */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { WarderError } from '../../base/error.ts';
import { loadAddon } from '../../kernel/addon.ts';
import { containerNaming } from '../adoption/keeper.ts';
import { unitNaming } from '../adoption/rules.ts';
import type { AdoptionTarget } from '../adoption/target.ts';
import type { RunSummary } from '../runs/run.ts';
import { type AdoptAsked, protocolError, type RunListed, type RuntimeSays } from './frames.ts';
import { groupsOf, isOwnedBy, type LocalPeer } from './peer.ts';
import { permittedAgent } from './permissions.ts';
import type { LocalApiOptions } from './server.ts';

const word = z
  .string()
  .min(1)
  .max(4096)
  .regex(/^[^\0]*$/);

const adoptSchema = z.strictObject({
  agent: word.optional(),
  workspace: word.regex(/^\//).optional(),
  unit: word.optional(),
  cgroup: word.optional(),
  container: word.optional(),
  pid: z.int().min(1).optional(),
  exe: word.optional(),
});

export const askSchemas = [
  z.strictObject({ adopt: adoptSchema }),
  z.strictObject({ release: word.max(64) }),
  z.strictObject({ list: z.literal(true) }),
] as const;

export type Ask = z.output<(typeof askSchemas)[number]>;

type Surroundings = Pick<LocalApiOptions, 'runtime' | 'permissions' | 'containerOf'>;

interface Named {
  target: AdoptionTarget;
  /** What the agent is called where nobody says. */
  name: string;
  labels?: Readonly<Record<string, string>>;
}

export async function answerAsk(ask: Ask, peer: LocalPeer, options: Surroundings): Promise<RuntimeSays> {
  const { runtime } = options;
  if (runtime.isGoverned(peer.pid) || loadAddon().processEnded(peer.process)) throw ofAgent(peer.uid);
  if ('list' in ask) return { runs: listed(options, peer) };
  if ('adopt' in ask) return await adopt(ask.adopt, peer, options);
  const run = runtime.runs().find(({ run: id }) => id === ask.release);
  if (peer.uid !== 0 && (!run || ownerOf(run) !== peer.uid)) throw notTheirs(peer.uid, ask.release);
  if (run?.by === 'rule') throw ofRule(run);
  await runtime.release(ask.release);
  return { released: { run: ask.release } };
}

function listed({ runtime }: Surroundings, { uid }: LocalPeer): RunListed[] {
  const counts = runtime.processCounts();
  const shown = runtime.runs().filter((run) => uid === 0 || ownerOf(run) === uid);
  return shown.map((run) => ({ ...run, processes: counts.get(run.run) ?? 0 }));
}

function ownerOf({ by }: RunSummary): number {
  return typeof by === 'object' ? by.uid : 0;
}

async function adopt(asked: AdoptAsked, peer: LocalPeer, options: Surroundings): Promise<RuntimeSays> {
  const { runtime, permissions } = options;
  const { uid } = peer;
  if (uid !== 0) requireOwn(asked, peer);
  const { target, name, labels } = await named(asked, options);
  const rows = uid === 0 ? permissions() : permissions().filter((row) => row.adopt);
  const agent = permittedAgent(asked.agent, name, { uid, gids: groupsOf(peer) }, rows);
  const { workspace } = asked;
  const adopted = await runtime.adopt({ agent, target, workspace, labels, by: { uid } });
  adopted.ended.catch(() => {});
  const { run } = adopted;
  // Its number may have become somebody else's meanwhile.
  if (uid !== 0 && !isOwnedBy(asked.pid!, uid)) {
    await adopted.release();
    throw notOwn(uid, asked.pid!);
  }
  const what = runtime.runs().find((one) => one.run === run)?.adopted ?? '';
  return { adopted: { run, agent, what, processes: adopted.processes() } };
}

async function named(asked: AdoptAsked, { containerOf }: Surroundings): Promise<Named> {
  const { unit, cgroup, container, pid, exe } = asked;
  const given = [unit, cgroup, container, pid, exe].filter((one) => one !== undefined);
  if (given.length !== 1) throw protocolError(`${given.length} things to adopt, and not one`);
  if (unit !== undefined) return { target: { unit }, name: unitNaming(unit).name, labels: { unit } };
  if (cgroup !== undefined) return { target: { cgroup }, name: basename(cgroup) };
  if (exe !== undefined) return { target: { exe }, name: basename(exe) };
  if (pid !== undefined) return { target: { pid }, name: commOf(pid) };
  const known = await containerOf(container!);
  if (!known) return { target: { containerId: container! }, name: container! };
  const { name, labels } = containerNaming(known);
  return { target: { containerId: known.id }, name, ...(labels ? { labels } : {}) };
}

function commOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return String(pid);
  }
}

function requireOwn({ pid }: AdoptAsked, { uid }: LocalPeer): void {
  if (pid === undefined) {
    throw new WarderError(
      'LOCAL_FORBIDDEN',
      `user ${uid} asked for something else than a process of theirs to be adopted`,
      'name a process of yours with --pid; units, cgroups, containers and executables are for root',
    );
  }
  if (!isOwnedBy(pid, uid)) throw notOwn(uid, pid);
}

function notOwn(uid: number, pid: number): WarderError {
  return new WarderError(
    'LOCAL_FORBIDDEN',
    `process ${pid} is not one of user ${uid}`,
    'adopt a process of yours, or ask the operator for a rule under `adopt` in runtime.yaml',
  );
}

function notTheirs(uid: number, run: string): WarderError {
  return new WarderError(
    'LOCAL_FORBIDDEN',
    `user ${uid} has adopted no run ${run}`,
    'see yours with: warder adopt --list; root may release any',
  );
}

function ofRule({ run, adopted }: RunSummary): WarderError {
  return new WarderError(
    'RUN_NOT_ADOPTED',
    `the run ${run} was not adopted by a command: a rule of \`adopt\` names ${adopted}`,
    'take the rule out of runtime.yaml, then: systemctl reload warder-runtime',
  );
}

function ofAgent(uid: number): WarderError {
  return new WarderError(
    'LOCAL_AGENT',
    `a process of an agent (user ${uid}), or one that has ended, asked for processes to be adopted or released`,
    'agents adopt and release nothing; do it from outside',
  );
}
