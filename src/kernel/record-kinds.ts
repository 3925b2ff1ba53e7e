/**
 * The records of each kind, behind the head that they share: layouts of bpf/event.h to events.
 *
 * Events of one kind are built field by field in one order, so that the engine gives them one shape.
 * Throws: KERNEL_RECORD for a number that none of our enums has.
 */
import { formatAddress } from '../contract/address.ts';
import type {
  ChangeEvent,
  ChangeOperation,
  ContextEvent,
  ContextOperation,
  ExecEvent,
  ExitEvent,
  ForkEvent,
  KernelEvent,
  LoadEvent,
  OpenEvent,
  PrivilegedEvent,
  SocketEvent,
  UnixEvent,
} from './events.ts';
import { enums, layout, names } from './generated/layout.ts';
import { lowered, PRIVILEGE_NAMES } from './names.ts';
import { headOf } from './record-head.ts';
import { skew, spanText, type Views } from './record-views.ts';

const OPERATIONS = lowered(names.change_operation, 'CHANGE_') as ChangeOperation[];
const CONTEXT_OPERATIONS = lowered(names.context_operation, 'CONTEXT_') as ContextOperation[];
const NAMESPACES = lowered(
  names.namespace_kind.filter((name) => name !== 'NAMESPACE_KINDS'),
  'NAMESPACE_',
);
/** AF_* of linux/socket.h. */
const FAMILIES: Readonly<Record<number, { name: SocketEvent['family']; bytes: number }>> = {
  2: { name: 'ipv4', bytes: 4 },
  10: { name: 'ipv6', bytes: 16 },
};

/** By enum event_kind: how large the fixed part is, and what makes an event of it. */
export const KINDS = kindTable({
  EVENT_FORK: { size: layout.fork_event.size, decode: decodeFork },
  EVENT_EXEC: { size: layout.exec_event.size, decode: decodeExec },
  EVENT_EXIT: { size: layout.exit_event.size, decode: decodeExit },
  EVENT_OPEN: { size: layout.open_event.size, decode: decodeOpen },
  EVENT_CONNECT: { size: layout.socket_event.size, decode: (v, at) => decodeSocket(v, at, 'connect') },
  EVENT_SEND: { size: layout.socket_event.size, decode: (v, at) => decodeSocket(v, at, 'send') },
  EVENT_BIND: { size: layout.socket_event.size, decode: (v, at) => decodeSocket(v, at, 'bind') },
  EVENT_UNIX: { size: layout.unix_event.size, decode: decodeUnix },
  EVENT_CHANGE: { size: layout.change_event.size, decode: decodeChange },
  EVENT_LOAD: { size: layout.open_event.size, decode: decodeLoad },
  EVENT_PRIVILEGED: { size: layout.privileged_event.size, decode: decodePrivileged },
  EVENT_CONTEXT: { size: layout.context_event.size, decode: decodeContext },
});

interface Kind {
  size: number;
  decode: (views: Views, at: number) => KernelEvent;
}

function kindTable(
  kinds: Partial<Record<keyof typeof enums.event_kind, Kind>>,
): readonly (Kind | undefined)[] {
  return names.event_kind.map((name) => kinds[name]);
}

function decodeFork(views: Views, at: number): ForkEvent {
  const fields = layout.fork_event.fields;
  const event = headOf(views, at) as ForkEvent;
  event.kind = 'fork';
  event.parentTgid = views.word[(at + fields.parent_tgid.offset) >> 2]!;
  event.parentStartNs = views.quad[(at + fields.parent_start_ns.offset) >> 3]!;
  return event;
}

function decodeExec(views: Views, at: number): ExecEvent {
  const fields = layout.exec_event.fields;
  const { word, quad } = views;
  const event = headOf(views, at) as ExecEvent;
  event.kind = 'exec';
  event.parentTgid = word[(at + fields.parent_tgid.offset) >> 2]!;
  event.parentStartNs = quad[(at + fields.parent_start_ns.offset) >> 3]!;
  event.cgroupId = quad[(at + fields.cgroup_id.offset) >> 3]!;
  event.inode = quad[(at + fields.inode.offset) >> 3]!;
  event.ctimeNs = quad[(at + fields.ctime_ns.offset) >> 3]!;
  event.sizeBytes = quad[(at + fields.size_bytes.offset) >> 3]!;
  event.device = word[(at + fields.device.offset) >> 2]!;
  event.gid = word[(at + fields.gid.offset) >> 2]!;
  event.argc = word[(at + fields.argc.offset) >> 2]!;
  event.path = spanText(views, at, fields.path.offset);
  event.script = spanText(views, at, fields.script.offset);
  event.workingDirectory = spanText(views, at, fields.cwd.offset);
  event.argv = argvOf(event, spanText(views, at, fields.argv.offset));
  return event;
}

/** No bytes are no argument, or a single empty one. */
function argvOf({ argc, flags }: ExecEvent, text: string): string[] {
  if (text === '' && (argc !== 1 || (flags & enums.event_flag.EVENT_UNREADABLE) !== 0)) return [];
  return text.split('\0');
}

function decodeExit(views: Views, at: number): ExitEvent {
  const event = headOf(views, at) as ExitEvent;
  event.kind = 'exit';
  event.status = views.word[(at + layout.exit_event.fields.status.offset) >> 2]! | 0;
  return event;
}

function decodeOpen(views: Views, at: number): OpenEvent {
  const fields = layout.open_event.fields;
  const { word, quad } = views;
  const event = headOf(views, at) as OpenEvent;
  event.kind = 'open';
  event.inode = quad[(at + fields.inode.offset) >> 3]!;
  event.sizeBytes = quad[(at + fields.size_bytes.offset) >> 3]!;
  event.device = word[(at + fields.device.offset) >> 2]!;
  event.openFlags = word[(at + fields.open_flags.offset) >> 2]!;
  event.mode = word[(at + fields.mode.offset) >> 2]!;
  event.path = spanText(views, at, fields.path.offset);
  return event;
}

/** The layout of an open; `open_flags` are the mapping's. */
function decodeLoad(views: Views, at: number): LoadEvent {
  const fields = layout.open_event.fields;
  const { word, quad } = views;
  const event = headOf(views, at) as LoadEvent;
  event.kind = 'load';
  event.inode = quad[(at + fields.inode.offset) >> 3]!;
  event.sizeBytes = quad[(at + fields.size_bytes.offset) >> 3]!;
  event.device = word[(at + fields.device.offset) >> 2]!;
  event.protection = word[(at + fields.open_flags.offset) >> 2]!;
  event.mode = word[(at + fields.mode.offset) >> 2]!;
  event.path = spanText(views, at, fields.path.offset);
  return event;
}

function decodeSocket(views: Views, at: number, kind: SocketEvent['kind']): SocketEvent {
  const fields = layout.socket_event.fields;
  const { bytes, half } = views;
  const family = FAMILIES[bytes[at + fields.family.offset]!];
  const from = at + fields.address.offset;
  const event = headOf(views, at) as SocketEvent;
  event.kind = kind;
  event.family = family?.name ?? 'other';
  event.protocol = bytes[at + fields.protocol.offset]!;
  event.port = half[(at + fields.port.offset) >> 1]!;
  event.address = family ? formatAddress(bytes.subarray(from, from + family.bytes)) : '';
  return event;
}

function decodeUnix(views: Views, at: number): UnixEvent {
  const event = headOf(views, at) as UnixEvent;
  event.kind = 'unix';
  event.path = spanText(views, at, layout.unix_event.fields.path.offset);
  return event;
}

function decodeChange(views: Views, at: number): ChangeEvent {
  const fields = layout.change_event.fields;
  const number = views.word[(at + fields.operation.offset) >> 2]!;
  const operation = OPERATIONS[number];
  if (operation === undefined) throw skew(at, `has change operation ${number}, which is none`);
  const event = headOf(views, at) as ChangeEvent;
  event.kind = 'change';
  event.operation = operation;
  event.mode = views.word[(at + fields.mode.offset) >> 2]!;
  event.path = spanText(views, at, fields.path.offset);
  event.target = spanText(views, at, fields.target.offset);
  return event;
}

function decodePrivileged(views: Views, at: number): PrivilegedEvent {
  const fields = layout.privileged_event.fields;
  const bit = views.word[(at + fields.privilege.offset) >> 2]!;
  const privilege = PRIVILEGE_NAMES.get(bit);
  if (privilege === undefined) throw skew(at, `has privilege ${bit}, which is none`);
  const event = headOf(views, at) as PrivilegedEvent;
  event.kind = 'privileged';
  event.privilege = privilege;
  event.detail = views.word[(at + fields.detail.offset) >> 2]!;
  event.targetTgid = views.word[(at + fields.target_tgid.offset) >> 2]!;
  return event;
}

function decodeContext(views: Views, at: number): ContextEvent {
  const fields = layout.context_event.fields;
  const { word, quad } = views;
  const number = word[(at + fields.operation.offset) >> 2]!;
  const operation = CONTEXT_OPERATIONS[number];
  if (operation === undefined) throw skew(at, `has context operation ${number}, which is none`);
  const changed = word[(at + fields.namespaces.offset) >> 2]!;
  const inodes = (at + fields.inodes.offset) >> 2;
  const event = headOf(views, at) as ContextEvent;
  event.kind = 'context';
  event.operation = operation;
  event.capabilities = quad[(at + fields.capabilities.offset) >> 3]!;
  event.realUid = word[(at + fields.uid.offset) >> 2]!;
  event.effectiveUid = word[(at + fields.euid.offset) >> 2]!;
  event.realGid = word[(at + fields.gid.offset) >> 2]!;
  event.effectiveGid = word[(at + fields.egid.offset) >> 2]!;
  event.namespaces = NAMESPACES.flatMap((kind, index) =>
    changed & (1 << index) ? [`${kind}:[${word[inodes + index]}]`] : [],
  );
  event.name = spanText(views, at, fields.name.offset);
  event.targetTgid = word[(at + fields.target_tgid.offset) >> 2]!;
  return event;
}
