/** What the editor offers in the text of a run: code lenses, hovers, folds, an outline, definitions, links, fixes. */
import * as vscode from 'vscode';
import {
  coresOf,
  documentFolds,
  lineAbout,
  type DocumentLine,
  type RunSubject,
} from '../core/report/document.ts';
import { layerNotes } from '../core/report/document-notes.ts';
import type { PanelTarget } from '../protocol/webview.ts';
import type { Context } from './context.ts';
import { fixAndRun, neuronsCompared } from './fixes.ts';
import { filesOf } from './report-store.ts';
import { nameRange, reportFileOf, runTextScheme, type RunText } from './run-text-address.ts';
import { runHover } from './run-text-hover.ts';

/** Of what a provider gives for the text of a run; none where its report cannot be read. */
type Give<T> = (text: RunText, document: vscode.TextDocument) => T;

export function registerRunTexts(context: Context): void {
  const texts = context.runTexts;
  const selector: vscode.DocumentSelector = { scheme: runTextScheme };
  const given = async <T>(document: vscode.TextDocument, give: Give<T>): Promise<T | undefined> => {
    const text = await texts.of(document.uri);
    return text ? give(text, document) : undefined;
  };
  const { languages, workspace } = vscode;
  for (const disposable of [
    workspace.registerTextDocumentContentProvider(runTextScheme, texts),
    languages.registerCodeLensProvider(selector, {
      provideCodeLenses: (document) => given(document, lenses),
    }),
    languages.registerFoldingRangeProvider(selector, {
      provideFoldingRanges: (document) => given(document, folds),
    }),
    languages.registerDocumentSymbolProvider(selector, {
      provideDocumentSymbols: (document) => given(document, symbols),
    }),
    languages.registerDocumentLinkProvider(selector, {
      provideDocumentLinks: (document) => given(document, links),
    }),
    languages.registerDefinitionProvider(selector, {
      provideDefinition: (document, position) =>
        given(document, (text) => definition(text, document.uri, position)),
    }),
    languages.registerHoverProvider(selector, {
      provideHover: (document, position) => given(document, (text) => runHover(text, document.uri, position)),
    }),
    languages.registerCodeActionsProvider(
      selector,
      { provideCodeActions: (document, range) => given(document, (text) => fixes(text, range)) },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
  ]) {
    context.own(disposable);
  }
}

function lenses({ report, document }: RunText, { uri }: vscode.TextDocument): vscode.CodeLens[] {
  const file = reportFileOf(uri).fsPath;
  return document.lines.flatMap(({ about }, line) => {
    if (about?.kind !== 'layer') return [];
    const layer = report.layers.find(({ name }) => name === about.layer);
    return (layer ? layerNotes(report, layer) : []).map(({ words, tab }) => {
      const target: PanelTarget = { tab, about };
      return new vscode.CodeLens(nameRange(document, line), {
        title: words,
        tooltip: vscode.l10n.t('Show in the results panel'),
        command: 'spikewise.showInResults',
        arguments: [file, target],
      });
    });
  });
}

function folds({ document }: RunText): vscode.FoldingRange[] {
  return documentFolds(document).map(({ start, end }) => new vscode.FoldingRange(start, end));
}

function symbols({ document }: RunText): vscode.DocumentSymbol[] {
  const folded = new Map(documentFolds(document).map(({ start, end }) => [start, end]));
  const roots: vscode.DocumentSymbol[] = [];
  /** The last one of each depth. */
  const parents: vscode.DocumentSymbol[] = [];
  document.lines.forEach((line, index) => {
    const kind = symbolKind(line);
    if (kind === undefined) return;
    const name = nameRange(document, index);
    const end = folded.get(index) ?? index;
    const range = new vscode.Range(index, 0, end, document.lines[end]!.text.length);
    const words = line.text.slice(...line.name).trim() || vscode.l10n.t('(no name)');
    const detail = line.text.slice(line.name[1]).trim().replaceAll(/ +/g, ' ');
    const symbol = new vscode.DocumentSymbol(words, detail, kind, range, name);
    (parents[line.depth - 1]?.children ?? roots).push(symbol);
    parents[line.depth] = symbol;
  });
  return roots;
}

function symbolKind({ section, about }: DocumentLine): vscode.SymbolKind | undefined {
  if (section !== null) return vscode.SymbolKind.Namespace;
  switch (about?.kind) {
    case 'layer':
      return vscode.SymbolKind.Class;
    case 'population':
      return vscode.SymbolKind.Field;
    case 'core':
      return vscode.SymbolKind.Object;
    default:
      return undefined;
  }
}

/** The model and the specification, where they are paths of this machine. */
function links({ report, document }: RunText): vscode.DocumentLink[] {
  const files = filesOf(report);
  return document.lines.flatMap(({ file }, line) => {
    const target = file === null ? null : files[file];
    return target === null
      ? []
      : [new vscode.DocumentLink(nameRange(document, line), vscode.Uri.file(target))];
  });
}

/** From a core to the lines of what lives there; from a layer or a population to its cores. */
function definition(
  { report, document }: RunText,
  uri: vscode.Uri,
  { line, character }: vscode.Position,
): vscode.Location[] {
  const at = document.lines[line];
  const within = ([from, to]: readonly [number, number]) => from <= character && character <= to;
  const mention = at?.mentions.find(({ columns }) => within(columns))?.about;
  const wanted: RunSubject[] = mention
    ? [mention]
    : at?.about && at.about.kind !== 'core' && within(at.name)
      ? coresOf(report, at.about.layer, at.about.kind === 'layer' ? undefined : at.about.population).map(
          ({ chip, core }) => ({ kind: 'core', chip, core }),
        )
      : [];
  return wanted.flatMap((about) => {
    // What was not simulated has lines of its layers alone.
    const found =
      lineAbout(document, about) ??
      (about.kind === 'population' ? lineAbout(document, { kind: 'layer', layer: about.layer }) : undefined);
    return found === undefined ? [] : [new vscode.Location(uri, nameRange(document, found))];
  });
}

/** Those of the findings on these lines; they change the specification and run it. */
function fixes({ report, document }: RunText, range: vscode.Range): vscode.CodeAction[] {
  if (report.specification === null) return [];
  const specification = vscode.Uri.file(report.specification);
  return report.findings.flatMap((finding, index) => {
    const line = document.findingLines[index]!;
    if (line < range.start.line || line > range.end.line) return [];
    const comparison = neuronsCompared(specification, finding);
    const fixes = finding.fixes.map((fix) => fixAndRun(specification, fix));
    return comparison ? [...fixes, comparison] : fixes;
  });
}
