/**
 * The page's own files, read once: what `make build` put into dist/console. Names under assets/ carry a digest of what is
 * in them, and may be kept for ever.
 *
 * Throws: CONSOLE_PAGE where they are not there.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { WarderError } from '../../base/error.ts';
import { atRoot } from '../../base/root.ts';

const FOLDER = atRoot('dist/console/');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

export interface Asset {
  bytes: Buffer;
  type: string;
  immutable: boolean;
}

/** By path of the URL. */
export function readAssets(folder = FOLDER): Map<string, Asset> {
  try {
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const assets = names.flatMap((name): [string, Asset][] => {
      const type = TYPES[extname(name)];
      if (type === undefined) return [];
      const asset = { bytes: readFileSync(join(folder, name)), type, immutable: name.startsWith('assets/') };
      return [[name === 'index.html' ? '/' : `/${name}`, asset]];
    });
    if (!assets.some(([path]) => path === '/')) throw new Error('there is no index.html');
    return new Map(assets);
  } catch (error) {
    throw new WarderError(
      'CONSOLE_PAGE',
      `the console's page is not in ${folder}: ${(error as Error).message}`,
      'build it: make build; or leave `console` out of the configuration',
      { cause: error },
    );
  }
}
