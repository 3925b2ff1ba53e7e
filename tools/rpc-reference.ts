/**
 * docs/rpc.md out of the comments of proto/: every service with its RPCs and who may call them, every message with its
 * fields, every enum with its values.
 *
 * In:     the .proto files; the gateway's table of access.
 * Throws: an Error that names each service, RPC, message and enum without a comment.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';

const FOLDER = 'proto/warder/v1';

const HEAD = `# RPC reference

Services, messages and enums of \`proto/warder/v1\`, by the comments there. A gateway serves them on its socket and where \`listen\` says so, with the
standard health and reflection services beside them. A key goes in the metadata \`authorization: Bearer KEY\`; the last column says with which role a call is
answered ([operating.md](operating.md#people-and-consumers)). Errors carry Warder's code, message and fix
([troubleshooting.md](troubleshooting.md)). Fields are only ever added; 64-bit numbers are decimal strings in JSON.

Written by \`npx vitest run --project unit test/docs -u\`.
`;

interface Documented {
  name: string;
  comment: string | null;
}

export type AccessTable = Readonly<Record<string, readonly string[] | 'anyone'>>;

export function rpcReference(access: AccessTable): string {
  const missing: string[] = [];
  const said = (one: Documented, what: string): string => {
    if (!one.comment) missing.push(`${what} ${one.name}`);
    return flat(one.comment);
  };
  const sections = files().map(({ name, about, namespace }) => {
    const parts = namespace.nestedArray.map((one) => {
      if (one instanceof protobuf.Service) return service(one, access, said);
      if (one instanceof protobuf.Type) return message(one, said);
      return one instanceof protobuf.Enum ? values(one, one.name, said) : '';
    });
    return `## ${name}\n\n${about}\n\n${parts.join('\n')}`;
  });
  if (missing.length > 0) throw new Error(`no comment in proto/: ${missing.join(', ')}`);
  return [HEAD, ...sections].join('\n');
}

type Say = (one: Documented, what: string) => string;

function files() {
  return readdirSync(FOLDER)
    .sort()
    .map((name) => {
      const text = readFileSync(join(FOLDER, name), 'utf8');
      const options = { alternateCommentMode: true, keepCase: true };
      const { root } = protobuf.parse(text, new protobuf.Root(), options);
      // The file's own words stand before its package.
      const about = /\n\n((?:\/\/.*\n)+)package /.exec(text)?.[1] ?? '';
      return {
        name,
        about: about.replaceAll(/^\/\/ ?/gm, '').trim(),
        namespace: root.lookup('warder.v1') as protobuf.Namespace,
      };
    });
}

function service(one: protobuf.Service, access: AccessTable, say: Say): string {
  const rows = one.methodsArray.map((method) => {
    const path = `/warder.v1.${one.name}/${method.name}`;
    const roles = access[path];
    if (!roles) throw new Error(`${path} is in no table of access`);
    const [asks, gives] = [method.requestStream, method.responseStream].map((stream) =>
      stream ? 'stream of ' : '',
    );
    const who = typeof roles === 'string' ? roles : roles.map((role) => `\`${role}\``).join(', ');
    return `| \`${method.name}\` | ${asks}${link(method.requestType)} | ${gives}${link(method.responseType)} | ${say({ ...method, name: `${one.name}.${method.name}`, comment: method.comment }, 'rpc')} | ${who} |`;
  });
  const head = '| RPC | takes | gives | | role |\n|---|---|---|---|---|';
  return `### ${one.name}\n\n${say(one, 'service')}\n\n${head}\n${rows.join('\n')}\n`;
}

function message(one: protobuf.Type, say: Say, within = ''): string {
  const name = `${within}${one.name}`;
  const rows = one.fieldsArray.map((field) => {
    const alternative =
      field.partOf && field.partOf.oneof.length > 1 ? ` (one of \`${field.partOf.name}\`)` : '';
    return `| ${field.id} | \`${field.name}\` | ${typeOf(field, one.nested?.[field.type] ? `${name}.${field.type}` : field.type)} | ${flat(field.comment)}${alternative} |`;
  });
  const table =
    rows.length > 0 ? `| | field | type | |\n|---|---|---|---|\n${rows.join('\n')}\n` : 'No fields.\n';
  const inner = one.nestedArray.flatMap((nested) => {
    if (nested instanceof protobuf.Type) return [message(nested, say, `${name}.`)];
    return nested instanceof protobuf.Enum ? [values(nested, `${name}.${nested.name}`, say)] : [];
  });
  return [
    `### ${name}\n\n${say({ ...one, name, comment: one.comment }, 'message')}\n\n${table}`,
    ...inner,
  ].join('\n');
}

function values(one: protobuf.Enum, name: string, say: Say): string {
  const rows = Object.entries(one.values).map(
    ([value, number]) => `| ${number} | \`${value}\` | ${flat(one.comments[value] ?? null)} |`,
  );
  const about = say({ name, comment: one.comment }, 'enum');
  return `### ${name}\n\n${about}\n\n| | value | |\n|---|---|---|\n${rows.join('\n')}\n`;
}

/** @param name of its type, with what it is nested in */
function typeOf(field: protobuf.Field, name: string): string {
  const type = /^[A-Z]/.test(name) ? link(name) : name;
  if (field instanceof protobuf.MapField) return `map of ${field.keyType} to ${type}`;
  if (field.repeated) return `list of ${type}`;
  return field.options?.proto3_optional ? `${type}, optional` : type;
}

function link(type: string): string {
  return `[${type}](#${type.toLowerCase().replaceAll('.', '')})`;
}

/** One line, for a cell of a table. */
function flat(comment: string | null): string {
  return (comment ?? '').replaceAll(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;').trim();
}
