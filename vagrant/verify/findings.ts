/**
 * What warder-verify wrote about one kernel (vagrant/verify/verify.c), as values.
 *
 * In:     its text: tab-separated lines.
 * Throws: an Error with the line for any other form, and where there is no `kernel` line: that is version skew.
 */

export interface Loaded {
  outcome: 'loaded';
  /** Instructions that the verifier processed. */
  instructions: number;
  xlatedBytes: number;
  jitedBytes: number;
  /** Bytes by function as the verifier has them: "120+96+0". */
  stack: string;
}

export interface NotLoaded {
  /**
   * `refused`: by the verifier. `unavailable`: this host loads no program of that type there. `absent`: this
   * kernel has no such hook.
   */
  outcome: 'refused' | 'unavailable' | 'absent';
  /** "EPERM"; "-" where it is absent. */
  errnoName: string;
  /** The verifier's last lines. */
  log: string[];
}

export type ProgramFinding = { name: string; section: string } & (Loaded | NotLoaded);

export interface MapFinding {
  name: string;
  type: string;
  keyBytes: number;
  valueBytes: number;
  entries: number;
  /** What the kernel accounts for it while it is empty; 0 where it does not say. */
  emptyBytes: number;
}

export interface Findings {
  /** `uname -r`. */
  release: string;
  programs: ProgramFinding[];
  maps: MapFinding[];
}

export function parseFindings(text: string): Findings {
  const findings: Findings = { release: '', programs: [], maps: [] };
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const [word, ...fields] = line.split('\t');
    if (word === 'kernel' && fields.length === 1) findings.release = fields[0]!;
    else if (word === 'program' && fields.length >= 4) findings.programs.push(parseProgram(line, fields));
    else if (word === 'map' && fields.length === 6) findings.maps.push(parseMap(line, fields));
    else if (word === 'log') logLine(findings, line);
    else throw unknown(line);
  }
  if (findings.release === '') throw new Error('findings of the verifier name no kernel');
  return findings;
}

function parseProgram(line: string, fields: string[]): ProgramFinding {
  const [name, section, outcome, ...rest] = fields as [string, string, string, ...string[]];
  if (outcome === 'loaded' && rest.length === 4) {
    const [instructions, xlatedBytes, jitedBytes] = rest.slice(0, 3).map((field) => count(line, field));
    return {
      name,
      section,
      outcome,
      instructions: instructions!,
      xlatedBytes: xlatedBytes!,
      jitedBytes: jitedBytes!,
      stack: rest[3]!,
    };
  }
  if (outcome === 'refused' || outcome === 'unavailable' || outcome === 'absent') {
    return { name, section, outcome, errnoName: rest[0]!, log: [] };
  }
  throw unknown(line);
}

function parseMap(line: string, fields: string[]): MapFinding {
  const [keyBytes, valueBytes, entries, emptyBytes] = fields.slice(2).map((field) => count(line, field));
  return {
    name: fields[0]!,
    type: fields[1]!,
    keyBytes: keyBytes!,
    valueBytes: valueBytes!,
    entries: entries!,
    emptyBytes: emptyBytes!,
  };
}

function logLine(findings: Findings, line: string): void {
  const last = findings.programs.at(-1);
  if (last?.outcome !== 'refused') throw unknown(line);
  last.log.push(line.slice('log\t'.length));
}

function count(line: string, field: string): number {
  if (!/^\d+$/.test(field)) throw unknown(line);
  return Number(field);
}

function unknown(line: string): Error {
  return new Error(`not a line of warder-verify's: ${JSON.stringify(line)}`);
}
