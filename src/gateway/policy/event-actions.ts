/**
 * The actions behind a recorded event, as a policy judges them: to decide them again, or to learn from them.
 *
 * Out: actions; none for an event about which a policy says nothing. `unsure` says why an event cannot be decided from
 *      what was recorded: a path that was cut, redacted or not resolved, an address family without rules.
 */
import { isAbsolute, resolve } from 'node:path';
import type { Action, FileAction } from '../../contract/action.ts';
import { parseAddress } from '../../contract/address.ts';
import { type Event, type Exec, type NetworkAction, NetworkKind, Reason } from '../../contract/messages.ts';
import { PRIVILEGES } from '../../contract/pattern.ts';

export interface EventActions {
  actions: Action[];
  /** Empty where all is known. */
  unsure: string;
}

/** Kinds of events that a policy decides about, as filters name them. */
export const DECIDED_KINDS = ['exec', 'open', 'change', 'load', 'network', 'lookup', 'privileged'];

const REDACTED = '[REDACTED:';
const NOTHING: EventActions = { actions: [], unsure: '' };

export function actionsOf(event: Event): EventActions {
  const { exec, fileOpen, fileChange, load, network, privileged, decision } = event;
  if (decision?.reason === Reason.REASON_UNRESOLVED) return unsure('its target could not be resolved');
  if (exec)
    return files(
      event,
      execPaths(exec).map((path) => ({ category: 'exec', path })),
    );
  if (fileOpen) {
    const path = fileOpen.path ?? '';
    const writes = fileOpen.write || fileOpen.truncate || fileOpen.create;
    return files(event, [
      ...(fileOpen.read ? [{ category: 'read' as const, path }] : []),
      ...(writes ? [{ category: 'write' as const, path }] : []),
    ]);
  }
  if (fileChange) {
    const second = fileChange.operation === 'rename' || fileChange.operation === 'link';
    const paths = [fileChange.path ?? '', ...(second ? [fileChange.target ?? ''] : [])];
    return files(
      event,
      paths.map((path) => ({ category: 'write', path })),
    );
  }
  if (load) return files(event, [{ category: 'load', path: load.path ?? '' }]);
  if (network) return networkActions(network);
  if (privileged) {
    const privilege = PRIVILEGES.find((known) => known === privileged.privilege);
    return privilege
      ? { actions: [{ category: 'privileged', privilege }], unsure: '' }
      : unsure('no rule can name it');
  }
  return NOTHING;
}

/** What runs, and the script it runs: each must be allowed. */
function execPaths({ path, script, workingDirectory }: Exec): string[] {
  if (!script) return [path ?? ''];
  if (isAbsolute(script)) return [path ?? '', resolve(script)];
  return [path ?? '', workingDirectory ? resolve(workingDirectory, script) : ''];
}

function files(event: Event, actions: FileAction[]): EventActions {
  if (actions.some(({ path }) => path.includes(REDACTED))) return unsure('a path of it is redacted');
  if (event.cut || actions.some(({ path }) => !path.startsWith('/')))
    return unsure('a path of it is not whole');
  return { actions, unsure: '' };
}

function networkActions({ kind, protocol, address, port, name }: NetworkAction): EventActions {
  const category = kind === NetworkKind.KIND_BIND ? 'listen' : 'connect';
  if (address?.startsWith('/') || address?.startsWith('@')) {
    if (address.includes(REDACTED)) return unsure('its address is redacted');
    return { actions: [{ category, unix: address }], unsure: '' };
  }
  const parsed = parseAddress(address ?? '');
  if (!parsed || (protocol !== 'tcp' && protocol !== 'udp')) return unsure('no rule can name its address');
  return {
    actions: [
      {
        category,
        protocol,
        address: parsed.bytes,
        port: port ?? 0,
        ...(name ? { host: name.toLowerCase() } : {}),
      },
    ],
    unsure: '',
  };
}

function unsure(why: string): EventActions {
  return { actions: [], unsure: why };
}
