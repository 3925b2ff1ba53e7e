/** A relay between an uplink and a gateway's socket that a test can cut. */
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { later, stateDirectory } from '../gateway/fixtures.ts';
import { joinSockets } from '../gateway/joined-sockets.ts';

export interface Proxy {
  address: string;
  /** Resets every connection of now. */
  cut(): void;
  /** Where connections lead from now on; undefined: they are reset. */
  to: string | undefined;
  connections: number;
}

export async function proxyTo(address: string): Promise<Proxy> {
  const path = join(stateDirectory(), 'proxy.sock');
  const open = new Set<Socket>();
  const proxy: Proxy = {
    address: `unix:${path}`,
    to: address,
    connections: 0,
    cut: () => {
      for (const socket of open) socket.destroy();
    },
  };
  const server = createServer((near) => {
    proxy.connections++;
    if (proxy.to === undefined) {
      near.destroy();
      return;
    }
    joinSockets(near, connect(proxy.to.slice('unix:'.length)), open);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  later(() => {
    proxy.cut();
    server.close();
  });
  return proxy;
}
