/**
 * The addon's build must not hang on this machine's npm settings: a `nodedir` there would hide that headers
 * are fetched elsewhere. So cmake-js runs here without any npm settings, and without a way to the network.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';

test('cmake-js takes the Node-API headers from node_modules', { timeout: 60_000 }, () => {
  const out = mkdtempSync(join(tmpdir(), 'warder-cmake-'));
  try {
    const refusing = 'http://127.0.0.1:9';
    execFileSync('node_modules/.bin/cmake-js', ['configure', '--directory', '.', '--out', out], {
      env: {
        PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
        HOME: '/nonexistent',
        https_proxy: refusing,
        http_proxy: refusing,
      },
      stdio: 'pipe',
    });
    const includes = /^CMAKE_JS_INC:.*=(.*)$/m
      .exec(readFileSync(join(out, 'CMakeCache.txt'), 'utf8'))?.[1]
      ?.split(';');
    expect(includes).toEqual([
      join(process.cwd(), 'node_modules/node-api-headers/include'),
      join(process.cwd(), 'node_modules/node-addon-api'),
    ]);
  } finally {
    removeTree(out);
  }
});
