/**
 * A run as one HTML page that needs nothing else: no script, style, font or image comes from elsewhere, and its
 * Content-Security-Policy lets none come. What an agent chose to call its files is escaped everywhere.
 *
 * In:  what gather.ts found.
 * Out: the page.
 */
import { createHash } from 'node:crypto';
import { endText } from '../../base/end-text.ts';
import { toBigInt, toNumber } from '../../contract/int64.ts';
import { formatUnixNs } from '../../contract/times.ts';
import { processForest, type TreeNode } from '../process-forest.ts';
import { treeLines } from '../ps.ts';
import type { Table } from '../summary.ts';
import { warderVersion } from '../version.ts';
import type { Gathered } from './gather.ts';
import { dataJson, Html, html, shown } from './html.ts';
import { PAGE_SCRIPT } from './page-script.ts';
import { PAGE_STYLE } from './page-style.ts';

const TABLE_ROWS = 40;
const TREE_LINES = 5000;

export function reportPage(report: Gathered): string {
  const { run, summary } = report;
  const title = `Run ${run.run}`;
  const policy = [
    "default-src 'none'",
    `style-src '${hash(PAGE_STYLE)}'`,
    `script-src '${hash(PAGE_SCRIPT)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} - Warder</title>
<style>${new Html(PAGE_STYLE)}</style>
</head>
<body>
<h1>${title}</h1>
<div class="soft">${shown(run.agent)} on ${shown(run.host)}</div>
${head(report)}
${cards(report)}
${refusals(report)}
<h2>Processes</h2>
${tree(processForest(report.processes))}
${timeline(report)}
<h2>Files</h2>
${tables([
  ['read, by directory', summary.read],
  ['written or changed, by directory', summary.written],
])}
<h2>Hosts</h2>
${tables([
  ['reached', summary.reached],
  ['listened at', summary.bound],
  ['privileges used', summary.privileged],
])}
<h2>Taken out and lost</h2>
${tables([
  ['redacted, by kind of secret', summary.redacted],
  ['records lost, by kind and cause', report.losses],
])}
${unenforced(summary.unenforced)}
${evidence(report)}
<p class="soft">Written by Warder ${warderVersion()}. Times are UTC; a control character in a name is shown as its escape.</p>
<script type="application/json" id="events">${dataJson(report.rows)}</script>
<script>${new Html(PAGE_SCRIPT)}</script>
</body>
</html>
`.text;
}

function head({ run, summary }: Gathered): Html {
  const seconds = Number((toBigInt(run.lastUnixNs) - toBigInt(run.firstUnixNs)) / 1_000_000n) / 1000;
  const command = [...(run.started?.argv ?? []), ...(run.started?.argvCut ? ['…'] : [])].join(' ');
  const entries: [string, Html][] = [
    ['command', html`<code>${shown(command)}</code>`],
    ['began', html`${formatUnixNs(toBigInt(run.firstUnixNs))}`],
    ['took', html`${seconds.toFixed(1)} s`],
    ['ended', run.ended ? html`${endText(run.ended)}` : html`not in the log`],
    ['user', shown(run.started?.user)],
    ['workspace', html`<code>${shown(run.started?.workspace)}</code>`],
    ['policy', html`<code>${shown(summary.policy)}</code>`],
    ['events', html`${toNumber(run.firstIndex)} to ${toNumber(run.lastIndex)} of the log`],
  ];
  return html`<dl>${entries.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

function cards({ summary, processes, losses }: Gathered): Html {
  const refused = summary.refusals.filter(({ outcome }) => !outcome.startsWith('would'));
  const count = refused.reduce((sum, refusal) => sum + refusal.count, 0);
  const card = (value: number, name: string, bad = false) =>
    html`<div class="card ${bad && value > 0 ? 'bad' : ''}"><b>${value}</b>${name}</div>`;
  return html`<div class="cards">${[
    card(summary.events, 'events'),
    card(processes.length, 'processes'),
    card(count, 'refused', true),
    card(summary.redacted.total, 'secrets taken out'),
    card(losses.total, 'records lost', true),
  ]}</div>`;
}

function refusals({ summary }: Gathered): Html {
  if (summary.refusals.length === 0) return html`<h2>Refusals</h2><p class="good">Nothing was refused.</p>`;
  const rows = summary.refusals.map(
    ({ outcome, category, count, rule, because, targets }) => html`<tr>
<td class="${outcome.startsWith('would') ? 'warn' : 'bad'}">${outcome}</td><td class="number">${count}</td><td>${category}</td>
<td class="path">${targets.entries.map(({ key }) => html`<div>${shown(key)}</div>`)}</td>
<td class="path">${shown(rule)}</td><td>${shown(because)}</td></tr>`,
  );
  const beyond =
    summary.refusalsBeyond > 0 ? html`<p>and ${summary.refusalsBeyond} by further rules</p>` : html``;
  return html`<h2>Refusals</h2><table id="refusals"><thead><tr><th>outcome</th><th>times</th><th>category</th><th>what</th><th>rule</th>
<th>because</th></tr></thead><tbody>${rows}</tbody></table>${beyond}`;
}

function tree(nodes: readonly TreeNode[]): Html {
  const lines: Html[] = [];
  let further = 0;
  for (const line of treeLines(nodes)) {
    if (lines.length < TREE_LINES) lines.push(html`<div>${line}</div>`);
    else further++;
  }
  const more = further > 0 ? html`<p>and ${further} lines more: warder ps RUN</p>` : html``;
  return html`<div class="tree" id="tree">${lines}</div>${more}`;
}

function timeline({ rows, rowsBeyond }: Gathered): Html {
  const beyond =
    rowsBeyond > 0
      ? html`<p class="warn">The ${rowsBeyond} events behind these are not in this page: warder replay RUN</p>`
      : html``;
  return html`<h2>Time line</h2>
<noscript><p>The ${rows.length} events are in this page as data; a script of its own shows them, and scripts are off.</p></noscript>
<div id="timeline" hidden>
<div class="controls"><input type="search" id="search" placeholder="program, path, address, rule" aria-label="search">
<select id="kind" aria-label="action"><option value="">every action</option></select>
<label><input type="checkbox" id="only"> refused only</label>
<button type="button" id="before">before</button><button type="button" id="after">after</button>
<span id="status" class="soft" role="status"></span></div>
<table class="time"><thead><tr><th>event</th><th>s</th><th>pid</th><th>program</th><th>action</th><th>ruling</th><th>what</th></tr></thead>
<tbody id="rows"></tbody></table></div>${beyond}`;
}

function tables(list: readonly (readonly [string, Table])[]): Html {
  return html`${list.map(([name, { total, entries, beyond }]) => {
    if (total === 0) return html`<p class="soft">${name}: none</p>`;
    const rest = entries.slice(TABLE_ROWS).reduce((sum, { count }) => sum + count, 0) + beyond;
    const rows = entries
      .slice(0, TABLE_ROWS)
      .map(
        ({ key, count }) =>
          html`<tr><td class="number">${count}</td><td class="path">${shown(key)}</td></tr>`,
      );
    const more =
      rest > 0 ? html`<tr><td class="number">${rest}</td><td class="soft">elsewhere</td></tr>` : html``;
    return html`<details open><summary>${name}: ${total}</summary><table><tbody>${rows}${more}</tbody></table></details>`;
  })}`;
}

function unenforced(sentences: readonly string[]): Html {
  if (sentences.length === 0) return html``;
  return html`<h2>What the policy says and this host did not keep</h2><ul>${sentences.map((text) => html`<li>${shown(text)}</li>`)}</ul>`;
}

function evidence({ evidence: { key, note, proof, index } }: Gathered): Html {
  return html`<h2>Evidence</h2>
<p>This page is a view. The log proves its events: save the proof below as <code>last.tlog-proof</code>, and check it with the log's key
from another source than this page: <code>warder audit verify last.tlog-proof --key KEY</code></p>
<dl><dt>key</dt><dd><code id="key">${key}</code></dd><dt>proven</dt><dd>event ${index}, the last of this run</dd></dl>
<details><summary>checkpoint</summary><pre id="checkpoint">${note}</pre></details>
<details><summary>inclusion proof</summary><pre id="proof">${proof}</pre></details>`;
}

function hash(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}
