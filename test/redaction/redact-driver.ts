/** `warder redact` as a program of its own, for tests of the command. */
import { main } from '../../src/cli/program.ts';

await main(['redact', ...process.argv.slice(2)]);
