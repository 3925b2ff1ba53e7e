/**
 * The commands of `warder`, each with the line that the list of commands shows.
 *
 * A command's modules are loaded only when it is the one asked for: `warder redact` in a pipe must not pay for a
 * gateway.
 */
import type { Command } from 'commander';

export interface CommandEntry {
  name: string;
  summary: string;
  load(): Promise<Command>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'run',
    summary: 'run an agent under policy',
    load: async () => {
      const { runCommand } = await import('./run.ts');
      return runCommand(async (options, observer) =>
        (await import('./start-embedded.ts')).startBeside(options, observer),
      );
    },
  },
  {
    name: 'adopt',
    summary: 'bring processes under an agent that run already',
    load: async () => (await import('./adopt.ts')).adoptCommand(),
  },
  {
    name: 'release',
    summary: 'set adopted processes free',
    load: async () => (await import('./adopt.ts')).releaseCommand(),
  },
  {
    name: 'tail',
    summary: 'show the events of runs, past and present',
    load: async () => (await import('./tail.ts')).tailCommand(),
  },
  {
    name: 'query',
    summary: 'show stored events by filter, time and process',
    load: async () => (await import('./query.ts')).queryCommand(),
  },
  {
    name: 'runs',
    summary: 'list runs and agents',
    load: async () => (await import('./runs.ts')).runsCommand(),
  },
  {
    name: 'top',
    summary: 'show the runs under way, by the second',
    load: async () => (await import('./top.ts')).topCommand(),
  },
  {
    name: 'ps',
    summary: 'show the processes of a run as a tree',
    load: async () => (await import('./ps.ts')).psCommand(),
  },
  {
    name: 'why',
    summary: 'tell an agent what its run was refused, and why',
    load: async () => (await import('./why/command.ts')).whyCommand(),
  },
  {
    name: 'mcp',
    summary: 'for an agent: the same as a Model Context Protocol server',
    load: async () => (await import('./why/mcp.ts')).mcpCommand(),
  },
  {
    name: 'replay',
    summary: 'show a run again, also as another policy would have had it',
    load: async () => (await import('./replay.ts')).replayCommand(),
  },
  {
    name: 'report',
    summary: 'write a run as one HTML page',
    load: async () => (await import('./report/command.ts')).reportCommand(),
  },
  {
    name: 'export',
    summary: 'write events for other tools: OCSF, CEF, syslog, OTLP',
    load: async () => (await import('./export/command.ts')).exportCommand(),
  },
  {
    name: 'policy',
    summary: 'check, test and learn policies; keep them at a gateway',
    load: async () => (await import('./policy.ts')).policyCommand(),
  },
  {
    name: 'suspend',
    summary: 'stop every process of a run',
    load: async () => (await import('./control.ts')).runCommandOf('suspend'),
  },
  {
    name: 'resume',
    summary: 'let a suspended run go on',
    load: async () => (await import('./control.ts')).runCommandOf('resume'),
  },
  {
    name: 'kill',
    summary: 'end every process of a run',
    load: async () => (await import('./control.ts')).runCommandOf('kill'),
  },
  {
    name: 'budgets',
    summary: 'what agents may use, and what is left of it',
    load: async () => (await import('./budgets.ts')).budgetsCommand(),
  },
  {
    name: 'holds',
    summary: 'list what waits for a person',
    load: async () => (await import('./control.ts')).holdsCommand(),
  },
  {
    name: 'approve',
    summary: 'let a held action go ahead',
    load: async () => (await import('./control.ts')).answerCommand('approve'),
  },
  {
    name: 'refuse',
    summary: 'refuse a held action',
    load: async () => (await import('./control.ts')).answerCommand('refuse'),
  },
  {
    name: 'redact',
    summary: 'take secrets out of JSON lines, as events have it done',
    load: async () => (await import('./redact.ts')).redactCommand(),
  },
  {
    name: 'audit',
    summary: 'take evidence from the event log, and check it',
    load: async () => (await import('./audit.ts')).auditCommand(),
  },
  {
    name: 'gateway',
    summary: 'run the gateway: policy and event log for hosts',
    load: async () => (await import('./gateway.ts')).gatewayCommand(),
  },
  {
    name: 'runtime',
    summary: 'run the runtime of this host as a service',
    load: async () => (await import('./runtime.ts')).runtimeCommand(),
  },
  {
    name: 'host',
    summary: 'let hosts speak to a gateway, and stop them',
    load: async () => (await import('./host.ts')).hostCommand(),
  },
  {
    name: 'key',
    summary: 'make and end keys of people and consumers',
    load: async () => (await import('./key.ts')).keyCommand(),
  },
  {
    name: 'config',
    summary: 'check the configuration of gateway and runtime',
    load: async () => (await import('./config.ts')).configCommand(),
  },
  {
    name: 'doctor',
    summary: 'say what this host can prevent, and how',
    load: async () => (await import('./doctor.ts')).doctorCommand(),
  },
  {
    name: 'detach',
    summary: 'take out of the kernel what a runtime that is gone left in it',
    load: async () => (await import('./detach.ts')).detachCommand(),
  },
  {
    name: 'completion',
    summary: 'write the completion script of a shell',
    load: async () => (await import('./completion.ts')).completionCommand(),
  },
  {
    name: 'version',
    summary: 'print the version',
    load: async () => (await import('./version.ts')).versionCommand(),
  },
];
