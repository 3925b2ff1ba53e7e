/** Connects to a database. In: host:port. Exit status 1 with the reason when that fails. */
import { connect } from 'node:net';

const [host, port] = process.argv[2].split(':');
const socket = connect(Number(port), host);
socket.on('connect', () => {
  console.log('connected to the database');
  socket.destroy();
});
socket.on('error', ({ message }) => {
  console.log(message);
  process.exitCode = 1;
});
