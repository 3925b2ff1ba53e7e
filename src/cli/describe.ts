/**
 * An event in words, as the columns of a line: who, what, on what, and what the policy said.
 *
 * In:  an event of the contract.
 * Out: texts that went through printable(): an agent chooses its file names and arguments.
 */
import { basename } from 'node:path';
import { contextText } from '../base/context-text.ts';
import { endText } from '../base/end-text.ts';
import { printable, printableWord } from '../base/printable.ts';
import { toBigInt, toNumber } from '../contract/int64.ts';
import {
  type ContextChange,
  type Event,
  type Exec,
  type FileChange,
  type GatewayEvent,
  type NameLookup,
  type NetworkAction,
  NetworkKind,
  type Privileged,
  type Usage,
} from '../contract/messages.ts';
import { type RulingText, rulingText } from './ruling.ts';

export interface EventText {
  /** 0 for what Warder says of itself. */
  pid: number;
  program: string;
  action: string;
  target: string;
  /** Absent where nothing was judged. */
  ruling?: RulingText;
}

const NETWORK_ACTIONS: Readonly<Record<number, string>> = {
  [NetworkKind.KIND_CONNECT]: 'connect',
  [NetworkKind.KIND_SEND]: 'send',
  [NetworkKind.KIND_BIND]: 'bind',
};

export function describeEvent(event: Event): EventText {
  const { process, decision } = event;
  const [action, target] = actionOf(event);
  return {
    pid: process?.pid ?? 0,
    program: printable(process ? basename(process.executable || '') || process.comm || '?' : 'warder'),
    action,
    target,
    ...(decision ? { ruling: rulingText(decision) } : {}),
  };
}

/** Both printable. */
function actionOf(event: Event): [action: string, target: string] {
  const { exec, fileOpen, fileChange, load, privileged, network, exited } = event;
  const { loss, runStarted, runEnded, notice, nameLookup, contextChange } = event;
  if (exec) return ['exec', commandLine(exec)];
  if (fileOpen) return [fileOpen.write ? 'write' : 'read', printable(fileOpen.path || '(no name)')];
  if (fileChange) return [printable(fileChange.operation || 'change'), changeText(fileChange)];
  if (load) return ['load', printable(load.path || '(no name)')];
  if (privileged) return ['privilege', privilegeText(privileged)];
  if (contextChange) return [printable(contextChange.operation || 'context'), contextOf(contextChange)];
  if (nameLookup) return ['lookup', lookupText(nameLookup)];
  if (network) return [NETWORK_ACTIONS[network.kind ?? 0] ?? 'network', endpoint(network)];
  if (event.forked) return ['fork', ''];
  if (exited) return ['exit', endText(exited)];
  if (loss) return ['lost', printable((loss.counts ?? []).map(lossText).join(', '))];
  if (runStarted?.adopted) return ['adopt', runStarted.adopted];
  if (runStarted)
    return ['start', [...(runStarted.argv ?? []).map(printableWord), ...more(runStarted.argvCut)].join(' ')];
  if (runEnded) return ['end', endText(runEnded)];
  if (event.usage) return ['used', usageText(event.usage)];
  if (event.gateway) return ['gateway', gatewayText(event.gateway)];
  if (notice) return [printable(notice.kind || 'notice'), printable(notice.text ?? '')];
  return ['event', 'of a kind that this version does not know'];
}

/** Printable, with quotes around what holds more than a word: `/usr/bin/git commit -m 'a message'` */
export function commandLine(exec: Exec): string {
  const [, ...rest] = exec.argv ?? [];
  return [printable(exec.path || '(no name)'), ...rest.map(printableWord), ...more(exec.argvCut)].join(' ');
}

function more(cut: boolean | null | undefined): string[] {
  return cut ? ['…'] : [];
}

/** Printable: `tcp api.example.com (192.0.2.7):443`, `udp [2001:db8::1]:53`, `unix /run/x.sock` */
export function endpoint({ protocol, address, port, name }: NetworkAction): string {
  if (address?.startsWith('/') || address?.startsWith('@'))
    return printable(`${protocol || 'unix'} ${address}`);
  const host = address?.includes(':') ? `[${address}]` : (address ?? '');
  return printable(`${protocol ?? ''} ${name ? `${name} (${host})` : host}:${port ?? 0}`);
}

/** Printable: `api.example.com A 192.0.2.7`, `x.example AAAA REFUSED`; what was taken out of the answer behind "without". */
function lookupText({ name, type, code, addresses, removed, looksLike }: NameLookup): string {
  const answer = code === 'NOERROR' ? (addresses ?? []).join(' ') || 'nothing' : code || '';
  const without = removed?.length ? ` without ${removed.join(' ')}` : '';
  const like = looksLike ? `, which looks like ${looksLike}` : '';
  return printable(`${name} ${type} ${answer}${without}${like}`);
}

/** Printable: a path, and the second one of a rename or link: `/w/a -> /w/b`. */
function changeText({ path, target }: FileChange): string {
  return printable(target ? `${path} -> ${target}` : path || '(no name)');
}

/** Printable: `ptrace-others of process 4711` */
function privilegeText({ privilege, targetPid }: Privileged): string {
  return printable(targetPid ? `${privilege} of process ${targetPid}` : (privilege ?? ''));
}

function contextOf(context: ContextChange): string {
  return printable(contextText({ ...context, capabilities: toBigInt(context.capabilities) }));
}

function usageText({ execs, connects, changes, egressBytes, timeMs }: Usage): string {
  const [starts, reached, changed, bytes, milliseconds] = [execs, connects, changes, egressBytes, timeMs].map(
    toNumber,
  );
  return `in all ${starts} execs, ${reached} connections, ${changed} files opened for change, ${bytes} bytes sent, ${milliseconds! / 1000} s`;
}

/** Printable: `policy.versioned spiffe://… (version 1 -> 2) by person alice: why` */
function gatewayText({ action, subject, changes, actor, because }: GatewayEvent): string {
  const changed = (changes ?? []).map(({ field, before, after }) =>
    before ? `${field} ${before} -> ${after || 'none'}` : `${field} ${after}`,
  );
  const parts = [`${action} ${subject ?? ''}`.trim()];
  if (changed.length > 0) parts.push(`(${changed.join(', ')})`);
  // Of itself is what goes without saying.
  if (actor && actor.kind !== 'gateway') parts.push(`by ${actor.kind} ${actor.name || actor.credential}`);
  return printable(because ? `${parts.join(' ')}: ${because}` : parts.join(' '));
}

/** `3 open records (ring_full)` */
function lossText(count: {
  kind?: string | null;
  cause?: string | null;
  records?: Parameters<typeof toBigInt>[0];
}): string {
  const records = toBigInt(count.records);
  return `${records} ${count.kind} ${records === 1n ? 'record' : 'records'} (${count.cause})`;
}
