/**
 * Where `bin/warder` starts. Whatever a library left open does not keep the process: all output is out by then.
 *
 * What node compiled of the bundle is kept beside it by `make build` (tools/bundle.ts), and is as much code as the bundle:
 * who may write there may write here. Users without that right read it, or go without.
 */
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { atRoot } from '../base/root.ts';

const COMPILED = atRoot('dist/compiled');

if (existsSync(COMPILED)) enableCompileCache({ directory: COMPILED, portable: true });
const { main } = await import('./program.ts');
await main(process.argv.slice(2));
process.exit();
