/**
 * `warder audit`: evidence out of a state directory's log, and its check.
 *
 *     export       the log as one file that proves itself
 *     verify FILE  an export or a proof, offline
 *     prove EVENT  that one event is in the log
 *     checkpoint   the log as of now, signed
 *     key          what the log's signatures are verified with
 *     rotate-key   another key from here on
 *     retain       lets go of old events
 *     hold         keeps those of an agent or a run
 *
 * Out:    stdout; what `export` wrote is told on stdout too.
 * Status: verify gives 0 when everything is proven and 1 when anything was altered.
 * Throws: AUDIT_…, STATE_DIRECTORY, GATEWAY_STORE_….
 */
import { Command, InvalidArgumentError } from 'commander';
import { parseSize } from '../gateway/policy/quantities.ts';
import { auditExport } from './audit-export.ts';
import type { HoldOptions, RetainOptions } from './audit-retain.ts';
import { withAudit } from './audit-state.ts';
import { auditVerify } from './audit-verify.ts';
import { parseDuration } from './config/option.ts';
import { stdoutSink } from './line-sink.ts';

const HELP = `
Who trusts the log's key from elsewhere (warder audit key, on the host of the log) pins it with --key: without it,
verify believes the key in the file, and a log that was signed anew with another key passes. A checkpoint kept
from earlier (warder audit checkpoint) and given to verify shows a history that was exchanged for another.

Examples:
  sudo warder audit export --out agents.audit
  warder audit verify agents.audit --key KEY
  sudo warder audit prove 4711 > event.tlog-proof`;

const STATE = ['-s, --state <dir>', 'state directory; default: WARDER_STATE_DIR, or the XDG one'] as const;

const GATEWAY = [
  '-g, --gateway <address>',
  'ask this gateway instead: unix:/path or 127.0.0.1:PORT',
] as const;
const TOKEN = [
  '--token-file <file>',
  "file with a viewer's token for --gateway; default: WARDER_TOKEN",
] as const;

interface SourceOption {
  state?: string;
  gateway?: string;
  tokenFile?: string;
}

export function auditCommand(): Command {
  return new Command('audit')
    .description('Take evidence from the event log, and check evidence.')
    .addHelpText('after', HELP)
    .addCommand(exportCommand())
    .addCommand(verifyCommand())
    .addCommand(proveCommand())
    .addCommand(checkpointCommand())
    .addCommand(keyCommand())
    .addCommand(rotateCommand())
    .addCommand(retainCommand())
    .addCommand(holdCommand());
}

function exportCommand(): Command {
  return new Command('export')
    .summary('write the log to a file that proves itself')
    .description(
      'Write events, checkpoints and key to one file (0600) that `warder audit verify` checks offline.',
    )
    .requiredOption('-o, --out <file>', 'the file; it appears whole, or not at all')
    .option('--from <index>', 'first event', index)
    .option('--to <size>', 'end behind this many events of the log, where a checkpoint was signed', index)
    .option('--witnessed', 'end at the last checkpoint that a witness has cosigned')
    .option(...STATE)
    .action(auditExport);
}

function verifyCommand(): Command {
  return new Command('verify')
    .summary('say whether an export or a proof was altered, and where')
    .description('Say whether an export or a proof was altered, and where. Status 0: all proven; 1: not.')
    .argument('<file>', 'from `warder audit export` or `warder audit prove`')
    .option('-k, --key <key>', "the log's key, or a file with it; for a proof it must be given")
    .option('-c, --checkpoint <file...>', 'checkpoints kept from earlier, which the log must continue')
    .option(
      '-w, --witness <key...>',
      'witnesses that must have cosigned the last checkpoint: keys, or files with one',
    )
    .option('--json', 'one JSON object')
    .action(auditVerify);
}

function proveCommand(): Command {
  return new Command('prove')
    .summary('prove that one event is in the log')
    .description('Print an event with the proof that it is in the log (C2SP tlog-proof).')
    .argument('<event>', 'its index in the log', index)
    .option(...STATE)
    .option(...GATEWAY)
    .option(...TOKEN)
    .action(async (event: number, source: SourceOption) => {
      if (asksGateway(source))
        return print(await (await import('./audit-gateway.ts')).proofFrom(source, event));
      const { formatProof } = await import('../gateway/audit/proof-file.ts');
      await withAudit(source.state, async ({ audit, log }) => {
        const { size, note } = audit.checkpoint();
        const hashes = audit.inclusion(event, size);
        const { leaf } = await log.leaf(event);
        await print(formatProof({ index: event, leaf, hashes, note }));
      });
    });
}

function checkpointCommand(): Command {
  return new Command('checkpoint')
    .summary('sign the log as it is now, and print that')
    .description(
      'Print a signed checkpoint of the log (C2SP tlog-checkpoint). Keep it elsewhere, for verify.',
    )
    .option(...STATE)
    .option(...GATEWAY)
    .option(...TOKEN)
    .action(async (source: SourceOption) => {
      if (asksGateway(source))
        return print(await (await import('./audit-gateway.ts')).checkpointFrom(source));
      await withAudit(source.state, ({ audit }) => print(audit.checkpoint().note));
    });
}

function keyCommand(): Command {
  return new Command('key')
    .summary("print the log's key, to pin it")
    .description("Print the key that the log's signatures are verified with (C2SP signed-note verifier key).")
    .option('--witness', 'the key of its cosignatures instead, as a witness of other logs')
    .option(...STATE)
    .action(({ state, witness }: SourceOption & { witness?: boolean }) =>
      withAudit(state, ({ audit, witnessKey }) => print(`${witness ? witnessKey() : audit.verifierKey}\n`)),
    );
}

function rotateCommand(): Command {
  return new Command('rotate-key')
    .summary('sign the log with another key from here on')
    .description(
      'Make a new key for the log, told by an event that the old key signs last. Prints it. Gateways go on meanwhile.',
    )
    .option('--because <reason>', 'why; it is in the log')
    .option(...STATE)
    .action(async (options) => (await import('./audit-rotate.ts')).auditRotate(options));
}

function retainCommand(): Command {
  return new Command('retain')
    .summary('let go of old events, by whole segments')
    .description(
      'Let go of events past an age or a size, 4096 at a time, the oldest first. Their hashes stay, so that the rest stays proven.',
    )
    .option('--age <duration>', 'of events that were signed longer ago: 90d, 12h', duration)
    .option('--size <size>', 'until the log takes no more than this: 10GB', size)
    .option(...STATE)
    .action(async (options: RetainOptions, self: Command) => {
      if (options.age === undefined && options.size === undefined) {
        self.error('error: neither --age nor --size is given: nothing says what may go');
      }
      await (await import('./audit-retain.ts')).auditRetain(options);
    });
}

function holdCommand(): Command {
  return new Command('hold')
    .summary('keep the events of an agent or a run, whatever their age')
    .description(
      'Place or lift a legal hold: no retention takes a segment with an event of it. Prints all holds.',
    )
    .option('--agent <id>', 'SPIFFE ID of an agent')
    .option('--run <id>', 'UUID of a run')
    .option('--lift', 'end the hold')
    .option('--because <reason>', 'why; it is in the log')
    .option(...STATE)
    .action(async (options: HoldOptions, self: Command) => {
      const { auditHold, holdFault } = await import('./audit-retain.ts');
      const fault = holdFault(options);
      if (fault !== null) self.error(`error: ${fault}`);
      await auditHold(options);
    });
}

function duration(text: string): number {
  const value = parseDuration(text);
  if (value !== null) return value;
  throw new InvalidArgumentError('Give a duration: 30m, 12h, 90d');
}

function size(text: string): number {
  const value = parseSize(text);
  if (value !== null) return value;
  throw new InvalidArgumentError('Give a size: 500MB, 10GB');
}

function asksGateway(source: SourceOption): source is SourceOption & { gateway: string } {
  return source.gateway !== undefined;
}

async function print(text: string): Promise<void> {
  const stdout = stdoutSink();
  for (const line of text.slice(0, -1).split('\n')) stdout.write(line);
  await stdout.close();
}

function index(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('Give an index of the log: 0, 1, 2, …');
}
