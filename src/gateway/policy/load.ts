/**
 * Policy files from disk, all of them checked before any is used.
 *
 * Throws (loadPolicyFiles and requireNoFaults only): POLICY_INVALID with every fault of every file, each as
 * `file:line:column: what is wrong; what to write`.
 */
import { readBounded } from '../../base/bounded-file.ts';
import { WarderError } from '../../base/error.ts';
import { LIMITS } from '../../contract/limits.ts';
import { type ParsedFile, type PolicyDocument, parsePolicyFile, type Title } from './document.ts';
import type { Fault } from './yaml-source.ts';

/** Documents, or none of them where there is one fault anywhere. */
export function readPolicyFiles(paths: readonly string[]): ParsedFile {
  const files = paths.map(readPolicyFile);
  const documents = files.flatMap((file) => file.documents);
  const titles = files.flatMap((file) => file.titles);
  const faults = [...files.flatMap((file) => file.faults), ...duplicates(titles)];
  const warnings = files.flatMap((file) => file.warnings);
  return { documents: faults.length > 0 ? [] : documents, titles, faults, warnings };
}

export function loadPolicyFiles(paths: readonly string[]): PolicyDocument[] {
  return requireNoFaults(readPolicyFiles(paths)).documents;
}

export function requireNoFaults(file: ParsedFile): ParsedFile {
  const { faults } = file;
  if (faults.length === 0) return file;
  const count = faults.length === 1 ? '1 fault' : `${faults.length} faults`;
  throw new WarderError(
    'POLICY_INVALID',
    `${count} in the policy, so nothing of it takes effect:\n${faults.map(formatFault).join('\n')}`,
    'write what each line says, and look again with `warder policy check`',
  );
}

export function formatFault({ file, line, column, message, fix }: Fault): string {
  return `${file}:${line}:${column}: ${message}; ${fix}`;
}

function readPolicyFile(path: string): ParsedFile {
  const source = readText(path);
  if ('fault' in source) return { documents: [], titles: [], faults: [source.fault], warnings: [] };
  return parsePolicyFile(source.text, path);
}

/** The text of a file that people wrote, or why it cannot be had. */
export function readText(path: string): { text: string } | { fault: Fault } {
  const fault = (message: string, fix: string) => ({
    fault: { file: path, line: 1, column: 1, message, fix },
  });
  try {
    const text = decodeUtf8(readBounded(path, LIMITS.fileBytes));
    return text === null ? fault('the file is not UTF-8 text', 'save it as UTF-8') : { text };
  } catch (error) {
    if (error instanceof WarderError) return fault(error.message, error.fix);
    const { code } = error as NodeJS.ErrnoException;
    return fault(`the file cannot be read: ${code}`, 'give the path of a file that is there and may be read');
  }
}

function decodeUtf8(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function duplicates(titles: readonly Title[]): Fault[] {
  const seen = new Map<string, Title>();
  return titles.flatMap(({ file, line, column, name, scope }): Fault[] => {
    const key = `${scope}:${name}`;
    const first = seen.get(key);
    if (!first) {
      seen.set(key, { file, line, column, name, scope });
      return [];
    }
    const message = `a second document '${name}' in scope ${scope}; the first is ${first.file}:${first.line}`;
    return [{ file, line, column, message, fix: 'give it another name, or merge the two' }];
  });
}
