/**
 * A refused action as its agent is told of it: from the event that went to the log, so that it has been redacted.
 *
 * In:  a sealed event, what is allowed of its category. Out: undefined for whatever was not refused.
 */
import { type Decision, Outcome, Reason, Verdict } from '../../contract/messages.ts';
import { targetOf } from '../../contract/target.ts';
import type { SealedEvent } from '../event-builder.ts';
import type { Sealed } from '../redaction/redacted.ts';
import type { OutcomeWord, Refusal, RetryAdvice, RuleWords } from './words.ts';

export type Refused = Omit<Refusal, 'sequence' | 'first' | 'last' | 'count' | 'instead'>;

const OUTCOMES: Readonly<Record<number, OutcomeWord>> = {
  [Outcome.OUTCOME_PREVENTED]: 'prevented',
  [Outcome.OUTCOME_TERMINATED]: 'terminated',
  [Outcome.OUTCOME_OBSERVED]: 'observed',
};

const NEVER = 'No: the same action is refused again for as long as this policy is in force.';
const RETRY: Readonly<Record<number, RetryAdvice>> = {
  [Reason.REASON_NO_POLICY]: {
    sensible: true,
    text: 'Later: no policy is in force for this run, so everything is refused. It is not about this action.',
  },
  [Reason.REASON_LEASE]: {
    sensible: true,
    text: 'Later: the policy has to be renewed by its gateway, and until then everything is refused. It is not about this action.',
  },
  [Reason.REASON_SILENT]: {
    sensible: true,
    text: 'Later: the runtime of this host is away, and until it is back nothing new may start. It is not about this action.',
  },
  [Reason.REASON_CONTENT]: {
    sensible: true,
    text: 'Once, in a second: the content of the program had to be looked at first. Refused again, it is not an allowed one.',
  },
  [Reason.REASON_UNRESOLVED]: {
    sensible: false,
    text: 'No: its path cannot be resolved whole. Use a shorter path, of a file that has a name.',
  },
  [Reason.REASON_BUDGET]: {
    sensible: true,
    text: 'Later: nothing of a budget of the policy is left on this host. Do less, or wait until there is room in it again.',
  },
  [Reason.REASON_RESOLVER]: {
    sensible: true,
    text: 'Later: nobody is there to answer host names. It is not about this name.',
  },
  [Reason.REASON_LIMIT]: { sensible: true, text: 'Later: too many look-ups at once. Make fewer.' },
  [Reason.REASON_FAMILY]: { sensible: false, text: 'No: sockets of that family are for no agent.' },
};
const HELD: RetryAdvice = {
  sensible: true,
  text: 'After a yes: a person has been asked. Go on with something else, and try once more later.',
};

export function refusedAction(event: SealedEvent): Refused | undefined {
  const { decision, process, exec } = event;
  const outcome = OUTCOMES[decision?.outcome ?? 0];
  const held = decision?.verdict === Verdict.VERDICT_HOLD;
  if (!decision || !outcome || !(held || decision.verdict === Verdict.VERDICT_DENY)) return undefined;
  const { rule, layer } = decision;
  return {
    category: decision.category ?? '',
    target: shownTarget(event),
    ...(exec?.argv && exec.argv.length > 0 ? { argv: exec.argv } : {}),
    pid: process?.pid ?? 0,
    executable: process?.executable ?? '',
    verdict: held ? 'hold' : 'deny',
    outcome,
    reason: reasonWord(decision.reason),
    ...(rule ? { rule: ruleWords(rule) } : {}),
    ...(layer ? { layer } : {}),
    ...(rule?.because ? { because: rule.because } : {}),
    retry: held ? HELD : (RETRY[decision.reason ?? 0] ?? { sensible: false, text: NEVER }),
  };
}

/** `REASON_NO_RULE` is "no_rule". */
function reasonWord(reason: Decision['reason']): string {
  return (Reason[reason ?? 0] ?? '').replace(/^REASON_/, '').toLowerCase();
}

function ruleWords({ layer, effect, pattern }: NonNullable<Sealed<Decision>['rule']>): RuleWords {
  return { layer: layer ?? '', effect: effect ?? '', pattern: pattern ?? '' };
}

/** As a rule would name it. A change of two names shows both, a program by its script the script. */
function shownTarget(event: SealedEvent): string {
  const { exec, fileChange } = event;
  if (fileChange?.target) return `${fileChange.path} -> ${fileChange.target}`;
  return exec?.script || targetOf(event);
}
