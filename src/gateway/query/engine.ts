/**
 * QueryService's answers, on a connection of its own. Runs in a worker (worker.ts), so that no question holds
 * the thread that stores events.
 *
 * In:     requests of the contract; a database that another connection writes.
 * Out:    encoded responses.
 * Throws: GATEWAY_REQUEST for what cannot be meant.
 */
import type { DatabaseSync } from 'node:sqlite';
import { WarderError } from '../../base/error.ts';
import { bytesField } from '../../contract/canonical.ts';
import {
  ListAgentsResponse,
  ListRunsRequest,
  ListRunsResponse,
  ProcessNode,
  ProcessTreeRequest,
  ProcessTreeResponse,
  QueryRequest,
} from '../../contract/messages.ts';
import type { QueryMethod } from '../../contract/query-service.ts';
import { EventPages } from './event-pages.ts';
import { ProcessTrees } from './process-tree.ts';
import { RunSummaries } from './run-summaries.ts';
import { pageNumber, pageSize } from './tokens.ts';

/** Well below what a client takes in one message. */
const TREE_PAGE = { usual: 1000, most: 5000, bytes: 1 << 20 };
/** Field number of ProcessTreeResponse.processes. */
const PROCESSES_FIELD = 3;

export class QueryEngine {
  readonly #database: DatabaseSync;
  readonly #pages: EventPages;
  readonly #trees: ProcessTrees;
  readonly #summaries: RunSummaries;

  constructor(database: DatabaseSync) {
    this.#database = database;
    this.#trees = new ProcessTrees(database);
    this.#pages = new EventPages(database, this.#trees);
    this.#summaries = new RunSummaries(database);
  }

  /** One answer, about one state of the log. */
  answer(method: QueryMethod, request: Uint8Array): Uint8Array {
    this.#database.exec('BEGIN');
    try {
      return this.#answer(method, request);
    } finally {
      this.#database.exec('COMMIT');
    }
  }

  #answer(method: QueryMethod, request: Uint8Array): Uint8Array {
    switch (method) {
      case 'query':
        return this.#pages.page(QueryRequest.decode(request));
      case 'getProcessTree':
        return this.#tree(ProcessTreeRequest.decode(request));
      case 'listRuns':
        return ListRunsResponse.encode(this.#summaries.runs(ListRunsRequest.decode(request))).finish();
      case 'listAgents':
        return ListAgentsResponse.encode({ agents: this.#summaries.agents() }).finish();
    }
  }

  #tree({ run, pageSize: wanted, pageToken }: ProcessTreeRequest): Uint8Array {
    if (!run) throw new WarderError('GATEWAY_REQUEST', 'no run is named', 'give the id of a run');
    const size = pageSize(wanted, TREE_PAGE);
    const from = pageNumber(pageToken);
    const { agent, processes } = this.#trees.of(run);
    const nodes: Uint8Array[] = [];
    let bytes = 0;
    for (const process of processes.slice(from, from + size)) {
      const node = ProcessNode.encode(process).finish();
      bytes += node.length;
      if (nodes.length > 0 && bytes > TREE_PAGE.bytes) break;
      nodes.push(bytesField(PROCESSES_FIELD, node));
    }
    const next = from + nodes.length;
    const head = { run, agent, nextPageToken: next < processes.length ? String(next) : '' };
    return Buffer.concat([ProcessTreeResponse.encode(head).finish(), ...nodes]);
  }
}
