/**
 * ArcSight Common Event Format, version 0 (Micro Focus "Implementing ArcSight CEF", revision 26).
 *
 * Header fields escape `\` and `|`, extension values `\` and `=`. Every text goes through printable() first, so
 * that a line stays a line: a control character stands there as its escape, its backslash doubled by CEF.
 */
import { printable } from '../../base/printable.ts';
import type { LoggedEvent } from '../../contract/messages.ts';
import { warderVersion } from '../version.ts';
import { type Facts, factsOf } from './facts.ts';

const SEVERITY = { refused: 7, would: 4, lost: 6, plain: 1 } as const;

export function cefLine(logged: LoggedEvent): string {
  const facts = factsOf(logged);
  const header = ['Warder', 'warder', warderVersion(), facts.kind, `${facts.kind} ${facts.word ?? ''}`.trim()]
    .map(headerValue)
    .join('|');
  const extension = Object.entries(fields(facts, logged))
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([key, value]) => `${key}=${extensionValue(String(value))}`)
    .join(' ');
  return `CEF:0|${header}|${SEVERITY[facts.severity]}|${extension}`;
}

function fields(facts: Facts, logged: LoggedEvent): Record<string, string | number | undefined> {
  const { event, rule } = facts;
  const { process, exec, fileOpen, fileChange, load, network, exited, decision } = event;
  const path = fileOpen?.path ?? fileChange?.path ?? load?.path ?? exec?.path;
  const numeric = network?.address && !/^[/@]/.test(network.address) ? network.address : undefined;
  return {
    rt: facts.timeMs,
    externalId: facts.index,
    dvchost: facts.host,
    deviceProcessName: 'warder',
    cat: decision?.category ?? undefined,
    act: facts.word,
    outcome: decision ? (facts.severity === 'refused' ? 'failure' : 'success') : undefined,
    reason: facts.why,
    spid: process?.pid ?? undefined,
    sproc: process?.executable ?? undefined,
    suid: process ? (process.uid ?? 0) : undefined,
    suser: process?.user ?? undefined,
    filePath: fileChange?.target ? fileChange.target : (path ?? undefined),
    oldFilePath: fileChange?.target ? (path ?? undefined) : undefined,
    dst: numeric,
    dpt: numeric ? (network?.port ?? 0) : undefined,
    dhost: network?.name ?? event.nameLookup?.name ?? undefined,
    proto: network?.protocol ?? undefined,
    request: exec?.argv?.join(' '),
    cn1Label: exited ? 'exitStatus' : undefined,
    cn1: exited ? (exited.code ?? 0) : undefined,
    cs1Label: 'agent',
    cs1: event.agent ?? undefined,
    cs2Label: 'run',
    cs2: event.run ?? undefined,
    cs3Label: rule ? 'rule' : undefined,
    cs3: rule ? `${rule.layer} ${rule.effect} ${rule.pattern}` : undefined,
    cs4Label: facts.because ? 'because' : undefined,
    cs4: facts.because,
    cs5Label: process ? 'execId' : undefined,
    cs5: process?.execId ?? undefined,
    cs6Label: 'origin',
    cs6: `${logged.origin ?? ''}:${String(event.sequence ?? 0)}`,
    msg: facts.text,
  };
}

function headerValue(text: string): string {
  return printable(text).replaceAll('\\', '\\\\').replaceAll('|', '\\|');
}

function extensionValue(text: string): string {
  return printable(text).replaceAll('\\', '\\\\').replaceAll('=', '\\=');
}
