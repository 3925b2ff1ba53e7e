/**
 * One line of a text that the kernel writes (proc(5)), by how it begins.
 *
 * In:  the text; what stands before the value, as it is.
 * Out: the rest of the first such line, undefined where there is none.
 *
 * Lines end with \n and nothing else: `^` and `$` of a regular expression stop at \r and U+2028 too, which the kernel leaves in the names
 * that users choose, of processes and of cgroups. Such a name would write lines of its own.
 */
export function lineBehind(text: string, start: string): string | undefined {
  const line = text.split('\n').find((one) => one.startsWith(start));
  return line?.slice(start.length);
}
