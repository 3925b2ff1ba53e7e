import {
  chmodSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  findStateDirectory,
  openStateDirectory,
  stateDirectoryPath,
  stateDirectoryUser,
} from '../../src/base/state-dir.ts';
import { removeTree } from '../remove-tree.ts';

const uid = process.geteuid!();
/** Somebody else: neither root nor who runs the tests. */
const STRANGER = 54_321;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'warder-state-'));
});
afterEach(() => removeTree(folder));

const user = { uid, trusted: [0] };
const open = (path: string, who = user) => openStateDirectory(path, who);

describe('which directory', () => {
  test('--state wins over the environment', () => {
    const environment = { WARDER_STATE_DIR: '/b', XDG_STATE_HOME: '/c', HOME: '/h' };
    expect(stateDirectoryPath('/a', environment)).toBe('/a');
    expect(stateDirectoryPath(undefined, environment)).toBe('/b');
  });

  test('a relative --state is taken from the working directory', () => {
    expect(stateDirectoryPath('state', {})).toBe(join(process.cwd(), 'state'));
  });

  test('the XDG state directory comes next, and home after it', () => {
    expect(stateDirectoryPath(undefined, { XDG_STATE_HOME: '/x', HOME: '/h' })).toBe('/x/warder');
    expect(stateDirectoryPath(undefined, { HOME: '/h' })).toBe('/h/.local/state/warder');
  });

  test('a relative XDG_STATE_HOME is passed over, as its specification asks', () => {
    expect(stateDirectoryPath(undefined, { XDG_STATE_HOME: 'x', HOME: '/h' })).toBe('/h/.local/state/warder');
  });

  test('an empty --state is an error and not the default', () => {
    expect(() => stateDirectoryPath('', { HOME: '/h' })).toThrow('--state is empty');
  });
});

describe('who is trusted on the way', () => {
  test('behind sudo, the caller', () => {
    expect(stateDirectoryUser({ SUDO_UID: '1000' }).trusted).toEqual(uid === 0 ? [0, 1000] : [0]);
  });

  test('without sudo, root alone', () => {
    expect(stateDirectoryUser({})).toEqual({ uid, trusted: [0] });
  });
});

describe('openStateDirectory', () => {
  test('makes what is missing, closed to others', () => {
    const path = join(folder, 'a', 'b');
    expect(open(path)).toBe(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'a')).mode & 0o777).toBe(0o700);
  });

  test('takes one that is there already', () => {
    const path = open(join(folder, 'a'));
    writeFileSync(join(path, 'warder.db'), '');
    expect(open(path)).toBe(path);
  });

  test('closes an empty one that was open', () => {
    const path = join(folder, 'a');
    mkdirSync(path);
    chmodSync(path, 0o777);
    open(path);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  test.each([0o755, 0o710, 0o702])('refuses one that holds something and has mode %o', (mode) => {
    const path = join(folder, 'a');
    mkdirSync(path);
    writeFileSync(join(path, 'x'), '');
    chmodSync(path, mode);
    expect(() => open(path)).toThrow(`${path} is open to others (mode ${mode.toString(8)})`);
    expect(statSync(path).mode & 0o777).toBe(mode);
  });

  test('refuses a file, and a path below a file', () => {
    const path = join(folder, 'a');
    writeFileSync(path, '');
    expect(() => open(path)).toThrow(`${path} is a file of another kind`);
    expect(() => open(join(path, 'b'))).toThrow(`${path} is a file of another kind`);
  });

  test('refuses one of another user', () => {
    expect(() => open(folder, { uid: STRANGER, trusted: [0, uid] })).toThrow(
      `belongs to user ${uid}, Warder runs as user ${STRANGER}`,
    );
  });

  test('refuses a way through a directory of another user', () => {
    expect(() => open(join(folder, 'a'), { uid: STRANGER, trusted: uid === 0 ? [] : [0] })).toThrow(
      /of user \d+, who could put another in its place/,
    );
    expect(lstatSync(join(folder, 'a'), { throwIfNoEntry: false })).toBeUndefined();
  });

  test('refuses a parent that everyone may write, unless it is sticky', () => {
    const parent = join(folder, 'open');
    mkdirSync(parent);
    chmodSync(parent, 0o777);
    expect(() => open(join(parent, 'a'))).toThrow(
      `lies under ${parent}, which everyone may write (mode 777)`,
    );
    chmodSync(parent, 0o1777);
    expect(open(join(parent, 'a'))).toBe(join(parent, 'a'));
  });

  test('follows a link of its own user to the real directory', () => {
    mkdirSync(join(folder, 'real'), { mode: 0o700 });
    symlinkSync('real', join(folder, 'link'));
    expect(open(join(folder, 'link'))).toBe(join(folder, 'real'));
  });

  test('looks at what stands behind a link as well', () => {
    const parent = join(folder, 'open');
    mkdirSync(parent);
    chmodSync(parent, 0o777);
    symlinkSync(join(parent, 'a'), join(folder, 'link'));
    expect(() => open(join(folder, 'link'))).toThrow(`lies under ${parent}`);
  });

  test('ends on links that lead in a circle', () => {
    symlinkSync('two', join(folder, 'one'));
    symlinkSync('one', join(folder, 'two'));
    expect(() => open(join(folder, 'one'))).toThrow('more than 40 symlinks');
  });

  // Only root can give a link away; that a stranger's directory is refused is tested above for everyone.
  test.runIf(uid === 0)('refuses a link that another user laid in a sticky directory', () => {
    mkdirSync(join(folder, 'real'), { mode: 0o700 });
    symlinkSync(join(folder, 'real'), join(folder, 'theirs'));
    lchownSync(join(folder, 'theirs'), STRANGER, STRANGER);
    expect(() => open(join(folder, 'theirs'))).toThrow(
      `the symlink ${join(folder, 'theirs')} of user ${STRANGER}`,
    );
  });
});

describe('findStateDirectory', () => {
  test('makes nothing', () => {
    expect(findStateDirectory(join(folder, 'a', 'b'), user)).toBeUndefined();
    expect(lstatSync(join(folder, 'a'), { throwIfNoEntry: false })).toBeUndefined();
  });

  test('applies the same rules', () => {
    writeFileSync(join(folder, 'x'), '');
    chmodSync(folder, 0o755);
    expect(() => findStateDirectory(folder, user)).toThrow('is open to others');
  });
});
