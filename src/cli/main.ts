/**
 * Where `bin/warder` starts. Whatever a library left open does not keep the process: all output is out by then.
 */
import { main } from './program.ts';

await main(process.argv.slice(2));
process.exit();
