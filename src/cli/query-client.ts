/**
 * QueryService for commands: each question to a gateway that answers now, all pages of an answer.
 *
 * Throws: QUERY_REFUSED for what no other try would mend, QUERY_UNREACHABLE where no gateway answers, QUERY_RUN
 * for a run that is not there.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, type Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { WarderError } from '../base/error.ts';
import { auditService, type GetInclusionProofResponse } from '../contract/audit-service.ts';
import { connectionFailure } from '../contract/connection-failure.ts';
import { toLong } from '../contract/int64.ts';
import type {
  AgentSummary,
  ListRunsRequest,
  LoggedEvent,
  ProcessNode,
  QueryRequest,
  RunSummary,
} from '../contract/messages.ts';
import { queryService } from '../contract/query-service.ts';
import { callUnary, requestUnary, type UnaryMethod } from '../contract/unary.ts';
import { openAs } from './gateway-channel.ts';
import type { GatewaySource } from './gateway-source.ts';

const TRIES = 6;
const RETRY_MS = 250;
const PASSING: ReadonlySet<number> = new Set([
  status.UNAVAILABLE,
  status.CANCELLED,
  status.RESOURCE_EXHAUSTED,
]);
/** Runs that a short name is looked for among. */
const RUNS_NAMED = 2000;

export class QueryClient {
  readonly #source: GatewaySource;
  #connection: { client: Client; metadata: Metadata; address: string } | undefined;

  constructor(source: GatewaySource) {
    this.#source = source;
  }

  /** Pages of events, as they come. */
  async *events(request: QueryRequest): AsyncGenerator<LoggedEvent[]> {
    let pageToken = '';
    do {
      const page = await this.#ask(queryService.query, { ...request, pageToken });
      pageToken = page.nextPageToken ?? '';
      if (page.events?.length) yield page.events;
    } while (pageToken);
  }

  /** At most `limit` runs, newest first. */
  async runs(request: ListRunsRequest, limit: number): Promise<RunSummary[]> {
    const runs: RunSummary[] = [];
    let pageToken = '';
    do {
      const page = await this.#ask(queryService.listRuns, {
        pageSize: Math.min(limit, 500),
        ...request,
        pageToken,
      });
      runs.push(...(page.runs ?? []));
      pageToken = page.nextPageToken ?? '';
    } while (pageToken && runs.length < limit);
    return runs.slice(0, limit);
  }

  async agents(): Promise<AgentSummary[]> {
    return (await this.#ask(queryService.listAgents, {})).agents ?? [];
  }

  async processes(run: string): Promise<{ agent: string; processes: ProcessNode[] }> {
    const processes: ProcessNode[] = [];
    let agent = '';
    let pageToken = '';
    do {
      const page = await this.#ask(queryService.getProcessTree, { run, pageToken });
      processes.push(...(page.processes ?? []));
      agent = page.agent ?? '';
      pageToken = page.nextPageToken ?? '';
    } while (pageToken);
    return { agent, processes };
  }

  /** A run by its id, the end of its id, or `last`. */
  async run(name: string): Promise<RunSummary> {
    const runs = await this.runs({}, name === 'last' ? 1 : RUNS_NAMED);
    const found = name === 'last' ? runs : runs.filter(({ run }) => run!.endsWith(name.toLowerCase()));
    if (found.length === 1) return found[0]!;
    const exact = found.find(({ run }) => run === name);
    if (exact) return exact;
    const what = name === 'last' ? 'the log has no run' : `'${name}' is the end of ${found.length} runs' ids`;
    throw new WarderError(
      'QUERY_RUN',
      what,
      "give a run's id, or enough of its end, or 'last'; they are listed by: warder runs",
    );
  }

  /** That an event is in the log: the log's last checkpoint, and the way from the event to it. */
  async prove(index: number): Promise<{ key: string; note: string; leaf: Uint8Array; hashes: Uint8Array[] }> {
    const { client, metadata } = await this.#connect();
    const { verifierKey } = await callUnary(client, auditService.getCheckpoint, {}, metadata);
    const request = { index: toLong(index) };
    const proof = await callUnary(client, auditService.getInclusionProof, request, metadata);
    const { note, leaf, hashes } = proof as Required<GetInclusionProofResponse>;
    return { key: verifierKey ?? '', note: note ?? '', leaf: leaf ?? new Uint8Array(), hashes: hashes ?? [] };
  }

  async close(): Promise<void> {
    this.disconnect();
    await this.#source.close();
  }

  /** For who goes on to use the source. */
  disconnect(): void {
    this.#connection?.client.close();
    this.#connection = undefined;
  }

  async #ask<Q, R>(method: UnaryMethod<Q, R>, request: Q): Promise<R> {
    for (let failures = 0; ; ) {
      const { client, metadata, address } = await this.#connect();
      try {
        return await requestUnary(client, method, request, metadata);
      } catch (error) {
        const { code, details } = error as ServiceError;
        if (code === undefined) throw error;
        if (!PASSING.has(code)) throw refused(address, details);
        if (++failures >= TRIES) throw unreachable(address, details);
        client.close();
        this.#connection = undefined;
        await sleep(RETRY_MS);
      }
    }
  }

  async #connect() {
    if (!this.#connection) {
      const gateway = await this.#source.next();
      this.#connection = { ...openAs(gateway), address: gateway.address };
    }
    return this.#connection;
  }
}

function refused(address: string, details: string): WarderError {
  return new WarderError(
    'QUERY_REFUSED',
    `the gateway at ${address} refused: ${details}`,
    'change what is asked for, or use a token that may ask it',
  );
}

function unreachable(address: string, details: string): WarderError {
  return new WarderError(
    'QUERY_UNREACHABLE',
    `the gateway at ${address} does not answer after ${TRIES} tries: ${connectionFailure(details)}`,
    'see whether it runs and listens there; gateways of this host are found without --gateway',
  );
}
