/**
 * What goes over the runtime's local socket, both ways, behind the greeting: frames of a length (4 bytes,
 * big-endian, of what follows it), a kind (1 byte), and the content.
 *
 * JSON frames are what client and runtime say to each other; event frames are encoded Events of the client's run. A client
 * that asks to be told in words gets none of either once its request has been read, but text frames, UTF-8 for its stderr,
 * and farewells: how to end (1 byte, 0 with a status, 1 by a signal), the status or signal (1 byte), and what to show
 * before. Of several the last holds when the connection ends, so that the first is there in case this runtime is not.
 *
 * Throws: LOCAL_PROTOCOL for a frame that is too large, of no known kind, or no JSON.
 */
import { WarderError } from '../../base/error.ts';
import type { FoldedEvents } from '../../contract/folded.ts';
import type { ExitStatus } from '../launch/launcher.ts';
import type { RunResult } from '../runs/run.ts';

export const SOCKET = '/run/warder/runtime.sock';

/** The first bytes of a client, and with them the descriptors that an agent is to have. Version 1 of what follows. */
export const GREETING = 'WARDER/1\n';

/** A command line and an environment as large as execve(2) takes them, but where JSON has to write most of their bytes as six. */
const FRAME_BYTES = 8 << 20;
export const FRAME_HEAD_BYTES = 5;

export const FRAME = { json: 1, event: 2, text: 3, farewell: 4 } as const;

/** Asks for an agent to be started with the descriptors of the greeting. */
export interface RunAsked {
  /** NAME, ORG/TEAM/NAME or a SPIFFE ID; the runtime's to choose where absent. */
  agent?: string | undefined;
  command: string[];
  workspace: string;
  workingDirectory: string;
  environment: Record<string, string>;
  umask: number;
  /** NAME or UID[:GID]: for root alone. */
  user?: string | undefined;
  privateTmp?: boolean | undefined;
  /** Not each event for itself of which no more is shown than how many there were. */
  folded?: boolean | undefined;
  /** What is to be shown of the run, in words. */
  told?: ToldAsked | undefined;
}

/** How a run is put into words for a client that has none of its own (native/client/). */
export interface ToldAsked {
  /** Beside the summary at the end. */
  lines: boolean;
  colour: boolean;
}

/** What a client ends with. */
export interface Farewell extends ExitStatus {
  text: string;
}

/** Asks for processes that run already to be brought under an agent. One of the five says which. */
export interface AdoptAsked {
  agent?: string | undefined;
  workspace?: string | undefined;
  unit?: string | undefined;
  cgroup?: string | undefined;
  /** Name, or at least 12 digits of its id. */
  container?: string | undefined;
  pid?: number | undefined;
  exe?: string | undefined;
}

export type ClientSays =
  | { run: RunAsked }
  | { signal: number }
  | { adopt: AdoptAsked }
  | { release: string }
  | { list: true };

/** A run under way, as its runtime knows it. */
export interface RunListed {
  run: string;
  agent: string;
  pid?: number;
  adopted?: string;
  /** `rule`, or the uid of who adopted it. */
  by?: 'rule' | { uid: number };
  processes: number;
}

export interface Said {
  code: string;
  message: string;
  fix: string;
}

export type RuntimeSays =
  | { started: { run: string; pid: number } }
  | { adopted: { run: string; agent: string; what: string; processes: number } }
  | { released: { run: string } }
  | { runs: RunListed[] }
  | { problem: Said }
  | { folded: FoldedEvents }
  /** The last word: nothing was started, or the run has been lost. */
  | { failed: Said }
  /** The last word. `untold`: events that went to the log and not to this client, which did not read. */
  | { ended: RunResult & { untold: number } };

export interface Frame {
  kind: number;
  content: Buffer;
}

export function jsonFrame(said: ClientSays | RuntimeSays): Buffer {
  return frame(FRAME.json, Buffer.from(JSON.stringify(said)));
}

export function frame(kind: number, content: Uint8Array): Buffer {
  const head = Buffer.alloc(FRAME_HEAD_BYTES);
  writeFrameHead(head, 0, kind, content.length);
  return Buffer.concat([head, content]);
}

export function farewellFrame({ code, signal, text }: Farewell): Buffer {
  const how = signal === undefined ? [0, code ?? 0] : [1, signal];
  return frame(FRAME.farewell, Buffer.concat([Buffer.from(how), Buffer.from(text)]));
}

export function writeFrameHead(target: Buffer, at: number, kind: number, contentBytes: number): void {
  target.writeUInt32BE(contentBytes + 1, at);
  target[at + 4] = kind;
}

/** Puts frames together from what comes in pieces. */
export class FrameReader {
  #pieces: Buffer[] = [];
  #bytes = 0;

  *read(piece: Buffer): Generator<Frame> {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    while (this.#bytes >= FRAME_HEAD_BYTES) {
      const length = this.#peek().readUInt32BE();
      if (length > FRAME_BYTES) throw tooLarge(length);
      if (length < 1) throw protocolError('a frame of 0 bytes');
      if (this.#bytes < 4 + length) return;
      const all = this.#pieces.length === 1 ? this.#pieces[0]! : Buffer.concat(this.#pieces);
      this.#bytes = all.length - 4 - length;
      this.#pieces = this.#bytes > 0 ? [all.subarray(4 + length)] : [];
      yield { kind: all[4]!, content: all.subarray(FRAME_HEAD_BYTES, 4 + length) };
    }
  }

  /** The first bytes, as many as a head has, without putting all pieces together for each of them. */
  #peek(): Buffer {
    if (this.#pieces[0]!.length < FRAME_HEAD_BYTES) this.#pieces = [Buffer.concat(this.#pieces)];
    return this.#pieces[0]!;
  }
}

export function parseJson(content: Buffer): unknown {
  try {
    return JSON.parse(content.toString());
  } catch {
    throw protocolError('a frame that is no JSON');
  }
}

function tooLarge(bytes: number): WarderError {
  return new WarderError(
    'LOCAL_PROTOCOL',
    `refused on the runtime's local socket: a frame of ${bytes} bytes, and at most ${FRAME_BYTES} are taken`,
    'make the command line and the environment smaller; where they are small, use a warder of the same version as the runtime',
  );
}

export function protocolError(what: string): WarderError {
  return new WarderError(
    'LOCAL_PROTOCOL',
    `refused on the runtime's local socket: ${what}`,
    'use a warder of the same version as the runtime',
  );
}
