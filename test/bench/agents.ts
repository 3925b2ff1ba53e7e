/**
 * Agents of a host, started from here over the runtime's local socket as `warder run` does it, without a process for each.
 */
import { startThroughService } from '../../src/cli/service-run.ts';
import type { Event } from '../../src/contract/messages.ts';
import type { Host } from './services.ts';

export interface BenchAgent {
  run: string;
  pid: number;
  end(): Promise<void>;
}

const SIGKILL = 9;

export async function startAgent(
  host: Host,
  agent: string,
  command: string[],
  onEvent: (event: Event) => void = () => {},
): Promise<BenchAgent> {
  const asked = {
    agent,
    command,
    workspace: host.directory,
    workingDirectory: host.directory,
    environment: { PATH: '/usr/bin:/bin' },
    umask: 0o022,
  };
  const handle = await startThroughService(
    host.socket,
    asked,
  )(async () => ({
    onEvent,
    onProblem: (problem) => console.error(`bench: ${problem.message}`),
  }));
  return {
    run: handle.run,
    pid: handle.pid,
    end: async () => {
      handle.signal(SIGKILL);
      await handle.ended;
    },
  };
}

/** A command that is `count` processes which do nothing. */
export function crowd(count: number): string[] {
  return ['/usr/bin/perl', '-e', `for (2..${count}) { if (!fork) { sleep 900; exit } } sleep 900`];
}
