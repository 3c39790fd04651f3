/**
 * The look of a report page: light and dark, wide and narrow, on the screen and on paper. Inside the editor its
 * theme's colours come first. Contrast of text is at least 4.5 to 1 (WCAG 2 AA) in both.
 */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --ground: var(--vscode-editor-background, #ffffff);
  --ink: var(--vscode-editor-foreground, #1f2328);
  --muted: var(--vscode-descriptionForeground, #59636e);
  --line: var(--vscode-editorWidget-border, #d1d9e0);
  --band: var(--vscode-editorWidget-background, #f6f8fa);
  --a: var(--vscode-charts-blue, #0b63c5);
  --b: var(--vscode-charts-orange, #b35900);
  --c: var(--vscode-charts-green, #1a7f37);
  --d: var(--vscode-charts-purple, #7a3fc4);
  --e: var(--vscode-charts-red, #c9252d);
  --focus: var(--vscode-focusBorder, #0b63c5);
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: var(--vscode-editor-background, #0f1318);
    --ink: var(--vscode-editor-foreground, #e6edf3);
    --muted: var(--vscode-descriptionForeground, #9aa5b1);
    --line: var(--vscode-editorWidget-border, #39424d);
    --band: var(--vscode-editorWidget-background, #181e25);
    --a: var(--vscode-charts-blue, #58a6ff);
    --b: var(--vscode-charts-orange, #f0994a);
    --c: var(--vscode-charts-green, #56c271);
    --d: var(--vscode-charts-purple, #bc8cff);
    --e: var(--vscode-charts-red, #ff7b72);
    --focus: var(--vscode-focusBorder, #58a6ff);
  }
}
* { box-sizing: border-box; }
body {
  margin: 0;
  background: var(--ground);
  color: var(--ink);
  font: 15px/1.5 var(--vscode-font-family, system-ui, "Segoe UI", sans-serif);
}
header, main, footer { max-width: 80rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 1.5rem; }
footer { padding-bottom: 2rem; color: var(--muted); }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 2.25rem 0 .5rem; padding-top: .75rem; border-top: 1px solid var(--line); font-size: 1.2rem; }
h3 { margin: 1.5rem 0 .4rem; font-size: 1rem; }
p { margin: .4rem 0; }
a { color: var(--vscode-textLink-foreground, var(--a)); }
code, pre { font: .9em var(--vscode-editor-font-family, ui-monospace, Menlo, Consolas, monospace); }
pre { padding: .75rem; background: var(--band); border: 1px solid var(--line); overflow: auto; }
.muted { color: var(--muted); }
.digest, .path { overflow-wrap: anywhere; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem; margin: 1.25rem 0; }
.tiles div { padding: .6rem .8rem; background: var(--band); border: 1px solid var(--line); border-radius: 4px; }
.tiles dt { color: var(--muted); font-size: .85rem; }
.tiles dd { margin: 0; }
.tiles dd:first-of-type { font-size: 1.35rem; font-weight: 600; line-height: 1.3; }
.tiles dd + dd { color: var(--muted); font-size: .85rem; }
.settings { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; margin: .5rem 0; }
.settings dt { color: var(--muted); }
.settings dd { margin: 0; overflow-wrap: anywhere; }
.scroll { overflow-x: auto; }
.scroll:focus-visible, a:focus-visible, summary:focus-visible, pre:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .35rem 0; }
caption { padding: .2rem 0 .4rem; color: var(--muted); text-align: left; }
th, td { padding: .25rem .7rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
thead th { border-bottom-color: var(--muted); white-space: nowrap; }
tbody th { font-weight: inherit; }
tbody tr:nth-child(even) { background: var(--band); }
.number { text-align: right; white-space: nowrap; }
.findings { margin: .5rem 0; padding: 0; list-style: none; }
.findings li { margin: .5rem 0; padding: .5rem .8rem; border: 1px solid var(--line); border-left-width: 4px; overflow-wrap: anywhere; }
.findings .error { border-left-color: var(--e); }
.findings .warning { border-left-color: var(--b); }
.findings .info { border-left-color: var(--a); }
.findings ul { margin: .25rem 0 0; padding-left: 1.2rem; }
figure { margin: 1rem 0; }
figcaption { color: var(--muted); }
svg { display: block; max-width: 100%; height: auto; }
svg text { fill: var(--ink); font: 12px var(--vscode-font-family, system-ui, "Segoe UI", sans-serif); }
svg .quiet { fill: var(--muted); }
svg .end { text-anchor: end; }
svg .middle { text-anchor: middle; }
svg .small { font-size: 10px; }
svg .grid { stroke: var(--line); }
svg .frame { fill: none; stroke: var(--line); }
svg .bar { fill: var(--a); }
svg .bar-b { fill: var(--b); }
svg .curve { fill: none; stroke-width: 1.75; stroke-linejoin: round; }
svg .s0 { stroke: var(--ink); stroke-width: 2.25; }
svg .s1 { stroke: var(--a); }
svg .s2 { stroke: var(--b); stroke-dasharray: 7 3; }
svg .s3 { stroke: var(--c); stroke-dasharray: 3 3; }
svg .s4 { stroke: var(--d); stroke-dasharray: 8 3 2 3; }
svg .s5 { stroke: var(--e); stroke-dasharray: 1 3; }
svg .used { fill: var(--a); stroke: var(--muted); }
svg .free { fill: none; stroke: var(--line); }
svg .processors { fill: none; stroke: var(--ink); stroke-width: 2; }
details { margin: .5rem 0; }
summary { cursor: pointer; }
@media (max-width: 40rem) { .settings { grid-template-columns: 1fr; } .settings dd { margin-bottom: .4rem; } }
@media print { .scroll { overflow: visible; } h2 { break-after: avoid; } figure, tr { break-inside: avoid; } }
`;
