/**
 * What `warder run` reads and checks before it starts gateway and runtime inside itself. Loaded only then: a run through
 * the service has no use for policy files.
 *
 * Throws: POLICY_… of the files, AGENT_…, RUN_WORKSPACE, RUN_NAME_SERVICE.
 */
import { stateDirectoryPath } from '../base/state-dir.ts';
import type { PolicyDocument } from '../gateway/policy/document.ts';
import { formatFault, readPolicyFiles, requireNoFaults } from '../gateway/policy/load.ts';
import { HOLD_TIMES } from '../runtime/holds.ts';
import { loginName, loginUid } from '../runtime/identity/login.ts';
import type { RunRequest } from '../runtime/runs/run.ts';
import { agentSpiffeId } from './agent-name.ts';
import { callerEnvironment } from './caller-environment.ts';
import type { EmbeddedOptions } from './embedding.ts';
import type { RunOptions } from './run.ts';
import { workspaceDirectory } from './workspace.ts';

export type Warn = (text: string) => void;

/** Everything that can be wrong with what was asked for, before anything is started. */
export async function prepareEmbedded(
  command: readonly string[],
  options: RunOptions,
  warn: Warn,
): Promise<EmbeddedOptions> {
  const documents = loadDocuments(options.policy!, warn);
  const agent = agentSpiffeId({ given: options.agent, command: command[0]!, documents });
  const request: RunRequest = {
    agent,
    command,
    startedBy: await loginName(loginUid('self', process.getuid?.() ?? 0)),
    workspace: workspaceDirectory(options.workspace),
    workingDirectory: process.cwd(),
    environment: callerEnvironment(process.env),
    user: options.user,
    privateTmp: options.privateTmp,
  };
  const path = stateDirectoryPath(options.state, process.env);
  if (options.user === undefined && process.geteuid!() === 0 && process.env.SUDO_USER) {
    warn(`the agent runs as root; to run it as yourself: --user ${process.env.SUDO_USER}`);
  }
  const holdTimes = options.hold === undefined ? undefined : { ...HOLD_TIMES, answerMs: options.hold * 1000 };
  const { dns, redactionRules } = options;
  return { request, documents, stateDirectory: path, holdTimes, dns, redactionRules };
}

function loadDocuments(files: readonly string[], warn: Warn): PolicyDocument[] {
  const { documents, warnings } = requireNoFaults(readPolicyFiles(files));
  for (const warning of warnings) warn(formatFault(warning));
  return documents;
}
