/**
 * Which source file imports which: static and dynamic imports and re-exports with a relative specifier.
 *
 * Lines count from 1. Package imports are left out: package.json says what there may be.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

export interface Import {
  /** Paths from the root of the repository. */
  from: string;
  line: number;
  to: string;
}

const SPECIFIER = /(?:\bfrom\s*|\bimport\s*\(?\s*)(['"])(\.{1,2}\/[^'"]+)\1/g;

export function importsOf(file: string, source: string): Import[] {
  return [...source.matchAll(SPECIFIER)].map((match) => ({
    from: file,
    line: source.slice(0, match.index).split('\n').length,
    to: normalize(join(dirname(file), match[2] as string)),
  }));
}

/** Every TypeScript file under a folder, generated ones left out. */
export function sourcesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.split('/').includes('generated'))
    .map((name) => join(folder, name))
    .sort();
}

export function read(file: string): string {
  return readFileSync(file, 'utf8');
}
