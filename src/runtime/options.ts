/**
 * What a runtime is made of: whom it obeys, what it redacts with, whom it tells.
 */
import type { WarderError } from '../base/error.ts';
import type { Server } from './egress/resolv-conf.ts';
import type { SealedEvent } from './event-builder.ts';
import type { Holds, HoldTimes } from './holds.ts';
import type { Programs } from './programs.ts';
import type { HostRedactor } from './redaction/redacted.ts';
import type { Uplink } from './uplink/uplink.ts';
import type { ActionJudge } from './why/may.ts';

export interface RuntimeOptions {
  uplink: Uplink;
  redactor: HostRedactor;
  /** Boot id of the kernel, a UUID. */
  boot: string;
  onEvent: (event: SealedEvent) => void;
  /** Something that the operator should know and that stops nothing. */
  onProblem: (error: WarderError) => void;
  /** Told of each batch of records how many seconds it took until its events were taken over. */
  onBatch?: ((seconds: number) => void) | undefined;
  /** Directories of Warder's own that no agent may read or write. */
  protect: readonly string[];
  /** Who answers for what policies hold; nobody where absent: all of it is refused. */
  holds?: Holds | undefined;
  holdTimes?: HoldTimes | undefined;
  /** Where processes of adopted runs ask what was refused; they are told nothing where absent. */
  whySocket?: string | undefined;
  /** What agents are told that ask about addresses and privileges (why/may.ts); they are told to try where absent. */
  judgeAction?: ActionJudge | undefined;
  /** DNS servers that names are asked of, in place of the host's; none: the host's. */
  servers?: readonly Server[] | undefined;
  /**
   * Begun before; the runtime's from here on. Where they are kept, runs go on, governed, when this process ends, however it
   * does; the next runtime of the same instance takes them over by takeOver(), which is to be called once, before anything
   * else. Otherwise runs end with this process.
   */
  programs: Programs;
}
