/**
 * Policy documents in the gateway's database: every version of each, the newest being the one in force.
 *
 * Out:    documents parsed, kept until another process or this one changes any.
 * Throws: GATEWAY_STORE_… as database.ts says; POLICY_STORED where a stored text does not load any more (a newer
 *         Warder wrote it): then nothing of the store is used.
 */
import { createHash } from 'node:crypto';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { WarderError } from '../../base/error.ts';
import { layerName, type Mode } from '../../contract/policy.ts';
import { type PolicyDocument, parsePolicyFile } from '../policy/document.ts';
import { Recent } from '../store/recent.ts';

export type Change = 'put' | 'rollback' | 'promote' | 'remove';

export interface DocumentVersion {
  scope: string;
  name: string;
  /** From 1, of this document. */
  version: number;
  /** Null: taken away. */
  text: string | null;
  mode: Mode;
  author: string;
  timeUnixMs: number;
  comment: string;
  change: Change;
}

export type NewVersion = Omit<DocumentVersion, 'version' | 'timeUnixMs'>;

export class DocumentVersions {
  readonly #database: DatabaseSync;
  readonly #newest: Recent<'revision', number>;
  #revision = -1;
  #documents: readonly PolicyDocument[] = [];

  constructor(database: DatabaseSync) {
    this.#database = database;
    const newest = database.prepare('SELECT max(revision) AS revision FROM policy_documents');
    this.#newest = new Recent(() => (newest.get()?.revision as number | null) ?? 0);
  }

  /** Those in force. */
  documents(): readonly PolicyDocument[] {
    const revision = this.revision();
    if (revision !== this.#revision) {
      this.#documents = this.present().map(parseStored);
      this.#revision = revision;
    }
    return this.#documents;
  }

  /** Grows with each change of any document. */
  revision(): number {
    return this.#newest.get('revision') ?? 0;
  }

  /** The newest version of each document that was not taken away, by scope and name. */
  present(): DocumentVersion[] {
    return this.#all(
      `WHERE text IS NOT NULL AND version =
         (SELECT max(version) FROM policy_documents AS newer WHERE newer.scope = d.scope AND newer.name = d.name)
       ORDER BY scope, name`,
    );
  }

  /** Every version of one document, newest first. */
  versions(scope: string, name: string): DocumentVersion[] {
    return this.#all('WHERE scope = ? AND name = ? ORDER BY version DESC', scope, name);
  }

  /** Inside a transaction of the caller's. Returns the new version. */
  add({ scope, name, text, mode, author, comment, change }: NewVersion): number {
    const version = (this.versions(scope, name)[0]?.version ?? 0) + 1;
    this.#database
      .prepare(
        `INSERT INTO policy_documents (scope, name, version, text, mode, author, time_unix_ms, comment, change)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      )
      .run(scope, name, version, text, mode, author, Date.now(), comment, change);
    this.#newest.forget('revision');
    return version;
  }

  #all(where: string, ...values: string[]): DocumentVersion[] {
    return this.#database
      .prepare(`SELECT * FROM policy_documents AS d ${where}`)
      .all(...values)
      .map(toVersion);
  }
}

/** What stands in listings for a text. */
export function digestOf(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}

/** How rules of a stored document name the place where they stand. */
export function storedFile({ name, version }: Pick<DocumentVersion, 'name' | 'version'>): string {
  return `${name}@${version}`;
}

function toVersion(row: Record<string, SQLOutputValue>): DocumentVersion {
  return {
    scope: row.scope as string,
    name: row.name as string,
    version: row.version as number,
    text: row.text as string | null,
    mode: row.mode as Mode,
    author: row.author as string,
    timeUnixMs: row.time_unix_ms as number,
    comment: row.comment as string,
    change: row.change as Change,
  };
}

function parseStored(stored: DocumentVersion): PolicyDocument {
  const { documents, faults } = parsePolicyFile(stored.text!, storedFile(stored));
  const [document] = documents;
  if (document) return document;
  throw new WarderError(
    'POLICY_STORED',
    `version ${stored.version} of ${layerName(stored)} in the store does not load: ${faults[0]?.message}`,
    'use the Warder that wrote it, or put a version that this one understands',
  );
}
