/** TCP between a host and a gateway, that is cut and slowed at random. */
import { connect, createServer, type Socket } from 'node:net';
import { later } from '../fixtures.ts';
import { joinSockets } from '../joined-sockets.ts';

export interface Relay {
  address: string;
  /** Where connections lead. */
  port: number;
  /** Resets every connection of now. */
  cut(): void;
  /** Holds all bytes back until then. */
  stall(ms: number): void;
}

export async function relay(): Promise<Relay> {
  const open = new Set<Socket>();
  const server = createServer((near) => {
    joinSockets(near, connect(state.port, '127.0.0.1'), open);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const state: Relay = {
    address: `127.0.0.1:${port}`,
    port: 0,
    cut: () => {
      for (const socket of open) socket.destroy();
    },
    stall: (ms) => {
      const held = [...open];
      for (const socket of held) socket.pause();
      setTimeout(() => {
        for (const socket of held) socket.resume();
      }, ms);
    },
  };
  later(() => {
    state.cut();
    server.close();
  });
  return state;
}
