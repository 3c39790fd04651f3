/** Explaining and sweeping as the editor does it: from a command or from a page, and what is said about it. */
import * as vscode from 'vscode';
import type { Fix } from '../core/findings/types.ts';
import type { AnalysisMessage, AnalysisName, AnalysisRequest, SweepChoice } from '../protocol/analyses.ts';
import type { AnalysisResult } from './analyses.ts';
import type { Context } from './context.ts';
import { openDocument } from './finding-pages.ts';
import { convert, fixAndConvert, saveEdits } from './conversion.ts';

/**
 * The command: in the results panel, which needs results to stand beside.
 * @returns how it ended; undefined where the conversion before it gave no results
 */
export async function analyzeInPanel(
  context: Context,
  name: AnalysisName,
  specification: vscode.Uri,
  choice: SweepChoice = {},
): Promise<AnalysisResult['outcome'] | undefined> {
  const view = await context.panels.showLoaded(specification);
  if (!view.hasReport && (await convert(context, specification)) !== 'done') return undefined;
  view.showTarget({ tab: name, about: null });
  return analyze(context, name, specification, choice);
}

async function analyze(
  context: Context,
  name: AnalysisName,
  specification: vscode.Uri,
  choice: SweepChoice,
): Promise<AnalysisResult['outcome']> {
  await saveEdits(specification);
  const result = await context.analyses.start(name, specification, choice);
  context.log.info(`${specification.fsPath}: ${name}: ${result.outcome}`);
  if (result.outcome === 'failed') context.log.error(result.failure.message);
  return result.outcome;
}

/** What a page asks for. @param specification undefined where the page's report names none */
export async function handleAnalysis(
  context: Context,
  specification: vscode.Uri | undefined,
  request: AnalysisRequest,
  answer: (message: AnalysisMessage) => void,
): Promise<void> {
  if (request.type === 'openPage') {
    await openDocument(context.file('docs', `${request.name}.md`));
    return;
  }
  if (!specification) {
    const name = 'name' in request ? request.name : request.type === 'startSweep' ? 'sweep' : 'explain';
    const message = vscode.l10n.t('This report names no specification: convert the model here first.');
    answer({ type: 'state', name, state: { kind: 'failed', message }, earlier: false });
    return;
  }
  switch (request.type) {
    case 'startExplain':
      await analyze(context, 'explain', specification, {});
      return;
    case 'startSweep':
      await analyze(context, 'sweep', specification, request.choice);
      return;
    case 'cancel':
      context.analyses.cancel(specification, request.name);
      return;
    case 'applyCause':
      await apply(context, specification, context.analyses.causeFix(specification, request.index));
      return;
    case 'applySweep':
      await apply(context, specification, context.analyses.sweepFix(specification));
  }
}

async function apply(context: Context, specification: vscode.Uri, fix: Fix | null): Promise<void> {
  if (fix) await fixAndConvert(context, specification, fix);
}
