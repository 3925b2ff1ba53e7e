/**
 * What node compiled of the bundle is kept beside it by `make build` (tools/bundle.ts), and is as much code as the bundle: who
 * may write there may write here. Users without that right read it, or go without. Each thread asks for it by itself, before
 * it loads anything else.
 */
import { existsSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { atRoot } from './root.ts';

const COMPILED = atRoot('dist/compiled');

export function useCompiled(): void {
  if (existsSync(COMPILED)) enableCompileCache({ directory: COMPILED, portable: true });
}
