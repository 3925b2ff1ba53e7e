/**
 * The world outside the demo's agent: an HTTP server that it may reach, and a "production database" that it may
 * not. Both on loopback.
 *
 * In:  the folder to serve, a file for the addresses, a file for connections that reached the database.
 * Out: the addresses as shell assignments, once both listen; one line per connection to the database.
 */
import { once } from 'node:events';
import { appendFileSync, createReadStream, renameSync, statSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import { join, normalize } from 'node:path';

const [folder, addressFile, connectionFile] = process.argv.slice(2);
/** The ports that policy.yaml allows on 127.0.0.1. The database has one of them: only its address is denied. */
const PORTS = Array.from({ length: 100 }, (_, index) => 8400 + index);

const http = createHttpServer((request, response) => {
  const path = join(folder, normalize(new URL(request.url, 'http://x').pathname));
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) response.writeHead(404).end();
  else createReadStream(path).pipe(response);
});
const database = createServer((socket) => {
  appendFileSync(connectionFile, `${socket.remoteAddress}\n`);
  socket.destroy();
});

async function listen(server, ports, host) {
  for (const port of ports) {
    server.listen(port, host);
    try {
      await once(server, 'listening');
      return server.address().port;
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error;
    }
  }
  throw new Error(`no free port of ${ports[0]} to ${ports.at(-1)} on ${host}`);
}

const httpPort = await listen(http, PORTS, '127.0.0.1');
const databasePort = await listen(database, PORTS, '127.0.0.66');
writeFileSync(
  `${addressFile}.new`,
  `DEMO_SERVER=http://127.0.0.1:${httpPort}\nDEMO_DATABASE=127.0.0.66:${databasePort}\n`,
);
renameSync(`${addressFile}.new`, addressFile);
