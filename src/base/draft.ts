/**
 * A file that is there whole or not at all: written beside its place, and put there at the end.
 *
 * In:  where it is to be, and its mode.
 * Out: a descriptor to write to, and what becomes of it. A device, a pipe or a socket at the place stays and is written
 *      to as it is: a name that everybody uses (/dev/null) must not become a file.
 */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, statSync } from 'node:fs';

export interface Draft {
  readonly fd: number;
  /** It is whole: on disk, and in its place. */
  keep(): void;
  /** It is not to be. Also behind a keep() that failed. */
  drop(): void;
}

/** Throws what node throws. */
export function openDraft(path: string, mode: number): Draft {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there && !there.isFile()) {
    const fd = openSync(path, 'w');
    const close = once(() => closeSync(fd));
    return { fd, keep: close, drop: close };
  }
  const draft = `${path}.${process.pid}.part`;
  rmSync(draft, { force: true }); // of one that was killed, and had our number
  const fd = openSync(draft, 'wx', mode);
  const close = once(() => closeSync(fd));
  return {
    fd,
    keep: () => {
      fsyncSync(fd);
      close();
      renameSync(draft, path);
    },
    drop: () => {
      close();
      rmSync(draft, { force: true });
    },
  };
}

function once(act: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}
