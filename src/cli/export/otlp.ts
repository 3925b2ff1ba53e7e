/**
 * OpenTelemetry logs as OTLP/JSON (OTLP 1.x, ExportLogsServiceRequest; the file form is one request a line).
 *
 * Attribute names are those of the semantic conventions where they have one (process.*, file.*, network.*, host.*), and
 * warder.* else. 64-bit integers are strings, as ProtoJSON has them.
 */
import { basename } from 'node:path';
import type { LoggedEvent } from '../../contract/messages.ts';
import { warderVersion } from '../version.ts';
import { type Facts, factsOf } from './facts.ts';

/** severityNumber of the log data model. */
const SEVERITY = { refused: 17, lost: 13, would: 13, plain: 9 } as const;
const SEVERITY_TEXT: Readonly<Record<number, string>> = { 17: 'ERROR', 13: 'WARN', 9: 'INFO' };

type Value =
  | { stringValue: string }
  | { intValue: string }
  | { boolValue: boolean }
  | { arrayValue: { values: Value[] } };
interface Attribute {
  key: string;
  value: Value;
}

/** One request for events in a row; each host is a resource. */
export function otlpRequest(events: readonly LoggedEvent[]): object {
  const hosts = new Map<string, { boot: string; records: object[] }>();
  for (const logged of events) {
    const host = logged.host ?? '';
    const entry = hosts.get(host) ?? { boot: logged.boot ?? '', records: [] };
    hosts.set(host, entry);
    entry.records.push(logRecord(logged));
  }
  return {
    resourceLogs: [...hosts].map(([host, { boot, records }]) => ({
      resource: {
        attributes: attributes({
          'service.name': 'warder',
          'service.version': warderVersion(),
          'host.name': host,
          'os.type': 'linux',
          'warder.boot.id': boot,
        }),
      },
      scopeLogs: [{ scope: { name: 'warder', version: warderVersion() }, logRecords: records }],
    })),
  };
}

function logRecord(logged: LoggedEvent): object {
  const facts = factsOf(logged);
  const severityNumber = SEVERITY[facts.severity];
  return {
    timeUnixNano: String(facts.timeNs),
    observedTimeUnixNano: String(facts.timeNs),
    severityNumber,
    severityText: SEVERITY_TEXT[severityNumber],
    eventName: `warder.${facts.kind}`,
    body: { stringValue: facts.word ? `${facts.word}: ${facts.text}` : facts.text },
    attributes: attributes({ ...processFields(facts), ...objectFields(facts), ...ownFields(facts, logged) }),
  };
}

function processFields({ event: { process, exec, exited } }: Facts): Record<string, unknown> {
  return {
    'process.pid': process?.pid,
    'process.executable.path': process?.executable,
    'process.executable.name': process?.executable ? basename(process.executable) : undefined,
    'process.user.id': process?.uid,
    'process.user.name': process?.user,
    'process.command': exec?.path,
    'process.command_args': exec?.argv,
    'process.working_directory': exec?.workingDirectory,
    'process.exit.code': exited ? (exited.code ?? 0) : undefined,
  };
}

function objectFields({ event }: Facts): Record<string, unknown> {
  const { fileOpen, fileChange, load, network, nameLookup, contextChange } = event;
  const path = fileOpen?.path ?? fileChange?.path ?? load?.path;
  const inode = fileOpen?.inode ?? load?.inode;
  return {
    'file.path': path,
    'file.name': path ? basename(path) : undefined,
    'file.inode': inode ? String(inode) : undefined,
    'file.symbolic_link.target_path': fileChange?.operation === 'symlink' ? fileChange.target : undefined,
    'warder.file.target': fileChange?.operation === 'symlink' ? undefined : fileChange?.target,
    'warder.file.operation': fileChange?.operation,
    'network.transport': network?.protocol,
    'network.peer.address': network?.address,
    'network.peer.port': network && !/^[/@]/.test(network.address ?? '') ? (network.port ?? 0) : undefined,
    'server.address': network?.name,
    'dns.question.name': nameLookup?.name,
    'dns.answers': nameLookup?.addresses?.length ? nameLookup.addresses : undefined,
    'warder.dns.question.type': nameLookup?.type,
    'warder.dns.response_code': nameLookup?.code,
    'warder.context.operation': contextChange?.operation,
    'warder.context.uid': contextChange?.uid,
    'warder.context.effective_uid': contextChange?.effectiveUid,
    'warder.context.namespaces': contextChange?.namespaces?.length ? contextChange.namespaces : undefined,
  };
}

function ownFields(
  { event, index, word, rule, why, because }: Facts,
  logged: LoggedEvent,
): Record<string, unknown> {
  const { process, decision, redactions, gateway } = event;
  return {
    'warder.index': BigInt(index),
    'warder.origin': logged.origin,
    'warder.sequence': event.sequence ? BigInt(String(event.sequence)) : undefined,
    'warder.agent': event.agent,
    'warder.run': event.run,
    'warder.exec_id': process?.execId,
    'warder.parent_exec_id': process?.parentExecId,
    'warder.category': decision?.category,
    'warder.ruling': word,
    'warder.why': why,
    'warder.because': because,
    'warder.rule.layer': rule?.layer,
    'warder.rule.pattern': rule?.pattern,
    'warder.policy': decision?.policy,
    'warder.privilege': event.privileged?.privilege,
    'warder.gateway.action': gateway?.action,
    'warder.redactions': redactions?.length
      ? redactions.map(({ kind, count }) => `${kind}:${count}`)
      : undefined,
  };
}

/** Without what is not there. */
function attributes(fields: Readonly<Record<string, unknown>>): Attribute[] {
  return Object.entries(fields).flatMap(([key, value]) =>
    value === undefined || value === null || value === '' ? [] : [{ key, value: anyValue(value) }],
  );
}

function anyValue(value: unknown): Value {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(anyValue) } };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'number' || typeof value === 'bigint') return { intValue: String(value) };
  return { stringValue: String(value).toWellFormed() };
}
