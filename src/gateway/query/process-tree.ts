/**
 * The processes of a run: who started whom, what each ran, how it ended.
 *
 * In:     the log, by the index of runs: forks, execs, exits, and what was refused.
 * Out:    nodes in the order in which the processes were first seen; the exec ids of a subtree.
 * Bounded: TREES trees are kept, and carried on where the log has grown; a tree keeps NODES processes and PROGRAMS
 *         program starts, a process PROGRAMS_KEPT of them, a start ARGUMENTS characters of its arguments.
 * Throws: GATEWAY_REQUEST for a process that the run does not have.
 */
import type { DatabaseSync } from 'node:sqlite';
import { WarderError } from '../../base/error.ts';
import { toLong, toNumber } from '../../contract/int64.ts';
import { Event, type Exec, type ProcessNode, Verdict } from '../../contract/messages.ts';
import { KINDS } from '../store/entry.ts';

const TREES = 2;
const NODES = 50_000;
const PROGRAMS_KEPT = 100;
/** Program starts of one tree, and characters of the arguments of one: an agent chooses how many and how long. */
const PROGRAMS = 50_000;
const ARGUMENTS = 1000;
const STRUCTURE = (['fork', 'exec', 'exit'] as const).map((kind) => KINDS.indexOf(kind)).join(', ');

export interface RunTree {
  agent: string;
  processes: readonly ProcessNode[];
  /** The process and all below it. */
  subtree(execId: string): Set<string>;
}

export class ProcessTrees {
  readonly #database: DatabaseSync;
  /** Least recently used first. */
  readonly #trees = new Map<string, Tree>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  of(run: string): RunTree {
    const tree = this.#trees.get(run) ?? new Tree(run);
    this.#trees.delete(run);
    this.#trees.set(run, tree);
    for (const [oldest] of this.#trees) {
      if (this.#trees.size <= TREES) break;
      this.#trees.delete(oldest);
    }
    const rows = this.#database
      .prepare(
        `SELECT idx, body FROM events WHERE run = (SELECT id FROM runs WHERE name = ?) AND idx >= ?
         AND (kind IN (${STRUCTURE}) OR verdict > 1 OR would > 1) ORDER BY idx`,
      )
      .iterate(run, tree.next);
    for (const { idx, body } of rows) tree.add(idx as number, Event.decode(body as Uint8Array));
    return tree;
  }
}

class Tree implements RunTree {
  readonly run: string;
  readonly processes: ProcessNode[] = [];
  readonly #byId = new Map<string, ProcessNode>();
  #programs = 0;
  agent = '';
  next = 0;

  constructor(run: string) {
    this.run = run;
  }

  add(index: number, event: Event): void {
    this.next = index + 1;
    this.agent ||= event.agent ?? '';
    const node = this.#node(index, event);
    if (!node) return;
    const { decision, exec, exited } = event;
    const refused = isRefusal(decision?.verdict);
    const wouldRefuse = !refused && isRefusal(decision?.would?.verdict);
    if (refused) node.refused = toLong(toNumber(node.refused) + 1);
    if (wouldRefuse) node.wouldRefuse = toLong(toNumber(node.wouldRefuse) + 1);
    if (exec) {
      node.programsTotal = toLong(toNumber(node.programsTotal) + 1);
      if (node.programs!.length < PROGRAMS_KEPT && this.#programs < PROGRAMS) {
        this.#programs++;
        node.programs!.push({
          index: toLong(index),
          timeUnixNs: event.timeUnixNs ?? null,
          exec: shortened(exec),
          ...(decision && (refused || wouldRefuse) ? { decision } : {}),
        });
      }
    }
    if (exited) {
      node.exited = exited;
      node.endedUnixNs = event.timeUnixNs ?? null;
    }
  }

  subtree(execId: string): Set<string> {
    if (!this.#byId.has(execId)) {
      throw new WarderError(
        'GATEWAY_REQUEST',
        `the run ${this.run} has no process '${execId}'`,
        'take the exec id of a process from the run: warder ps RUN',
      );
    }
    const children = new Map<string, string[]>();
    for (const { execId: id, parentExecId: parent } of this.processes) {
      const list = children.get(parent!);
      if (list) list.push(id!);
      else children.set(parent!, [id!]);
    }
    const found = new Set([execId]);
    for (const id of found) for (const child of children.get(id) ?? []) found.add(child);
    return found;
  }

  #node(index: number, { process, timeUnixNs }: Event): ProcessNode | undefined {
    if (!process?.execId) return undefined;
    let node = this.#byId.get(process.execId);
    if (!node && this.processes.length < NODES) {
      const { execId, parentExecId, pid, uid, user } = process;
      node = {
        execId,
        parentExecId: parentExecId ?? '',
        pid: pid ?? 0,
        uid: uid ?? 0,
        user: user ?? '',
        firstIndex: toLong(index),
        firstUnixNs: timeUnixNs ?? null,
        programs: [],
      };
      this.#byId.set(execId, node);
      this.processes.push(node);
    }
    return node;
  }
}

function shortened(exec: Exec): Exec {
  const argv: string[] = [];
  let room = ARGUMENTS;
  for (const word of exec.argv ?? []) {
    if (room <= 0) break;
    argv.push(word.slice(0, room));
    room -= word.length + 1;
  }
  const cut = room < 0 || argv.length < (exec.argv?.length ?? 0);
  return { ...exec, argv, argvCut: exec.argvCut || cut };
}

function isRefusal(verdict: Verdict | null | undefined): boolean {
  return verdict === Verdict.VERDICT_DENY || verdict === Verdict.VERDICT_HOLD;
}
