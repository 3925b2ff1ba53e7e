/**
 * Warder's sources and the packages that they use as a few files in dist/, and what node makes of them compiled beside them.
 * `warder run` would read 750 files otherwise, which is half a second before anything begins.
 *
 * In:     src/ as it is, checked by tsc before.
 * Out:    dist/cli/main.js, the workers of gateway and runtime, and what they share in dist/chunks/, all two folders below the root
 *         (src/base/root.ts). dist/runtime/automaton (runtime/redaction/kept-automaton.ts). dist/compiled/.
 * Throws: where a file cannot be bundled.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { rolldown } from 'rolldown';
import { anchorsOf } from '../src/runtime/redaction/anchors.ts';
import { KEPT, keptOf } from '../src/runtime/redaction/kept-automaton.ts';
import { compileRule } from '../src/runtime/redaction/rule.ts';
import { RULES } from '../src/runtime/redaction/rules/index.ts';

const OUT = 'dist';

/**
 * Loaded from node_modules when they are needed: those that look for files beside themselves, and none of which is on
 * the way to a run.
 */
const EXTERNAL = [/^pino$/, /^@grpc\/(reflection|proto-loader)$/, /^grpc-health-check$/];

for (const made of ['cli', 'gateway', 'runtime', 'chunks', 'compiled']) {
  rmSync(`${OUT}/${made}`, { recursive: true, force: true });
}
const bundle = await rolldown({
  input: {
    'cli/main': 'src/cli/main.ts',
    'gateway/query-worker': 'src/gateway/query/thread.ts',
    'runtime/resolver-thread': 'src/runtime/egress/thread.ts',
  },
  platform: 'node',
  external: EXTERNAL,
  onLog: (level, log) => {
    if (level === 'warn') throw new Error(`tools/bundle.ts: ${log.message}`);
  },
});
await bundle.write({
  dir: OUT,
  format: 'esm',
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name]-[hash].js',
  // Licences stay; what else is said in comments is a fifth of the bundle, which node keeps in memory.
  comments: { legal: true, annotation: false, jsdoc: false },
});
await bundle.close();
writeFileSync(KEPT, keptOf(anchorsOf(RULES.map(compileRule)).map(({ literal }) => literal)));
mkdirSync(`${OUT}/compiled`);
// The one command that loads all others. Started as it is later: what V8 made serves only a node with the same options.
execFileSync('bin/warder', ['completion', 'bash'], { stdio: ['ignore', 'ignore', 'inherit'] });
