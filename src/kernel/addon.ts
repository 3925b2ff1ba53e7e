/**
 * The native addon, as TypeScript sees it: loads the BPF object, attaches programs, writes maps, labels
 * tasks and hands over what the ring buffers hold. Everything here is bytes; meaning is in the files beside.
 *
 * Throws: an AddonError from every function that can fail, KERNEL_ARGUMENT for arguments of the wrong kind;
 * `loadAddon` throws WarderError KERNEL_ADDON when the addon is not built or not for this node.
 */
import { createRequire } from 'node:module';
import { WarderError } from '../base/error.ts';
import { atRoot } from '../base/root.ts';
import type { layout } from './generated/layout.ts';

/** What the addon throws. `code` is KERNEL_…; the rest is there where a system call failed. */
export interface AddonError extends Error {
  code: string;
  /** Positive. */
  errno?: number;
  /** "EPERM". */
  errnoName?: string;
}

/** Maps that user space may write, by their name in bpf/maps.h. */
export type MapName =
  | 'runs'
  | 'policies'
  | 'path_rules'
  | 'name_rules'
  | 'address_rules'
  | 'port_rules'
  | 'adopted_cgroups'
  | 'adopted_programs'
  | 'adopted_paths'
  | 'content_rules'
  | 'contents'
  | 'path_grants'
  | 'address_grants'
  | 'run_budgets'
  | 'run_uses'
  | 'pool_allowed'
  | 'pool_uses'
  | 'run_cgroups'
  | 'resolvers'
  | 'named_addresses';

/** Fields of struct control (bpf/control.h). */
export type ControlField = keyof typeof layout.control.fields;

export interface SensorOptions {
  /** Mount point of the cgroup2 hierarchy: network programs attach to its root. */
  cgroupPath: string;
  /** Ring buffer sizes in bytes: powers of two, at least one page, at most 1 GiB. */
  decisionsBytes: number;
  observationsBytes: number;
  /**
   * Most bytes handed to JS and not yet dealt with, from 64 KiB to 4 GiB; past it the drain thread stops and
   * the kernel counts losses.
   */
  backlogBytes: number;
  /**
   * Directory on a BPF file system. Maps that are pinned in it are used, the others are made and pinned there:
   * they outlive this process. None is pinned where absent.
   */
  mapsPath?: string;
  /** Of this set of programs, among those that share its maps: one tells of what goes ahead (bpf/emit.h). 0 where absent. */
  generation?: number;
}

export interface ProgramStatus {
  name: string;
  /** libbpf section name: `tp_btf/sched_process_exec`, `cgroup/connect4`. */
  section: string;
  /** False where this kernel lacks the hook of an optional program: it was not loaded and cannot be attached. */
  available: boolean;
  attached: boolean;
}

/** Exit status or number of the signal. */
export type ChildEnd = { code: number } | { signal: number };

/**
 * Takes one batch: whole records back to back, in order of time_ns. The batch is dealt with when this returns
 * or, where it returns a promise, when that settles.
 *
 * The Buffer is the addon's: it is emptied when this returns (not when the promise settles). Decode or copy first.
 * What this throws is an uncaught exception.
 */
export type OnBatch = (batch: Buffer) => void | Promise<void>;

/** One loaded set of programs and maps. Owned by the JS thread; `close` releases everything and is idempotent. */
export interface NativeSensor {
  /**
   * Attach programs by name. All or none: on failure those attached by this call are detached again. Those
   * attached before stay as they are.
   */
  attach(names: readonly string[]): void;
  /** Detach programs by name; those not attached are passed over. */
  detach(names: readonly string[]): void;
  programs(): ProgramStatus[];
  /** Gives the link of an attached program a name on a BPF file system: it outlives this process. */
  pinLink(program: string, path: string): void;

  /** Start the drain thread. Once. Keeps the event loop alive until `close`. */
  start(onBatch: OnBatch): void;
  /** Resolves when all that was in the rings at the call has been given to onBatch; rejects when closed before. */
  flush(): Promise<void>;

  /**
   * Write `count` rows; keys and values are `count` fixed-size entries back to back. Throws at the first failure;
   * rows before it have been written.
   */
  mapWrite(map: MapName, keys: Buffer, values: Buffer, count: number): void;
  /** Delete rows; absent ones are no error. Returns how many there were. Throws when all others are deleted. */
  mapDelete(map: MapName, keys: Buffer, count: number): number;

  /** All keys of a map, back to back. */
  mapKeys(map: MapName): Buffer;

  /** The values of `count` keys, back to back; zeros for a key that is not there. */
  mapRead(map: MapName, keys: Buffer, count: number): Buffer;

  /** Label a live process (and only it) by a pidfd; `label` is a struct label. Its threads: the first only. */
  labelProcess(pid: number, label: Buffer): void;
  /** The label of a live process, or null where it has none or there is no such process. */
  readLabel(pid: number): Buffer | null;

  /** Labels each process that has a label in the map pinned at `path` and none here. Returns how many there were. */
  takeLabels(path: string): number;

  /** struct governed_task of every task that has a label of its own. */
  governedTasks(): Buffer;
  /** Labels the tasks that belong to an agent by what is adopted and have no label; who they were. */
  adoptTasks(): Buffer;
  /** Takes a run's label from all tasks that have it; who they were. */
  releaseTasks(run: number): Buffer;

  /** This runtime is alive (struct control, beat_ns). */
  beat(): void;
  controlRead(field: ControlField): bigint;
  controlWrite(field: ControlField, value: bigint): void;

  /**
   * Runs content_note (bpf/content.bpf.c) on a struct content_request: an enum content_answer, and the request as
   * it is afterwards.
   */
  noteContent(request: Buffer): { answer: number; request: Buffer };

  /** For `openNames`, on whichever thread of this process; the caller's to close where that is not called. */
  nameDescriptors(): NameDescriptors;

  /** Permission events of files for one run; see native/guard.h. This process is killed when it has not run for so long. */
  guard(run: number, silenceMs: number): NativeGuard;

  /** Lost records since load, all CPUs: [kind * LOSS_CAUSES + cause]. Never resets. */
  losses(): BigUint64Array;
  /** Bytes that wait, and bytes that it holds, of decisions and of observations: four numbers. Needs start. */
  ringFill(): Float64Array;
  /** Batches not yet given to onBatch are dropped: flush first. May be called from inside onBatch. */
  close(): void;
}

/** Opens of marked files are refused to processes of a run, until `close`. */
export interface NativeGuard {
  /** A file, or a directory with what lies in it. False where nothing is there that can be marked. */
  mark(path: string, directory: boolean): boolean;
  /** Answers given; `passed` are those to everybody else. */
  counts(): { refused: bigint; passed: bigint; slowestNs: bigint };
  close(): void;
}

export interface HostFacts {
  kernel: string;
  btf: boolean;
  /** Mount point of cgroup2, or null. */
  cgroup2: string | null;
  effectiveUid: number;
  /** Effective capabilities by name, lower case without cap_: `bpf`, `sys_admin`. */
  capabilities: string[];
  /** Version of Landlock; 0 where the kernel is built without it or it is not active. */
  landlockAbi: number;
}

/** What became of a BPF LSM program that was loaded, attached and triggered. */
export interface LsmProbe {
  /**
   * `absent`: the kernel is built without BPF LSM. `refused`: it does not load or attach such a program for us.
   * `uncalled`: it attaches it and does not ask it.
   */
  state: 'works' | 'absent' | 'refused' | 'uncalled';
  /** Of a refusal: "EPERM". */
  errnoName?: string;
}

/** Two clocks read at one moment, in nanoseconds. */
export interface Clocks {
  /** CLOCK_BOOTTIME: since boot, suspend included. */
  bootNs: bigint;
  /** CLOCK_REALTIME: since 1970. */
  unixNs: bigint;
}

/** The process that connected to a unix socket, as of its connect(2). */
export interface Peer {
  pid: number;
  uid: number;
  gid: number;
  /** Supplementary ones, as of the connect: SO_PEERGROUPS, Linux 4.13. */
  groups: number[];
  /** pidfd of it, close-on-exec; the caller's to close. */
  process: number;
}

export interface Received {
  /** None at the stream's end. */
  bytes: Buffer;
  /** Close-on-exec; the caller's to close. */
  descriptors: number[];
}

/** A pseudo-terminal's two ends, close-on-exec; the caller's to close. */
export interface Terminal {
  /** What a terminal emulator holds. */
  controller: number;
  /** What programs have as their standard descriptors. */
  terminal: number;
}

/** On loopback, those of TCP listening; without IPv6 there are none of it: descriptor -1, port 0. */
export interface OpenedSockets {
  /** What kernel programs know the network namespace by. */
  cookie: bigint;
  descriptors: BySocket;
  ports: BySocket;
}

export interface BySocket {
  udp4: number;
  tcp4: number;
  udp6: number;
  tcp6: number;
}

/** Of maps and a program; numbers, so that they can be told to another thread. */
export interface NameDescriptors {
  addresses: number;
  ports: number;
  asker: number;
}

/** What the resolver needs of a sensor, for one thread. Its descriptors are closed by the garbage collector. */
export interface NativeNames {
  mapWrite(map: 'named_addresses' | 'port_rules', keys: Buffer, values: Buffer, count: number): void;
  mapDelete(map: 'named_addresses' | 'port_rules', keys: Buffer, count: number): number;
  /**
   * A struct asker_request to its `asked`, by the program asker_of; null where no governed process asks in that network
   * namespace: a descriptor of one, or -1 for this process's.
   */
  askerOf(request: Buffer, network: number): Buffer | null;
}

export interface Addon {
  hostFacts(): HostFacts;
  /** Tries BPF LSM, on this thread alone. */
  probeLsm(): LsmProbe;
  clocks(): Clocks;
  /** Opens the resolver's sockets in a network namespace: a descriptor of one, or -1 for this process's. Throws KERNEL_NETWORK. */
  resolverSockets(network: number): OpenedSockets;
  /** Takes the descriptors. Throws KERNEL_MAP. */
  openNames(descriptors: NameDescriptors): NativeNames;
  /** Locks an open file or directory (flock) until the descriptor is closed or this process ends. False: taken. */
  tryLock(descriptor: number): boolean;
  /** What a symbolic link holds; null where there is none, or this process may not look. */
  linkAt(path: string): string | null;
  /** Sends one datagram to a unix socket: a path, or an abstract name behind '@'. */
  sendDatagram(path: string, text: string): void;
  /**
   * From now on what this process frees goes back to the kernel: blocks of `mappedBytes` and more at once, of others what is past
   * `keptBytes` at the end of what there is; and now all that is free. For those that live long. Throws KERNEL_ARGUMENT.
   */
  giveBackMemory(mappedBytes: number, keptBytes: number): void;
  /**
   * Lets go of the pages of the program and its libraries that this process has touched: those that it uses again come back from the
   * kernel's memory of these files. For those that have started and wait.
   */
  giveBackFilePages(): void;
  /**
   * Short turns on a processor for the thread that calls, which come early; its share stays the same. False: the kernel refuses.
   * One before Linux 6.12 takes no notice.
   */
  takeShortTurns(): boolean;
  /** Mounts a BPF file system over a directory. */
  mountBpffs(path: string): void;
  /** 32 random bytes that only the kernel keeps, in a map pinned at `path`; made at the first call. */
  sealKey(path: string): Buffer;
  /** One line for each map that can be shared through `mapsPath`, with all that must be equal for it but ring sizes. */
  mapShapes(): string[];
  /**
   * Takes a read lease on a file that is open for reading: as long as it lasts nobody opens the file for writing, and who
   * wants to waits, while this process gets SIGURG. False where there can be none.
   */
  takeLease(descriptor: number): boolean;
  /** Whether the lease is held and nobody waits for it. */
  leaseInPeace(descriptor: number): boolean;
  /** Who connected to a unix socket; null where that process has gone. */
  peerOf(socket: number): Peer | null;
  processEnded(process: number): boolean;
  /**
   * Starts a program with `descriptors` as its 0, 1, …, an empty environment, and no signal blocked or ignored.
   * Returns its pid; `childEnd` has to be asked until it has ended. Throws KERNEL_SPAWN.
   *
   * @param words its arguments behind its own name, each with a NUL behind it
   */
  spawnProgram(path: string, words: Buffer, descriptors: readonly number[]): number;
  /** How a child of spawnProgram ended; null while it has not. Its pid may be another's once that is said. */
  childEnd(child: number): ChildEnd | null;
  /** A connected pair of stream sockets: descriptors of the caller's. */
  makeChannel(): { ours: number; theirs: number };
  /** A file without a name that holds the bytes: a descriptor of the caller's, at its beginning. */
  makeMemoryFile(bytes: Buffer): number;
  /** What a unix socket has now, up to `most` bytes and `count` descriptors; null where that is nothing yet. */
  receiveDescriptors(socket: number, most: number, count: number): Received | null;
  /** All of it at once, or an error. */
  sendDescriptors(socket: number, text: string, descriptors: readonly number[]): void;
  /** A new pseudo-terminal, set like `like` where that is a terminal. */
  openTerminal(like: number): Terminal;
  resizeTerminal(controller: number, rows: number, columns: number): void;
  openSensor(options: SensorOptions): NativeSensor;
  /**
   * The same on a thread of its own: the first thing that is asked of the sensor waits for it, and throws what openSensor would
   * have thrown. Throws KERNEL_ARGUMENT.
   */
  beginSensor(options: SensorOptions): NativeSensor;
}

const ADDON_PATH = atRoot('build/warder.node');

let loaded: Addon | undefined;

/** The addon, loaded once per thread. */
export function loadAddon(path: string = ADDON_PATH): Addon {
  if (loaded && path === ADDON_PATH) return loaded;
  let addon: Addon;
  try {
    addon = createRequire(import.meta.url)(path);
  } catch (error) {
    throw new WarderError(
      'KERNEL_ADDON',
      `cannot load the native addon ${path}: ${(error as Error).message.split('\n')[0]}`,
      'build it on this machine with: sudo make build',
      { cause: error },
    );
  }
  if (path === ADDON_PATH) loaded = addon;
  return addon;
}
