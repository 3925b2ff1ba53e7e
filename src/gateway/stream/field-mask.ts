/**
 * Field masks: which fields of a LoggedEvent a consumer wants.
 *
 * In:     paths of proto field names, `event.exec.path`; a whole message by its own name, `event.exec`.
 * Out:    a function that takes everything else out of a decoded LoggedEvent. `index` always stays.
 * Throws: GATEWAY_REQUEST for a path that names no field.
 *
 * What is left proves nothing by itself: proofs are about whole events.
 */
import { WarderError } from '../../base/error.ts';
import type { LoggedEvent } from '../../contract/messages.ts';

/** Messages by name, their fields with the message that each holds, or '' for a plain value. */
export const FIELDS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  LoggedEvent: { index: '', host: '', boot: '', origin: '', event: 'Event' },
  Event: {
    ...plain('sequence time_unix_ns agent run cut'),
    process: 'Process',
    decision: 'Decision',
    redactions: 'Redaction',
    forked: 'Forked',
    exec: 'Exec',
    exited: 'Exited',
    file_open: 'FileOpen',
    network: 'NetworkAction',
    loss: 'Loss',
    run_started: 'RunStarted',
    run_ended: 'RunEnded',
    notice: 'Notice',
    file_change: 'FileChange',
    load: 'Load',
    privileged: 'Privileged',
    gateway: 'GatewayEvent',
    name_lookup: 'NameLookup',
    context_change: 'ContextChange',
    usage: 'Usage',
  },
  Process: plain('exec_id pid tid uid user executable comm parent_exec_id'),
  Decision: { ...plain('verdict outcome reason category layer policy'), rule: 'RuleRef', would: 'Decision' },
  RuleRef: plain('layer category effect pattern because file line'),
  Redaction: plain('kind count'),
  Forked: {},
  Exec: plain('path script argv argv_cut working_directory cgroup_id gid inode device deleted'),
  Exited: plain('code signal'),
  FileOpen: plain('path read write create truncate inode device directory deleted'),
  NetworkAction: plain('kind protocol address port name'),
  Loss: { counts: 'Loss.Count' },
  'Loss.Count': plain('kind cause records'),
  RunStarted: {
    ...plain('argv workspace user policy unenforced argv_cut adopted'),
    labels: 'Label',
  },
  Label: plain('key value'),
  RunEnded: plain('code signal stragglers'),
  Notice: plain('kind text'),
  FileChange: plain('operation path target mode'),
  Load: plain('path inode device'),
  Privileged: plain('privilege detail target_pid'),
  GatewayEvent: { ...plain('action subject because'), actor: 'Actor', changes: 'GatewayEvent.Change' },
  NameLookup: plain('name type server code aliases addresses removed cached looks_like'),
  ContextChange: plain(
    'operation uid effective_uid gid effective_gid capabilities namespaces name target_pid',
  ),
  Usage: plain('execs connects changes egress_bytes time_ms'),
  Actor: plain('kind name credential address'),
  'GatewayEvent.Change': plain('field before after'),
};

function plain(names: string): Record<string, string> {
  return Object.fromEntries(names.split(' ').map((name) => [name, '']));
}

const PATHS = 64;

/** Names of the generated code; null: the whole of it. */
type Tree = Map<string, Tree | null>;

export type Mask = (logged: LoggedEvent) => LoggedEvent;

export function fieldMask(paths: readonly string[]): Mask {
  if (paths.length > PATHS)
    throw unknown(`${paths.length} fields`, `name at most ${PATHS}, or whole messages`);
  const tree: Tree = new Map([['index', null]]);
  for (const path of paths) add(tree, path);
  return (logged) => masked(logged, tree);
}

function add(tree: Tree, path: string): void {
  let message = 'LoggedEvent';
  let at = tree;
  const names = path.split('.');
  for (const [depth, name] of names.entries()) {
    const fields: Readonly<Record<string, string>> = FIELDS[message] ?? {};
    if (!Object.hasOwn(fields, name)) {
      const known = Object.keys(fields).join(', ');
      throw unknown(
        `the field '${path}'`,
        known ? `${message} has ${known}` : `'${names[depth - 1]}' has no fields`,
      );
    }
    const key = name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    message = fields[name]!;
    if (depth === names.length - 1) at.set(key, null);
    const next = at.get(key);
    if (next === null) return; // wanted whole
    const child: Tree = next ?? new Map();
    at.set(key, child);
    at = child;
  }
}

function masked<T extends object>(message: T, tree: Tree): T {
  const out: Record<string, unknown> = {};
  for (const [key, wanted] of tree) {
    const value = (message as Record<string, unknown>)[key];
    if (value === null || value === undefined) continue;
    if (wanted === null) out[key] = value;
    else if (Array.isArray(value)) out[key] = value.map((each: object) => masked(each, wanted));
    else out[key] = masked(value as object, wanted);
  }
  return out as T;
}

function unknown(what: string, fix: string): WarderError {
  return new WarderError('GATEWAY_REQUEST', `the field mask has ${what}`, fix);
}
