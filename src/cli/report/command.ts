/**
 * `warder report RUN --html FILE`: a run as one page for a reviewer.
 *
 * The file is 0600 and appears whole or not at all.
 *
 * Throws: OUTPUT_FILE, and what queries throw.
 */
import { Command } from 'commander';
import { formatProof } from '../../gateway/audit/proof-file.ts';
import { addSourceOptions, eventSource, type SourceOptions } from '../event-source.ts';
import { stdoutSink } from '../line-sink.ts';
import { writeOutputFile } from '../output-file.ts';
import { QueryClient } from '../query-client.ts';
import { type Evidence, gather } from './gather.ts';
import { reportPage } from './page.ts';

interface ReportOptions extends SourceOptions {
  html: string;
}

const HELP = `
One page without scripts, styles or images from elsewhere: it can be sent along, attached to a pull request, and
opened without a network. Secrets were taken out before anything was stored.

Example:
  sudo warder report last --html run.html`;

export function reportCommand(): Command {
  const command = new Command('report')
    .description('Write a run as one HTML page: processes, time line, files, hosts, refusals, losses, proof.')
    .argument('<run>', "a run's id, the end of one, or 'last'")
    .requiredOption('--html <file>', 'the page; it appears whole, or not at all');
  return addSourceOptions(command).addHelpText('after', HELP).action(report);
}

async function report(name: string, options: ReportOptions): Promise<void> {
  const client = new QueryClient(eventSource(options));
  const stdout = stdoutSink();
  try {
    const gathered = await gather(client, name, (index) => prove(client, index));
    writeOutputFile(options.html, reportPage(gathered));
    stdout.write(`${options.html}: ${gathered.rows.length} events of run ${gathered.run.run}`);
  } finally {
    await stdout.close();
    await client.close();
  }
}

/** From the gateway that was asked for everything else. */
async function prove(client: QueryClient, index: number): Promise<Evidence> {
  const { key, note, leaf, hashes } = await client.prove(index);
  return { key, note, proof: formatProof({ index, leaf, hashes, note }), index };
}
