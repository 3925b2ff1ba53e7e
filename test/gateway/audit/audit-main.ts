/** `warder audit …` and nothing else: the command as the program runs it. */
import { auditCommand } from '../../../src/cli/audit.ts';
import { main } from '../../../src/cli/program.ts';

await main(process.argv.slice(2), [{ name: 'audit', summary: 'evidence', load: async () => auditCommand() }]);
