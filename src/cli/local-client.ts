/**
 * A connection to the runtime's local socket, and one question over it.
 *
 * Throws: RUN_SERVICE where the runtime cannot be reached or goes away, and what it says.
 */
import { connect, type Socket } from 'node:net';
import { WarderError } from '../base/error.ts';
import {
  type ClientSays,
  FrameReader,
  GREETING,
  jsonFrame,
  type RuntimeSays,
  SOCKET,
} from '../runtime/local/frames.ts';

export function localSocket(given: string | undefined): string {
  return given ?? (process.env.WARDER_RUNTIME_SOCKET || SOCKET);
}

/** Resolves with the first word of the runtime; what it refuses is thrown. */
export async function askRuntime(path: string, question: ClientSays): Promise<RuntimeSays> {
  const socket = await connected(path);
  const frames = new FrameReader();
  try {
    socket.write(GREETING);
    socket.write(jsonFrame(question));
    for await (const piece of socket) {
      for (const { content } of frames.read(piece as Buffer)) {
        const said = JSON.parse(content.toString()) as RuntimeSays;
        if ('failed' in said) throw asError(said.failed);
        return said;
      }
    }
  } finally {
    socket.destroy();
  }
  throw unreachable(path, 'it closed the connection');
}

export function connected(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      resolve(socket);
    });
    socket.once('error', (error) => reject(unreachable(path, error.message, error)));
  });
}

export function asError({ code, message, fix }: { code: string; message: string; fix: string }): WarderError {
  return new WarderError(code, message, fix);
}

function unreachable(path: string, why: string, cause?: Error): WarderError {
  return new WarderError(
    'RUN_SERVICE',
    `the runtime of this host does not answer at ${path}: ${why}`,
    'start it (systemctl start warder-runtime), or run without it: sudo warder run --policy FILE -- COMMAND',
    { cause },
  );
}
