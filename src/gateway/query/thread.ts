/** Where the thread that answers questions starts: the first question of a gateway's life waits for it. */
import { useCompiled } from '../../base/compiled.ts';
import { IS_BUNDLED } from '../../base/root.ts';

if (IS_BUNDLED) useCompiled();
await import('./worker.ts');
