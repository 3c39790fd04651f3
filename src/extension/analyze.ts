/** Explaining and sweeping as the editor does it: from a command or from a page, and what is said about it. Retraining: retraining.ts. */
import * as vscode from 'vscode';
import type { Fix } from '../core/findings/types.ts';
import type { AnalysisMessage, AnalysisName, AnalysisRequest } from '../protocol/analyses.ts';
import type { AnalysisOrder, AnalysisResult } from './analysis-tasks.ts';
import type { Context } from './context.ts';
import { openDocument } from './finding-pages.ts';
import { convert, fixAndConvert, saveEdits } from './conversion.ts';
import {
  compareRetrained,
  convertRetrained,
  discardInterrupted,
  retrainFromPage,
  useInterrupted,
} from './retraining.ts';

/**
 * The command: in the results panel, which needs results to stand beside.
 * @returns how it ended; undefined where the conversion before it gave no results
 */
export async function analyzeInPanel(
  context: Context,
  order: AnalysisOrder,
  specification: vscode.Uri,
): Promise<AnalysisResult['outcome'] | undefined> {
  const view = await context.panels.showLoaded(specification);
  if (!view.hasReport && (await convert(context, specification)) !== 'done') return undefined;
  view.showTarget({ tab: order.name, about: null });
  return analyze(context, order, specification);
}

async function analyze(
  context: Context,
  order: AnalysisOrder,
  specification: vscode.Uri,
): Promise<AnalysisResult['outcome']> {
  await saveEdits(specification);
  const result = await context.analyses.start(order, specification);
  context.log.info(`${specification.fsPath}: ${order.name}: ${result.outcome}`);
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
    const name = 'name' in request ? request.name : (startedBy[request.type] ?? 'explain');
    const message = vscode.l10n.t('This report names no specification: convert the model here first.');
    answer({ type: 'state', name, state: { kind: 'failed', message }, earlier: false });
    return;
  }
  switch (request.type) {
    case 'startExplain':
      await analyze(context, { name: 'explain' }, specification);
      return;
    case 'startSweep':
      await analyze(context, { name: 'sweep', choice: request.choice }, specification);
      return;
    case 'cancel':
      context.analyses.cancel(specification, request.name);
      return;
    case 'applyCause':
      await apply(context, specification, context.analyses.causeFix(specification, request.index));
      return;
    case 'applySweep':
      await apply(context, specification, context.analyses.sweepFix(specification));
      return;
    case 'startCalibrate':
      await analyze(context, { name: 'calibrate' }, specification);
      return;
    case 'applyCalibration':
      await apply(context, specification, context.analyses.calibrationFix(specification));
      return;
    case 'applyNeurons':
      await apply(context, specification, context.analyses.neuronsFix(specification, request.neuronsPerGate));
      return;
    case 'startFinetune':
      await retrainFromPage(context, specification);
      return;
    case 'stopFinetune':
      context.analyses.stop(specification);
      return;
    case 'convertRetrained':
      await convertRetrained(context, specification);
      return;
    case 'compareRetrained':
      await compareRetrained(context, specification);
      return;
    case 'useUnfinished':
      await useInterrupted(context, specification);
      return;
    case 'discardUnfinished':
      await discardInterrupted(context, specification);
  }
}

const startedBy: Readonly<Partial<Record<AnalysisRequest['type'], AnalysisName>>> = {
  startSweep: 'sweep',
  startCalibrate: 'calibrate',
  startFinetune: 'finetune',
};

async function apply(context: Context, specification: vscode.Uri, fix: Fix | null): Promise<void> {
  if (fix) await fixAndConvert(context, specification, fix);
}
