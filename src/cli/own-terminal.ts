/**
 * A terminal of an agent's own, inside this process's: what ssh and sudo do too. The agent's session controls it, so
 * that Ctrl-C, job control and /dev/tty work for an agent that is not of this session, and it never holds the
 * terminal of the person who started it.
 *
 * In:  this process's standard descriptors.
 * Out: the three that the agent is to have: those that are terminals are the new one, the others are passed on.
 * Throws: KERNEL_TERMINAL.
 */
import { closeSync, openSync, readFileSync } from 'node:fs';
import { isatty, ReadStream, WriteStream } from 'node:tty';
import { loadAddon } from '../kernel/addon.ts';

/** What was written last is on its way when the agent has ended. */
const DRAIN_MS = 500;

export interface OwnTerminal {
  readonly descriptors: readonly [number, number, number];
  /** The agent has its descriptors: from now on this process passes on what is typed and shown. */
  begin(): void;
  /** All that the agent wrote has been shown; this process's terminal is as it was. */
  end(): Promise<void>;
}

const STANDARD = [0, 1, 2] as const;

export function ownTerminal(): OwnTerminal {
  const like = STANDARD.find((descriptor) => isatty(descriptor));
  // In the background this process would be stopped for setting the terminal: the agent gets it as it is.
  if (like === undefined || !isForeground()) {
    return { descriptors: STANDARD, begin: () => {}, end: async () => {} };
  }
  const { controller, terminal } = loadAddon().openTerminal(like);
  const [stdin, stdout, stderr] = STANDARD.map((descriptor) => (isatty(descriptor) ? terminal : descriptor));
  let relay: Relay | undefined;
  return {
    descriptors: [stdin!, stdout!, stderr!],
    begin: () => {
      closeSync(terminal);
      relay = new Relay(controller);
    },
    end: async () => relay?.end(),
  };
}

/** Between this process's terminal and the controller of the agent's. */
class Relay {
  readonly #agent: ReadStream;
  readonly #screen: WriteStream;
  readonly #ended: Promise<void>;

  constructor(controller: number) {
    this.#agent = new ReadStream(controller);
    this.#screen = screen();
    this.#ended = new Promise((resolve) => {
      // EIO: nobody has the terminal any more (pty(7)).
      this.#agent
        .once('close', resolve)
        .once('end', resolve)
        .on('error', () => resolve());
    });
    this.#agent.pipe(this.#screen, { end: false });
    const resize = (): void =>
      loadAddon().resizeTerminal(controller, this.#screen.rows, this.#screen.columns);
    this.#screen.on('resize', resize);
    if (!process.stdin.isTTY) return;
    process.stdin.setRawMode(true);
    process.stdin.pipe(this.#agent, { end: false });
  }

  async end(): Promise<void> {
    await Promise.race([this.#ended, new Promise((resolve) => setTimeout(resolve, DRAIN_MS).unref())]);
    if (process.stdin.isTTY) {
      process.stdin.unpipe(this.#agent).pause();
      process.stdin.setRawMode(false);
    }
    this.#agent.destroy();
  }
}

function screen(): WriteStream {
  if (process.stdout.isTTY) return process.stdout;
  return process.stderr.isTTY ? process.stderr : new WriteStream(openSync('/dev/tty', 'w'));
}

/** Whether this process is in its terminal's foreground group: pgrp and tpgid of proc_pid_stat(5). */
function isForeground(): boolean {
  const fields = readFileSync('/proc/self/stat', 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return fields[2] === fields[5];
}
