/**
 * Stands for `warder run` in a terminal: starts the launcher, lets the command go, survives the terminal's
 * signals, and writes what the launcher says to its standard output.
 *
 * In: node launch-in-terminal.ts LAUNCHER CGROUP command…
 */
import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { createInterface } from 'node:readline';

const [launcher, cgroup, ...command] = process.argv.slice(2);
for (const signal of ['SIGQUIT', 'SIGTSTP'] as const) process.on(signal, () => {});
const child = spawn(launcher!, ['--cgroup', cgroup!, '--control-fd', '3', '--', ...command], {
  stdio: ['inherit', 'inherit', 'inherit', 'pipe'],
});
const control = child.stdio[3] as Socket;
// What the terminal's signal ended may be gone before it is passed on.
control.on('error', (fault: NodeJS.ErrnoException) => {
  if (fault.code !== 'EPIPE' && fault.code !== 'ECONNRESET') throw fault;
});
process.on('SIGINT', (_name: NodeJS.Signals, number: number) => {
  control.write(`passed ${number}\n`);
  console.log('caller: SIGINT passed on');
});
createInterface({ input: control }).on('line', (line) => {
  console.log(`launcher: ${line}`);
  if (line.startsWith('pid ')) control.write('go\n');
});
child.on('close', (code, signal) => {
  console.log(`launcher ended: ${signal ?? code}`);
  process.exit(0);
});
