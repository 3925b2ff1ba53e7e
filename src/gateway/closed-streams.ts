/**
 * What a call held is let go when its stream is closed. Node's HTTP/2 reaches a stream for a while after that (its session keeps
 * streams in a Map, whose old tables keep what was open when they were left), and the stream's listeners reach all that gRPC and a handler
 * had for the call: young memory that each small collection copies, which the slowest calls wait for
 * (docs/decisions/0302-what-a-check-waits-for.md).
 */
import { subscribe } from 'node:diagnostics_channel';
import type { ServerHttp2Stream } from 'node:http2';

let isAsked = false;

/** For every HTTP/2 server of this process, from now on. */
export function letGoOfClosedStreams(): void {
  if (isAsked) return;
  isAsked = true;
  subscribe('http2.server.stream.close', (message) => {
    const { stream } = message as { stream: ServerHttp2Stream };
    // After all who listen to its end.
    stream.once('close', letGo);
  });
}

function letGo(this: ServerHttp2Stream): void {
  this.removeAllListeners();
  // Nothing comes after the close; what did all the same would otherwise end the process.
  this.on('error', () => {});
}
