/**
 * The socket that a service manager made for this service: sd_listen_fds(3).
 */
import { WarderError } from '../base/error.ts';

const FIRST = 3;

/** Undefined where there is none. Throws SERVICE_SOCKETS where there is more than one. */
export function activationSocket(environment: NodeJS.ProcessEnv = process.env): { fd: number } | undefined {
  const { LISTEN_FDS, LISTEN_PID } = environment;
  for (const name of ['LISTEN_FDS', 'LISTEN_PID', 'LISTEN_FDNAMES']) delete environment[name];
  if (!LISTEN_FDS || Number(LISTEN_PID) !== process.pid) return undefined;
  if (LISTEN_FDS === '1') return { fd: FIRST };
  throw new WarderError(
    'SERVICE_SOCKETS',
    `the service manager passed ${LISTEN_FDS} sockets, and there is one to serve`,
    'leave one ListenStream= in the socket unit',
  );
}
