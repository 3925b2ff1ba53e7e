/**
 * What an event tells beyond who and when, by its kind: the `detail` of the contract's Event.
 *
 * In:     a raw kernel event, the strings of its run.
 * Out:    a sealed message of the one kind.
 */
import { toLong } from '../contract/int64.ts';
import type { ContextChange, Event, Exec, FileOpen } from '../contract/messages.ts';
import { NetworkKind } from '../contract/messages.ts';
import type { ContextEvent, ExecEvent, KernelEvent, OpenEvent, SocketEvent } from '../kernel/events.ts';
import { enums } from '../kernel/generated/layout.ts';
import { EVENT_FLAG, PROTOCOL_NAMES } from '../kernel/names.ts';
import type { LookupTold } from './egress/lookup.ts';
import { ownText, type Sealed } from './redaction/redacted.ts';
import type { RunStrings } from './runs/strings.ts';

const O_ACCMODE = 0o3;
const O_WRONLY = 0o1;
const O_CREAT = 0o100;
const O_TRUNC = 0o1000;
const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;

const NETWORK_KINDS = {
  connect: NetworkKind.KIND_CONNECT,
  send: NetworkKind.KIND_SEND,
  bind: NetworkKind.KIND_BIND,
};

/** @param nameOf the host name that an address was given for */
export function eventDetail(
  event: KernelEvent,
  strings: RunStrings,
  nameOf?: (address: string, rule: number) => string | undefined,
): Sealed<Event> {
  const cut = (event.flags & EVENT_FLAG.EVENT_CUT_PATH) !== 0;
  switch (event.kind) {
    case 'fork':
      return { forked: {} };
    case 'exec':
      return { exec: exec(event, strings) };
    case 'exit':
      return { exited: { code: (event.status >> 8) & 0xff, signal: event.status & 0x7f } };
    case 'open':
      return { fileOpen: open(event, strings) };
    case 'change':
      return {
        fileChange: {
          operation: ownText(event.operation),
          path: strings.path(event.path, cut),
          target: strings.path(event.target, cut),
          mode: event.mode,
        },
      };
    case 'load':
      return {
        load: { path: strings.path(event.path, cut), inode: toLong(event.inode), device: event.device },
      };
    case 'unix': {
      const address = strings.path(event.path, cut);
      const listens = event.category === enums.category.CATEGORY_LISTEN;
      const kind = listens ? NetworkKind.KIND_BIND : NetworkKind.KIND_CONNECT;
      return { network: { kind, protocol: ownText('unix'), address, port: 0 } };
    }
    case 'privileged': {
      const { privilege, detail, targetTgid } = event;
      return { privileged: { privilege: ownText(privilege), detail, targetPid: targetTgid } };
    }
    case 'context':
      return { contextChange: context(event, strings) };
    default:
      return { network: network(event, strings, nameOf?.(event.address, event.ruling.rule)) };
  }
}

function exec(event: ExecEvent, strings: RunStrings): Sealed<Exec> {
  const { flags } = event;
  const argvCut = (flags & EVENT_FLAG.EVENT_CUT_ARGV) !== 0;
  return {
    path: strings.path(event.path, (flags & EVENT_FLAG.EVENT_CUT_PATH) !== 0),
    script: strings.path(event.script),
    argv: strings.argv(event.argv, argvCut),
    argvCut,
    workingDirectory: strings.path(event.workingDirectory, (flags & EVENT_FLAG.EVENT_CUT_CWD) !== 0),
    cgroupId: toLong(event.cgroupId),
    gid: event.gid,
    inode: toLong(event.inode),
    device: event.device,
    deleted: (flags & (EVENT_FLAG.EVENT_DELETED | EVENT_FLAG.EVENT_MEMFD)) !== 0,
  };
}

function open(event: OpenEvent, strings: RunStrings): Sealed<FileOpen> {
  const access = event.openFlags & O_ACCMODE;
  return {
    path: strings.path(event.path, (event.flags & EVENT_FLAG.EVENT_CUT_PATH) !== 0),
    read: access !== O_WRONLY,
    write: access !== 0,
    create: (event.openFlags & O_CREAT) !== 0,
    truncate: (event.openFlags & O_TRUNC) !== 0,
    inode: toLong(event.inode),
    device: event.device,
    directory: (event.mode & S_IFMT) === S_IFDIR,
    deleted: (event.flags & EVENT_FLAG.EVENT_DELETED) !== 0,
  };
}

function context(event: ContextEvent, strings: RunStrings): Sealed<ContextChange> {
  return {
    operation: ownText(event.operation),
    uid: event.realUid,
    effectiveUid: event.effectiveUid,
    gid: event.realGid,
    effectiveGid: event.effectiveGid,
    capabilities: toLong(event.capabilities),
    namespaces: event.namespaces.map(ownText),
    name: strings.name(event.name),
    targetPid: event.targetTgid,
  };
}

function network(
  event: SocketEvent,
  strings: RunStrings,
  name: string | undefined,
): Sealed<NonNullable<Event['network']>> {
  return {
    ...(name === undefined ? {} : { name: strings.name(name) }),
    kind: NETWORK_KINDS[event.kind],
    protocol: ownText(PROTOCOL_NAMES[event.protocol] ?? String(event.protocol)),
    address: ownText(event.address),
    port: event.port,
  };
}

export function lookupDetail(
  told: LookupTold,
  strings: RunStrings,
): Sealed<NonNullable<Event['nameLookup']>> {
  return {
    name: strings.name(told.name),
    type: ownText(told.type),
    server: ownText(told.server),
    code: ownText(told.code ?? ''),
    aliases: (told.aliases ?? []).map((alias) => strings.name(alias)),
    addresses: (told.addresses ?? []).map(ownText),
    removed: (told.removed ?? []).map(ownText),
    cached: told.cached ?? false,
    looksLike: ownText(told.looksLike ?? ''),
  };
}
