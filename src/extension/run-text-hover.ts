/** A hover over a line of a run's text: what it is about in words, with small charts. */
import * as vscode from 'vscode';
import { hoverOf } from '../core/report/document-notes.ts';
import type { ChartColours } from '../core/report/small-charts.ts';
import type { PanelTarget } from '../protocol/webview.ts';
import { reportFileOf, type RunText } from './run-text-address.ts';

// As the editor's own themes colour charts; a picture in a hover cannot ask for them.
const dark: ChartColours = {
  blue: '#3794ff',
  orange: '#d18616',
  green: '#89d185',
  purple: '#b180d7',
  red: '#f14c4c',
  yellow: '#cca700',
  foreground: '#cccccc',
  muted: '#9d9d9d',
};
const light: ChartColours = {
  blue: '#1a85ff',
  orange: '#b5700c',
  green: '#388a34',
  purple: '#652d90',
  red: '#e51400',
  yellow: '#8a6d00',
  foreground: '#3b3b3b',
  muted: '#616161',
};

export function runHover(
  { report, document }: RunText,
  uri: vscode.Uri,
  { line, character }: vscode.Position,
): vscode.Hover | undefined {
  const at = document.lines[line];
  const mention = at?.mentions.find(({ columns: [from, to] }) => from <= character && character <= to);
  const about = mention?.about ?? at?.about;
  const hover = about && hoverOf(report, about, coloursOf(vscode.window.activeColorTheme));
  if (!hover) return undefined;
  const markdown = new vscode.MarkdownString();
  // Names come out of files: as text they cannot be links.
  markdown.isTrusted = { enabledCommands: ['spikewise.showInResults'] };
  markdown.appendMarkdown('**').appendText(hover.title).appendMarkdown('**\n\n');
  for (const fact of hover.facts) markdown.appendText(fact).appendMarkdown('\n\n');
  for (const { title, svg } of hover.charts) {
    markdown.appendText(title).appendMarkdown(`\n\n![${alternative(title)}](${dataAddress(svg)})\n\n`);
  }
  const target: PanelTarget = { tab: hover.tab, about };
  const show = vscode.l10n.t('Show in the results panel');
  markdown.appendMarkdown(`[${show}](${commandAddress(reportFileOf(uri).fsPath, target)})`);
  return new vscode.Hover(markdown);
}

function coloursOf({ kind }: vscode.ColorTheme): ChartColours {
  const { Light, HighContrastLight } = vscode.ColorThemeKind;
  return kind === Light || kind === HighContrastLight ? light : dark;
}

/** What stands in brackets may have none. */
function alternative(title: string): string {
  return title.replaceAll(/[^\p{L}\p{N} ,.:]/gu, ' ');
}

function dataAddress(svg: string): string {
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
}

function commandAddress(file: string, target: PanelTarget): string {
  const written = encodeURIComponent(JSON.stringify([file, target]));
  // A closing bracket would end the link.
  return `command:spikewise.showInResults?${written.replaceAll('(', '%28').replaceAll(')', '%29')}`;
}
