/**
 * ControlService, and the side of it that runtimes speak to through their stream (stream/attach.ts).
 */

import type { DatabaseSync } from 'node:sqlite';
import type { ServiceDefinition } from '@grpc/grpc-js';
import { WarderError } from '../../base/error.ts';
import { controlService } from '../../contract/control-service.ts';
import { type ActiveRun, CommandKind, type CommandResult, type HeldAction } from '../../contract/messages.ts';
import type { OwnEvents } from '../own-events.ts';
import { actorOf } from '../own-events.ts';
import type { GatewayContext, ServiceFactory } from '../service.ts';
import { unary } from '../unary.ts';
import { Commands } from './commands.ts';
import { HoldQueue } from './holds.ts';
import { type AttachedHost, AttachedHosts } from './hosts.ts';

const BECAUSE_LENGTH = 1000;

export interface ControlOptions {
  database: DatabaseSync;
  own: OwnEvents;
  /** Whether an agent's policy wants a second person's yes. */
  needsSecond(agent: string): boolean;
  onError(error: Error): void;
}

export class Control {
  readonly hosts = new AttachedHosts();
  readonly commands: Commands;
  readonly holds: HoldQueue;

  constructor(options: ControlOptions) {
    this.commands = new Commands(options.database, options.own, this.hosts);
    this.holds = new HoldQueue(options, this.hosts);
  }

  attached(host: AttachedHost): void {
    this.hosts.add(host);
  }

  detached(host: AttachedHost): void {
    this.hosts.remove(host);
  }

  activeRuns(host: AttachedHost, runs: readonly ActiveRun[]): void {
    this.hosts.tell(host, runs);
    this.commands.deliver(host);
  }

  result(host: AttachedHost, result: CommandResult): void {
    this.commands.done(host, result);
  }

  held(host: AttachedHost, action: HeldAction): void {
    this.holds.ask(host, action);
  }

  close(): void {
    this.holds.close();
  }
}

export const control: ServiceFactory = (context) => ({
  name: 'warder.v1.ControlService',
  proto: 'control.proto',
  definition: controlService as unknown as ServiceDefinition,
  implementation: implementation(context),
  closeAll: () => context.control.close(),
});

function implementation(context: GatewayContext) {
  const { hosts, commands, holds } = context.control;
  return {
    listActiveRuns: unary(context, () => hosts.list()),
    commandRun: unary(context, (request: CommandRequest, caller) =>
      commands.give(
        request.run ?? '',
        request.kind ?? CommandKind.COMMAND_KIND_UNSPECIFIED,
        actorOf(caller),
        bounded(request.because),
      ),
    ),
    listHolds: unary(context, ({ all }: { all?: boolean | null }) => holds.list(all ?? false)),
    answerHold: unary(context, (request: AnswerRequest, caller) =>
      holds.answer(request.id ?? '', request.allow ?? false, actorOf(caller), bounded(request.because)),
    ),
  };
}

interface CommandRequest {
  run?: string | null;
  kind?: CommandKind | null;
  because?: string | null;
}

interface AnswerRequest {
  id?: string | null;
  allow?: boolean | null;
  because?: string | null;
}

function bounded(because: string | null | undefined): string {
  if ((because ?? '').length <= BECAUSE_LENGTH) return because ?? '';
  throw new WarderError(
    'GATEWAY_REQUEST',
    'the reason is too long',
    `write at most ${BECAUSE_LENGTH} characters`,
  );
}
