/** In each test's process: build/warder.node is the sanitized one. Throws when the sanitizers are not there. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SANITIZED = fileURLToPath(new URL('../../build/sanitize/out/warder.node', import.meta.url));
const load = process.dlopen;

if (!readFileSync('/proc/self/maps', 'utf8').includes('libasan')) throw new Error('run it by: make sanitize');

process.dlopen = (module: object, file: string, ...flags: number[]) =>
  load.call(process, module, file.endsWith('/build/warder.node') ? SANITIZED : file, ...(flags as [number?]));
