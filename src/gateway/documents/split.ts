/**
 * The text of a policy file as the texts of its documents, for each has versions of its own.
 *
 * In:  a text that reads as YAML.
 * Out: one text for each document that holds something, with its comments; never none but for an empty file.
 *
 * `---` at the beginning of a line always ends a document (YAML 1.2.2, 9.1.2), inside of scalars too.
 */
const MARKER = /^---(?=\s|$)/;

export function splitDocuments(text: string): string[] {
  const parts: string[][] = [[]];
  for (const line of text.split('\n')) {
    // Comments in front of the first marker are the next document's.
    if (MARKER.test(line) && parts.at(-1)!.some(holdsSomething)) parts.push([]);
    const rest = line.replace(MARKER, '');
    if (rest !== line && rest.trim() === '') continue;
    parts.at(-1)!.push(rest === line ? line : rest.trimStart());
  }
  return parts.filter((lines) => lines.some(holdsSomething)).map((lines) => `${lines.join('\n').trim()}\n`);
}

function holdsSomething(line: string): boolean {
  return !/^\s*(#.*)?$/.test(line) && line !== '...';
}
