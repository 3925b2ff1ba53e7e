/** A benchmark as far as its directories go: makes one with a service in it, says both, and waits to be ended. */
import { spawn } from 'node:child_process';
import { noteProcess } from './owned.ts';
import { beginClean, diskDirectory, later } from './place.ts';

await beginClean();
const directory = diskDirectory();
const service = spawn('sleep', ['600'], { stdio: 'ignore' });
noteProcess(directory, service.pid!);
later(() => service.kill());
console.log(JSON.stringify({ directory, service: service.pid }));
setInterval(() => {}, 1000);
