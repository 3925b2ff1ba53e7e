/** Where `bin/warder` starts. Whatever a library left open does not keep the process: all output is out by then. */
import { useCompiled } from '../base/compiled.ts';

useCompiled();
const { main } = await import('./program.ts');
await main(process.argv.slice(2));
process.exit();
