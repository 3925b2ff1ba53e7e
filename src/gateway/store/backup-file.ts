/**
 * One file of several, whole or refused.
 *
 * Form:   `warder-backup 1 <SHA-256 of the next line>`, a line of JSON (Manifest), then the files' bytes back to back in the
 *         manifest's order. Each line ends with one newline; digests are hex.
 * Throws: BACKUP_FORM, BACKUP_DAMAGED with the part, BACKUP_EXISTS; nothing half-written has the final name.
 */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, openSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { basename } from 'node:path';
import { WarderError } from '../../base/error.ts';

export interface Manifest {
  createdUnixMs: number;
  /** Of Warder that made it. */
  version: string;
  /** Of the log's events, and its name (in checkpoints). */
  events: number;
  log: string;
  files: { name: string; bytes: number; sha256: string }[];
}

const MAGIC = 'warder-backup 1';
const CHUNK = 1 << 20;
const MANIFEST_MOST = 1 << 20;
/** Names that a backup may hold: it must not write elsewhere. */
const NAME = /^(warder\.db|checkpoint|keys\/[a-z]{1,32}(\.next)?\.pem)$/;

export function sha256Of(path: string): { bytes: number; sha256: string } {
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  try {
    copy(file, statSync(path).size, (part) => hash.update(part));
  } finally {
    closeSync(file);
  }
  return { bytes: statSync(path).size, sha256: hash.digest('hex') };
}

/** @param paths of the files of the manifest, in its order */
export function writeBackup(out: string, manifest: Manifest, paths: readonly string[]): void {
  const draft = `${out}.${process.pid}.part`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    const json = JSON.stringify(manifest);
    writeSync(file, `${MAGIC} ${createHash('sha256').update(json).digest('hex')}\n${json}\n`);
    for (const [at, path] of paths.entries()) {
      const from = openSync(path, 'r');
      copy(from, manifest.files[at]!.bytes, (part) => writeSync(file, part));
      closeSync(from);
    }
    fsyncSync(file);
    linkSync(draft, out);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') throw exists(out);
    throw error;
  } finally {
    closeSync(file);
    rmSync(draft, { force: true });
  }
}

/** Writes the files of a backup where `place` says, each checked as it is written. Returns its manifest. */
export function readBackup(path: string, place: (name: string) => string): Manifest {
  const file = openSync(path, 'r');
  try {
    const { manifest, at } = manifestOf(file, path);
    let offset = at;
    for (const { name, bytes, sha256 } of manifest.files) {
      const hash = createHash('sha256');
      const to = openSync(place(name), 'wx', 0o600);
      try {
        const got = copy(
          file,
          bytes,
          (part) => {
            hash.update(part);
            writeSync(to, part);
          },
          offset,
        );
        if (got !== bytes || hash.digest('hex') !== sha256) throw damaged(path, name);
        fsyncSync(to);
      } finally {
        closeSync(to);
      }
      offset += bytes;
    }
    if (readSync(file, Buffer.alloc(1), 0, 1, offset) > 0) throw damaged(path, 'its end');
    return manifest;
  } finally {
    closeSync(file);
  }
}

export function exists(path: string): WarderError {
  return new WarderError(
    'BACKUP_EXISTS',
    `${path} is there already`,
    'name another file: a backup is never written over',
  );
}

function manifestOf(file: number, path: string): { manifest: Manifest; at: number } {
  const head = Buffer.alloc(MANIFEST_MOST);
  const bytes = readSync(file, head, 0, MANIFEST_MOST, 0);
  const text = head.subarray(0, bytes);
  const first = text.indexOf(10);
  const second = text.indexOf(10, first + 1);
  const [, digest] =
    /^warder-backup 1 ([0-9a-f]{64})$/.exec(text.subarray(0, Math.max(0, first)).toString('latin1')) ?? [];
  if (!digest || second < 0) {
    throw new WarderError(
      'BACKUP_FORM',
      `${basename(path)} is no backup of a gateway`,
      'name a file that `warder gateway backup` has written',
    );
  }
  const json = text.subarray(first + 1, second);
  if (createHash('sha256').update(json).digest('hex') !== digest) throw damaged(path, 'its list of files');
  const manifest = JSON.parse(json.toString('utf8')) as Manifest;
  for (const { name } of manifest.files)
    if (!NAME.test(name)) throw damaged(path, `the name ${JSON.stringify(name)}`);
  return { manifest, at: second + 1 };
}

/** Bytes that there were. `from`: where to read; else on from where the file stands. */
function copy(file: number, bytes: number, take: (part: Buffer) => void, from: number | null = null): number {
  const buffer = Buffer.alloc(Math.min(CHUNK, Math.max(bytes, 1)));
  let done = 0;
  while (done < bytes) {
    const got = readSync(
      file,
      buffer,
      0,
      Math.min(buffer.length, bytes - done),
      from === null ? null : from + done,
    );
    if (got === 0) break;
    take(buffer.subarray(0, got));
    done += got;
  }
  return done;
}

function damaged(path: string, what: string): WarderError {
  return new WarderError(
    'BACKUP_DAMAGED',
    `the backup ${path} is not as it was written: ${what}`,
    'use another copy of it; nothing has been restored',
  );
}
