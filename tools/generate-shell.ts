/**
 * Man pages and completion scripts for installation.
 *
 * In:  the directory of build results. Out: man/*.1, man/*.5, completions/warder.{bash,zsh,fish} in it.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { completionScript } from '../src/cli/completion.ts';
import { manPages } from '../src/cli/man.ts';

const [build = 'build'] = process.argv.slice(2);
for (const folder of ['man', 'completions']) {
  rmSync(join(build, folder), { recursive: true, force: true });
  mkdirSync(join(build, folder), { recursive: true });
}
for (const [name, text] of await manPages()) writeFileSync(join(build, 'man', name), text);
for (const shell of ['bash', 'zsh', 'fish'] as const) {
  writeFileSync(join(build, 'completions', `warder.${shell}`), await completionScript(shell));
}
