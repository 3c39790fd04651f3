/** Fixes of findings: quick fixes in the text editors, and the edit that all of them make. */
import * as vscode from 'vscode';
import { applyEdits } from '../core/convert/positions.ts';
import type { Finding, Fix } from '../core/findings/types.ts';
import type { Context } from './context.ts';
import type { ShownFinding } from './diagnostics.ts';
import { rangeOf } from './places.ts';
import { isSpecification } from './specification-files.ts';

/** A change of the specification's text, everything else left as it was written. */
async function editOf(specification: vscode.Uri, edits: Fix['edits']): Promise<vscode.WorkspaceEdit> {
  // A report may come from anywhere: it does not say which file is changed.
  if (!isSpecification(specification)) {
    throw new Error(vscode.l10n.t('{0} is not a specification', specification.fsPath));
  }
  const document = await vscode.workspace.openTextDocument(specification);
  const before = document.getText();
  const after = applyEdits(before, edits);
  const { start, end, text } = difference(before, after);
  const edit = new vscode.WorkspaceEdit();
  edit.replace(specification, new vscode.Range(document.positionAt(start), document.positionAt(end)), text);
  return edit;
}

/** What differs between the two, so that cursors and folds elsewhere stay. */
function difference(before: string, after: string): { start: number; end: number; text: string } {
  const shorter = Math.min(before.length, after.length);
  let start = 0;
  while (start < shorter && before[start] === after[start]) start++;
  let tail = 0;
  while (tail < shorter - start && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
  return { start, end: before.length - tail, text: after.slice(start, after.length - tail) };
}

/** Edits the specification and saves it. */
export async function applyFix(specification: vscode.Uri, { edits }: Pick<Fix, 'edits'>): Promise<void> {
  const edit = await editOf(specification, edits);
  const document = await vscode.workspace.openTextDocument(specification);
  if (!(await vscode.workspace.applyEdit(edit)) || !(await document.save())) {
    throw new Error(vscode.l10n.t('{0} could not be changed', specification.fsPath));
  }
}

/** The first fix of every finding as one: a network with sigmoid and tanh needs both to convert. */
export function firstFixes(findings: readonly Finding[]): Fix | undefined {
  const fixes = findings.flatMap((finding) => finding.fixes.slice(0, 1));
  const different = fixes.filter((fix, i) => fixes.findIndex(({ title }) => title === fix.title) === i);
  if (different.length <= 1) return different[0];
  const title = vscode.l10n.t('Apply All {0} Fixes', different.length);
  return { title, edits: different.flatMap(({ edits }) => edits) };
}

export function registerFixes(context: Context): void {
  context.own(
    vscode.languages.registerCodeActionsProvider(
      { pattern: '**/*.json' },
      {
        provideCodeActions: (document, range, { diagnostics }) =>
          actions(context, document, range, diagnostics),
      },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
  );
}

async function actions(
  context: Context,
  document: vscode.TextDocument,
  range: vscode.Range,
  diagnostics: readonly vscode.Diagnostic[],
): Promise<vscode.CodeAction[]> {
  const fixable = context.diagnostics.in(document.uri).filter(({ finding }) => finding.fixes.length > 0);
  // From the text as it is now: the diagnostics' own ranges are those of the run.
  const here = fixable.filter(({ located }) => range.intersection(rangeOf(document.getText(), located.path)));
  const perFinding = await Promise.all(here.map((shown) => actionsFor(shown, diagnostics)));
  const together = here[0] && allFixes(context, here[0].specification);
  return [...perFinding.flat(), ...(together ? [together] : [])];
}

async function actionsFor(
  { finding, specification }: ShownFinding,
  diagnostics: readonly vscode.Diagnostic[],
): Promise<vscode.CodeAction[]> {
  const fixed = diagnostics.filter(
    ({ source, message }) => source === 'spikewise' && message === finding.message,
  );
  const made: vscode.CodeAction[] = [];
  for (const [i, fix] of finding.fixes.entries()) {
    const edit = new vscode.CodeAction(fix.title, vscode.CodeActionKind.QuickFix);
    try {
      edit.edit = await editOf(specification, fix.edits);
    } catch {
      // The specification is gone.
      return made;
    }
    edit.isPreferred = i === 0;
    const run = fixAndRun(specification, fix);
    edit.diagnostics = run.diagnostics = fixed;
    made.push(edit, run);
  }
  const comparison = neuronsCompared(specification, finding);
  if (comparison) {
    comparison.diagnostics = fixed;
    made.push(comparison);
  }
  return made;
}

/** For who would rather see what each number of neurons costs before one is chosen. */
export function neuronsCompared(specification: vscode.Uri, { code }: Finding): vscode.CodeAction | undefined {
  if (code !== 'activation-fitted') return undefined;
  const title = vscode.l10n.t('Compare numbers of neurons …');
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.command = { command: 'spikewise.compareNeurons', title, arguments: [specification] };
  return action;
}

/** Where more than one error keeps the model from being converted. */
function allFixes(context: Context, specification: vscode.Uri): vscode.CodeAction | undefined {
  const errors = context.diagnostics
    .of(specification)
    .map(({ finding }) => finding)
    .filter(({ severity }) => severity === 'error');
  const fix = firstFixes(errors);
  const alone = errors.some(({ fixes }) => fixes.some(({ title }) => title === fix?.title));
  return fix && !alone ? fixAndRun(specification, fix) : undefined;
}

export function fixAndRun(specification: vscode.Uri, fix: Fix): vscode.CodeAction {
  const title = vscode.l10n.t('{0}, and convert again', fix.title);
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.command = {
    command: 'spikewise.applyFix',
    title,
    arguments: [specification.toString(), fix.edits],
  };
  return action;
}
