/**
 * `warder mcp`: a Model Context Protocol server on stdio, for an agent inside a run. Its tools only read.
 *
 * In:  JSON-RPC 2.0 messages, one a line (MCP's stdio transport), of the protocol versions named here.
 * Out: answers on stdout, and nothing else there.
 * By hand: what is served is four methods; the public SDK brings a web server, a schema compiler and some ninety
 * packages into what runs beside an agent (docs/decisions/0151).
 */
import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { WarderError } from '../../base/error.ts';
import { CATEGORIES } from '../../contract/pattern.ts';
import { warderVersion } from '../version.ts';
import { askMay, askWhy } from './ask.ts';
import { allowedLines, mayLines, whyLines } from './text.ts';

const VERSIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];
const LINE_BYTES = 1 << 20;

const CODE = { parse: -32700, request: -32600, method: -32601, params: -32602, internal: -32603 } as const;

interface Tool {
  name: string;
  title: string;
  description: string;
  inputSchema: object;
  call(given: Record<string, unknown>): Promise<{ lines: string[]; data: unknown }>;
}

const NOTHING = { type: 'object', properties: {}, additionalProperties: false };

const TOOLS: readonly Tool[] = [
  {
    name: 'why_was_i_refused',
    title: 'Why was I refused?',
    description:
      'The last actions of this run that the sandbox policy refused: which rule, why, what is allowed instead, and whether trying again makes sense. Ask after an unexpected EACCES, EPERM, kill or connection failure.',
    inputSchema: NOTHING,
    call: async () => {
      const why = await askWhy();
      return { lines: whyLines(why), data: { refusals: why.refusals, forgotten: why.forgotten } };
    },
  },
  {
    name: 'may_i',
    title: 'May I do this?',
    description:
      'Whether the policy would allow one action. Advice: it allows nothing by itself. Paths are absolute and taken as written.',
    inputSchema: {
      type: 'object',
      properties: {
        category: { type: 'string', enum: CATEGORIES },
        target: {
          type: 'string',
          maxLength: 4096,
          description: 'an absolute path, host:port, address:port, unix:/path, or the name of a privilege',
        },
      },
      required: ['category', 'target'],
      additionalProperties: false,
    },
    call: async ({ category, target }) => {
      if (typeof category !== 'string' || typeof target !== 'string') throw new BadParams();
      const may = await askMay(category, target);
      return { lines: mayLines(may), data: may };
    },
  },
  {
    name: 'what_may_i_do',
    title: 'What may I do here?',
    description:
      'What the policy allows this run: programs, files to read and write, addresses to connect to.',
    inputSchema: NOTHING,
    call: async () => {
      const { may } = await askWhy();
      return { lines: allowedLines(may), data: may };
    },
  },
];

class BadParams extends Error {}

class RpcError extends Error {
  readonly code: number;
  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export function mcpCommand(): Command {
  return new Command('mcp')
    .description(
      'A Model Context Protocol server on stdio, for the agent: why was I refused, may I, what may I.',
    )
    .action(async () => {
      const lines = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
      for await (const line of lines) {
        const answer = line.trim() === '' ? undefined : await answered(line);
        if (answer !== undefined) process.stdout.write(`${JSON.stringify(answer)}\n`);
      }
    });
}

/** Undefined for what is not to be answered: a notification. */
async function answered(line: string): Promise<object | undefined> {
  let id: unknown = null;
  try {
    const message = parsed(line);
    if (message.id === undefined) return undefined;
    id = message.id;
    return { jsonrpc: '2.0', id, result: await resultOf(message.method, message.params ?? {}) };
  } catch (error) {
    const code = error instanceof RpcError ? error.code : CODE.internal;
    return { jsonrpc: '2.0', id, error: { code, message: (error as Error).message } };
  }
}

interface Message {
  id?: string | number;
  method: string;
  params?: Record<string, unknown>;
}

function parsed(line: string): Message {
  if (line.length > LINE_BYTES) throw new RpcError(CODE.request, 'the message is too long');
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    throw new RpcError(CODE.parse, 'the line is no JSON');
  }
  const { id, method, params } = (message ?? {}) as Partial<Message>;
  const named = id === undefined || typeof id === 'string' || typeof id === 'number';
  if (typeof method !== 'string' || !named || (params !== undefined && typeof params !== 'object')) {
    throw new RpcError(CODE.request, 'the line is no JSON-RPC request');
  }
  return message as Message;
}

async function resultOf(method: string, params: Record<string, unknown>): Promise<object> {
  switch (method) {
    case 'initialize': {
      const asked = params.protocolVersion;
      return {
        protocolVersion: VERSIONS.find((version) => version === asked) ?? VERSIONS[0],
        capabilities: { tools: {} },
        serverInfo: { name: 'warder', title: 'Warder', version: warderVersion() },
        instructions:
          'This process is governed by a Warder policy that the kernel enforces. When something fails without a reason, ask why_was_i_refused before trying again.',
      };
    }
    case 'ping':
      return {};
    case 'tools/list':
      return { tools: TOOLS.map(({ call: _, ...tool }) => ({ ...tool, annotations: READ_ONLY })) };
    case 'tools/call':
      return await called(params);
    default:
      throw new RpcError(CODE.method, `no method ${method}`);
  }
}

const READ_ONLY = { readOnlyHint: true, destructiveHint: false, idempotentHint: true, openWorldHint: false };

/** What fails in a tool is for the model to read; what is asked wrongly is not. */
async function called(params: Record<string, unknown>): Promise<object> {
  const tool = TOOLS.find(({ name }) => name === params.name);
  if (!tool) throw new RpcError(CODE.params, `no tool ${String(params.name)}`);
  try {
    const { lines, data } = await tool.call((params.arguments ?? {}) as Record<string, unknown>);
    const structured = typeof data === 'object' && data !== null ? { structuredContent: data } : {};
    return { content: [{ type: 'text', text: lines.join('\n') }], ...structured, isError: false };
  } catch (error) {
    if (error instanceof BadParams) throw new RpcError(CODE.params, 'category and target are strings');
    if (!(error instanceof WarderError)) throw error;
    return { content: [{ type: 'text', text: `${error.message}\n${error.fix}` }], isError: true };
  }
}
