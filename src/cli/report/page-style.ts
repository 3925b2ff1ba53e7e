/**
 * The look of a report: light and dark by what the reader's system says.
 */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --ground: #ffffff; --panel: #f6f8fa;
  --bad: #b3261e; --warn: #8a5a00; --good: #1a6b34; --bad-ground: #fdecea; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --ground: #0d1117; --panel: #151b23;
    --bad: #ff8e85; --warn: #e3b341; --good: #56d364; --bad-ground: #3a1613; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1.5rem; color: var(--ink); background: var(--ground);
  font: 15px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.5rem; margin: 0 0 .25rem; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
code, .mono, td.path, .tree, .time { font-family: ui-monospace, monospace; font-size: .86em; overflow-wrap: anywhere; }
.soft { color: var(--soft); } .bad { color: var(--bad); } .warn { color: var(--warn); } .good { color: var(--good); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .75rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; color: var(--soft); font-weight: 600; }
th, td { padding: .3rem .6rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td.number { text-align: right; white-space: nowrap; padding-right: 1rem; }
.cards { display: flex; flex-wrap: wrap; gap: .75rem; margin: 1rem 0; }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .9rem; }
.card b { display: block; font-size: 1.25rem; }
.refused { background: var(--bad-ground); }
.tree div { white-space: pre-wrap; } .tree div:hover { background: var(--panel); }
.controls { display: flex; flex-wrap: wrap; gap: .5rem; margin: .5rem 0; align-items: center; }
input, select, button { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line);
  border-radius: .3rem; padding: .2rem .5rem; }
input[type=search] { flex: 1 1 16rem; }
pre { background: var(--panel); border: 1px solid var(--line); border-radius: .4rem; padding: .75rem; overflow-x: auto;
  white-space: pre-wrap; overflow-wrap: anywhere; font-size: .82em; }
details > summary { cursor: pointer; }
@media print { .controls { display: none; } body { max-width: none; } }
`;
