/**
 * The native addon, as TypeScript sees it: loads the BPF object, attaches programs, writes maps, labels
 * tasks and hands over what the ring buffers hold. Everything here is bytes; meaning is in the files beside.
 *
 * Throws: an `Error` with `code` (KERNEL_…) and, where a syscall failed, `errno` from every function that
 * can fail; `loadAddon` throws WarderError KERNEL_ADDON when the addon is not built or not for this node.
 */

/** Maps that user space may write, by their name in bpf/maps.h. */
export type MapName =
  | 'runs'
  | 'policies'
  | 'path_rules'
  | 'name_rules'
  | 'address_rules'
  | 'port_rules';

export interface SensorOptions {
  /** Mount point of the cgroup2 hierarchy: network programs attach to its root. */
  cgroupPath: string;
  /** Ring buffer sizes in bytes: powers of two, at least one page. */
  decisionsBytes: number;
  observationsBytes: number;
  /** Most bytes handed to JS and not yet returned; past it the drain thread stops and the kernel counts losses. */
  backlogBytes: number;
}

export interface ProgramStatus {
  name: string;
  /** libbpf section name: `tp_btf/sched_process_exec`, `cgroup/connect4`. */
  section: string;
  attached: boolean;
}

/** One loaded set of programs and maps. Owned by the JS thread; `close` releases everything and is idempotent. */
export interface NativeSensor {
  /** Attach programs by name. All or none: on failure those attached by this call are detached again. */
  attach(names: readonly string[]): void;
  detach(names: readonly string[]): void;
  programs(): ProgramStatus[];

  /** Start the drain thread. `onBatch` gets whole records back to back, in order of time_ns. Once. */
  start(onBatch: (batch: Buffer) => void): void;
  /** Resolves when all that was in the rings at the call has been given to onBatch. */
  flush(): Promise<void>;

  /** Write `count` rows; keys and values are `count` fixed-size entries back to back. Throws at the first failure. */
  mapWrite(map: MapName, keys: Buffer, values: Buffer, count: number): void;
  /** Delete rows; absent ones are no error. Returns how many there were. */
  mapDelete(map: MapName, keys: Buffer, count: number): number;

  /** Label a live process (and only it) by a pidfd; `label` is a struct label. */
  labelProcess(pid: number, label: Buffer): void;
  /** The label of a live process, or null. */
  readLabel(pid: number): Buffer | null;

  /** Lost records since load, all CPUs: [kind * LOSS_CAUSES + cause]. Never resets. */
  losses(): BigUint64Array;
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
}

export interface Addon {
  hostFacts(): HostFacts;
  openSensor(options: SensorOptions): NativeSensor;
}
