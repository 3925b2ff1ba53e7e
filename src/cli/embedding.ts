/**
 * What `warder run` needs from the gateway and runtime inside it. embedded.ts is the one that composes the real
 * ones; run.ts sees only this, so that presentation and composition can be tested apart.
 */
import type { WarderError } from '../base/error.ts';
import type { FoldedEvents } from '../contract/folded.ts';
import type { Event } from '../contract/messages.ts';
import type { PolicyDocument } from '../gateway/policy/document.ts';
import type { Server } from '../runtime/egress/resolv-conf.ts';
import type { Holds, HoldTimes } from '../runtime/holds.ts';
import type { RunHandle, RunRequest } from '../runtime/runs/run.ts';

export interface EmbeddedOptions {
  request: RunRequest;
  documents: readonly PolicyDocument[];
  /** Opened and checked (base/state-dir.ts) once the host will do. */
  stateDirectory: string;
  /** Who answers for what policies hold; the people of the gateway where absent. */
  holds?: Holds | undefined;
  holdTimes?: HoldTimes | undefined;
  /** In place of those of /etc/resolv.conf. */
  dns?: readonly Server[] | undefined;
  /** Files of redaction rules, beside the built-in ones. */
  redactionRules?: readonly string[] | undefined;
}

/** What a policy holds, as it is shown to whoever sits there. */
export interface HeldText {
  id: string;
  /** `exec /usr/bin/rm` */
  action: string;
  pid: number;
}

export interface EmbeddedObserver {
  /** Every event of the run, redacted, in order of sequence. Must not throw. */
  onEvent(event: Event): void;
  /** Events that came before the next one, together: from a service that was asked for that. Must not throw. */
  onFolded?(folded: FoldedEvents): void;
  /** Something that the operator should know and that stops nothing. */
  onProblem(error: WarderError): void;
  /** An action waits for a person. */
  onHeld?(held: HeldText): void;
}

/** What the command needs of a run under way, wherever that is. */
export type AgentHandle = Omit<RunHandle, 'kill'>;

/**
 * Starts an agent; see StartEmbedded. `observe` is asked once, for who is to be told: behind the request, where a
 * service starts it.
 */
export type StartAgent = (observe: () => Promise<EmbeddedObserver>) => Promise<AgentHandle>;

/**
 * Starts gateway, runtime and agent. Resolves once the agent's command has been executed; rejects with nothing
 * left behind. `ended` resolves when every event has been given to `onEvent` and stored, and all is released.
 */
export type StartEmbedded = (options: EmbeddedOptions, observer: EmbeddedObserver) => Promise<AgentHandle>;
