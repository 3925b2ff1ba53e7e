/**
 * The gateway's policy documents: those that people put into its store, and those that lie in its directory.
 *
 * In:     texts, as their authors wrote them; who it is.
 * Out:    what changed, or every fault of every text and no change at all.
 * Throws: POLICY_UNKNOWN, POLICY_VERSION, POLICY_CONFLICT, POLICY_IN_FILES, GATEWAY_STORE_….
 *
 * A document has one home: what a file of the directory holds cannot be put into the store as well.
 */
import { WarderError } from '../../base/error.ts';
import { LIMITS } from '../../contract/limits.ts';
import { nearest } from '../../contract/nearest.ts';
import { layerName } from '../../contract/policy.ts';
import type { Actor, OwnEvents } from '../own-events.ts';
import { diffDocuments } from '../policy/diff.ts';
import { type PolicyDocument, parsePolicyFile } from '../policy/document.ts';
import type { Fault } from '../policy/yaml-source.ts';
import {
  type Change,
  type DocumentVersion,
  type DocumentVersions,
  digestOf,
  storedFile,
} from './document-versions.ts';
import { enforcing } from './promote-text.ts';
import { splitDocuments } from './split.ts';

export interface PolicyText {
  /** For faults: as the author knows it. */
  name: string;
  text: string;
}

export interface PutOptions {
  author: Actor;
  comment: string;
  dryRun: boolean;
  /** `scope:name` and the version that it must have; 0: none yet. */
  expected?: readonly { policy: string; version: number }[];
}

export interface PolicyChange {
  policy: string;
  version: number;
  unchanged: boolean;
  removed: string[];
  added: string[];
}

export interface PutResult {
  faults: Fault[];
  warnings: Fault[];
  changes: PolicyChange[];
  applied: boolean;
}

export interface PoliciesOptions {
  versions: DocumentVersions;
  own: OwnEvents;
  /** What the directory holds, now. */
  files(): readonly PolicyDocument[];
  /** Told after each change. */
  onChange(): void;
}

/** One document on its way into the store. */
interface Candidate {
  text: string;
  document: PolicyDocument;
}

export class Policies {
  readonly #options: PoliciesOptions;
  #seen: readonly [unknown, unknown] = [null, null];
  #revision = 0;

  constructor(options: PoliciesOptions) {
    this.#options = options;
  }

  /** All that is in force. */
  documents(): readonly PolicyDocument[] {
    const { files, versions } = this.#options;
    return [...files(), ...versions.documents()];
  }

  /** Another number whenever `documents` is not what it was. */
  revision(): number {
    const parts = [this.#options.files(), this.#options.versions.documents()] as const;
    if (parts[0] !== this.#seen[0] || parts[1] !== this.#seen[1]) this.#revision++;
    this.#seen = parts;
    return this.#revision;
  }

  inFiles(): readonly PolicyDocument[] {
    return this.#options.files();
  }

  present(): DocumentVersion[] {
    return this.#options.versions.present();
  }

  /** Newest first. Throws POLICY_UNKNOWN. */
  versionsOf(policy: string): DocumentVersion[] {
    const found = this.#options.versions.versions(...titleOf(policy));
    if (found.length > 0) return found;
    const known = this.documents().map(layerName);
    const meant = nearest(policy, known);
    const inFiles = this.#options.files().find((document) => layerName(document) === policy);
    if (inFiles) throw keptInFiles(policy, inFiles.file);
    throw new WarderError(
      'POLICY_UNKNOWN',
      `no document '${policy}' in the store`,
      meant
        ? `write ${meant}`
        : 'write SCOPE:NAME as `warder policy list` shows it: team/payments:coding-agent',
    );
  }

  /** Version 0: the present one. Throws POLICY_UNKNOWN, POLICY_VERSION. */
  version(policy: string, version: number): DocumentVersion {
    const versions = this.versionsOf(policy);
    const found = version === 0 ? versions[0] : versions.find((each) => each.version === version);
    if (found?.text != null) return found;
    throw new WarderError(
      'POLICY_VERSION',
      found
        ? `${policy} was taken away in version ${found.version}`
        : `${policy} has no version ${version}, only 1 to ${versions[0]!.version}`,
      'name one that `warder policy history` shows with a text',
    );
  }

  put(texts: readonly PolicyText[], options: PutOptions): PutResult {
    const candidates = readCandidates(texts, this.#options.files());
    return this.#change('put', candidates, options);
  }

  rollback(policy: string, version: number, options: PutOptions): PutResult {
    const { text } = this.version(policy, version);
    return this.#change('rollback', readCandidates([{ name: policy, text: text! }], []), options);
  }

  /** From monitor to enforce. The text comes back with its layout kept. */
  promote(policy: string, options: PutOptions): PutResult {
    const { text } = this.version(policy, 0);
    return this.#change('promote', readCandidates([{ name: policy, text: enforcing(text!) }], []), options);
  }

  remove(policy: string, options: PutOptions): PutResult {
    const present = this.version(policy, 0);
    const [before] = parsePolicyFile(present.text!, storedFile(present)).documents;
    const change: PolicyChange = {
      policy,
      version: present.version + 1,
      unchanged: false,
      ...differences(before, undefined),
    };
    if (options.dryRun) return { faults: [], warnings: [], changes: [change], applied: false };
    this.#options.own.transaction((record) => {
      const { scope, name, mode } = present;
      const { author, comment } = options;
      this.#options.versions.add({
        scope,
        name,
        mode,
        text: null,
        author: author.name,
        comment,
        change: 'remove',
      });
      record({
        action: 'policy.removed',
        actor: author,
        subject: policy,
        because: comment,
        changes: { digest: [digestOf(present.text!), ''] },
      });
    });
    this.#options.onChange();
    return { faults: [], warnings: [], changes: [change], applied: true };
  }

  #change(kind: Exclude<Change, 'remove'>, read: ReadTexts, options: PutOptions): PutResult {
    const { faults, warnings, candidates } = read;
    if (faults.length > 0) return { faults, warnings, changes: [], applied: false };
    const { own, versions, onChange } = this.#options;
    const judged = [...warnings, ...this.#crowded(candidates)];
    if (options.dryRun) {
      this.#requireExpected(options.expected ?? []);
      const changes = candidates.map((candidate) => this.#changeOf(candidate));
      return { faults, warnings: judged, changes, applied: false };
    }
    const changes = own.transaction((record) => {
      this.#requireExpected(options.expected ?? []);
      const all = candidates.map((candidate) => this.#changeOf(candidate));
      for (const [index, change] of all.entries()) {
        if (change.unchanged) continue;
        const { document, text } = candidates[index]!;
        const { scope, name, mode } = document;
        const before = versions.versions(scope, name)[0];
        const { author, comment } = options;
        versions.add({ scope, name, text, mode, author: author.name, comment, change: kind });
        record({
          action: kind === 'promote' ? 'policy.promoted' : 'policy.put',
          actor: author,
          subject: change.policy,
          because: comment,
          changes: {
            version: [before ? `${before.version}` : '', `${change.version}`],
            digest: [before?.text == null ? '' : digestOf(before.text), digestOf(text)],
            mode: [before?.text == null ? '' : before.mode, mode],
          },
        });
      }
      return all;
    });
    if (changes.some(({ unchanged }) => !unchanged)) onChange();
    return { faults, warnings: judged, changes, applied: true };
  }

  #changeOf({ document, text }: Candidate): PolicyChange {
    const { scope, name } = document;
    const [latest] = this.#options.versions.versions(scope, name);
    const unchanged = latest?.text === text;
    const before =
      latest?.text == null ? undefined : parsePolicyFile(latest.text, storedFile(latest)).documents[0];
    const version = (latest?.version ?? 0) + (unchanged ? 0 : 1);
    return { policy: layerName(document), version, unchanged, ...differences(before, document) };
  }

  #requireExpected(expected: readonly { policy: string; version: number }[]): void {
    for (const { policy, version } of expected) {
      const present = this.#options.versions.versions(...titleOf(policy))[0]?.version ?? 0;
      if (present === version) continue;
      throw new WarderError(
        'POLICY_CONFLICT',
        `${policy} has version ${present}, and ${version} was expected: somebody changed it meanwhile`,
        'look at what changed (warder policy history), and put your change on top of it',
      );
    }
  }

  /** More documents than an agent can have: it would get no policy, and may do nothing. */
  #crowded(candidates: readonly Candidate[]): Fault[] {
    const titles = new Set(candidates.map(({ document }) => layerName(document)));
    const after = [
      ...this.documents().filter((document) => !titles.has(layerName(document))),
      ...candidates.map(({ document }) => document),
    ];
    const counts = new Map<string, number>();
    for (const { scope } of after) counts.set(scope, (counts.get(scope) ?? 0) + 1);
    const most = (kind: string) =>
      Math.max(0, ...[...counts].filter(([scope]) => scope.split('/')[0] === kind).map(([, count]) => count));
    const total = most('fleet') + most('org') + most('team') + most('agent');
    const [first] = candidates;
    if (total <= LIMITS.layers || !first) return [];
    const message = `up to ${total} documents may apply to one agent, at most ${LIMITS.layers} can be kept`;
    const fix = 'merge documents of one scope, or an agent that all of them take in gets no policy';
    return [{ file: first.document.file, line: first.document.line, column: 1, message, fix }];
  }
}

interface ReadTexts {
  faults: Fault[];
  warnings: Fault[];
  candidates: Candidate[];
}

/** Parses whole files first, so that faults have the author's lines. */
function readCandidates(texts: readonly PolicyText[], inFiles: readonly PolicyDocument[]): ReadTexts {
  const read: ReadTexts = { faults: [], warnings: [], candidates: [] };
  const seen = new Map<string, PolicyDocument>();
  const files = new Map(inFiles.map((document) => [layerName(document), document]));
  for (const { name, text } of texts) {
    const { documents, faults, warnings } = parsePolicyFile(text, name);
    read.faults.push(...faults);
    read.warnings.push(...warnings);
    if (faults.length > 0) continue;
    const parts = splitDocuments(text);
    for (const [index, document] of documents.entries()) {
      const title = layerName(document);
      const place = { file: name, line: document.line, column: 1 };
      const first = seen.get(title);
      const kept = files.get(title);
      if (first) {
        const message = `a second document '${document.name}' in scope ${document.scope}; the first is ${first.file}:${first.line}`;
        read.faults.push({ ...place, message, fix: 'give it another name, or merge the two' });
      }
      if (kept) {
        const { message, fix } = keptInFiles(title, kept.file);
        read.faults.push({ ...place, message, fix });
      }
      seen.set(title, document);
      read.candidates.push({ document, text: parts[index]! });
    }
  }
  return read;
}

function differences(before: PolicyDocument | undefined, after: PolicyDocument | undefined) {
  const all = diffDocuments(before ? [before] : [], after ? [after] : []);
  const of = (wanted: string) => all.filter(({ sign }) => sign === wanted).map(({ text }) => text);
  return { removed: of('-'), added: of('+') };
}

/** `team/payments:coding-agent` */
function titleOf(policy: string): [scope: string, name: string] {
  const at = policy.lastIndexOf(':');
  return at < 0 ? ['', policy] : [policy.slice(0, at), policy.slice(at + 1)];
}

function keptInFiles(policy: string, file: string): WarderError {
  return new WarderError(
    'POLICY_IN_FILES',
    `${policy} is kept in the gateway's directory of policies, in ${file}`,
    'change it there, or take the file away first',
  );
}
