/**
 * Every command of the docs, as it stands there, on a host of the test's own: each page from its first command to its
 * last, by a user who may use sudo, with the installed command and agents under the real kernel.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { removeTree } from '../remove-tree.ts';
import { PAGES, type Step, stepsOf, strayCommands } from './pages.ts';
import { installWarder, type ScratchHost, scratchHost } from './scratch-host.ts';
import { type Exception, filledIn, TABLE } from './table.ts';

const ONLY = process.env.GUIDE;
let installed: string;
beforeAll(() => {
  installed = installWarder();
}, 120_000);
afterAll(() => removeTree(installed));

test.each(PAGES)('%s: its commands stand where they are run', (page) => {
  expect(strayCommands(page)).toEqual([]);
});

test('the table names pages that have commands, and commands that are there', () => {
  for (const [page, { exceptions = [] }] of Object.entries(TABLE)) {
    const steps = stepsOf(page);
    expect(steps.length, page).toBeGreaterThan(0);
    const commands = steps.flatMap((step) => ('command' in step ? [step.command] : []));
    for (const { command } of exceptions)
      expect(
        commands.filter((one) => command.test(one)),
        page,
      ).not.toEqual([]);
  }
});

interface Told {
  title: string;
  step: Step;
  exception: Exception | undefined;
}

function told(page: string): Told[] {
  const { exceptions = [] } = TABLE[page] ?? {};
  return stepsOf(page).map((step) => {
    if ('file' in step) return { title: step.file, step, exception: undefined };
    return {
      title: step.command.split('\n')[0]!,
      step,
      exception: exceptions.find(({ command }) => command.test(step.command)),
    };
  });
}

for (const page of PAGES) {
  const steps = told(page).filter(({ exception }) => !exception?.elsewhere);
  if (steps.length === 0 || TABLE[page]?.by || (ONLY && page !== ONLY)) continue;
  describe(page, () => {
    let host: ScratchHost;
    let failed = false;
    beforeAll(async () => {
      host = await scratchHost(installed);
      const { services, before } = TABLE[page] ?? {};
      if (services) await must('sudo systemctl start warder-gateway warder-runtime');
      if (before) await must(before);
    }, 120_000);
    afterAll(() => host?.stop(), 60_000);

    async function must(command: string, status: Exception['status'] = 0): Promise<void> {
      const said = await host.run(command);
      if ([status].flat().includes(said.status)) return;
      const logs = host.serviceLog('runtime') + host.serviceLog('gateway');
      throw new Error(`status ${said.status}, not ${status}: ${command}\n${said.output}\n${logs}`);
    }

    test.each(steps)('$title', async ({ step, exception }) => {
      // A page is one story: what comes after a step that failed would tell nothing.
      expect(failed, 'a step before this one failed').toBe(false);
      failed = true;
      if ('file' in step) await must(installing(step));
      else {
        if (exception?.before) await must(exception.before);
        await must(await filledIn(step.command, exception, host), exception?.status);
      }
      failed = false;
    });
  });
}

/** As the page's reader would: the file, checked, and the service told if it runs. */
function installing({ file, text }: { file: string; text: string }): string {
  if (!file.startsWith('/')) return `cat > ${file} <<'END OF FILE'\n${text}END OF FILE`;
  const unit = `warder-${/(\w+)\.yaml$/.exec(file)![1]}`;
  return [
    `sudo tee ${file} > /dev/null <<'END OF FILE'\n${text}END OF FILE`,
    `warder config check ${file}`,
    `if sudo systemctl is-active ${unit}; then sudo systemctl reload ${unit}; fi`,
  ].join('\n');
}
