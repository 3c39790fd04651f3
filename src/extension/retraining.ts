/** Retraining as the editor does it: what is asked, how it is told of, what becomes of one that was interrupted. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as vscode from 'vscode';
import type { Finetuning, Unfinished } from '../core/finetune/types.ts';
import { networksWords, unfinishedWords } from '../core/report/finetune-words.ts';
import { startConversion } from '../node/conversion-client.ts';
import { discardUnfinished, readUnfinished, removeLeftovers, takeUnfinished } from '../node/unfinished.ts';
import type { FinetuneChoice } from '../protocol/analyses.ts';
import type { Overrides } from '../protocol/worker.ts';
import type { AnalysisResult } from './analysis-tasks.ts';
import { compareReportFiles } from './comparison.ts';
import type { Context } from './context.ts';
import { convert, offerWaysOut, saveEdits, shortened } from './conversion.ts';
import { askHow, type Answers } from './retraining-questions.ts';
import { nameOf } from './specification-files.ts';

/**
 * The command: in the results panel, which needs results to stand beside.
 * @returns how it ended; undefined where nothing was started
 */
export async function retrain(
  context: Context,
  specification: vscode.Uri,
  answers?: Partial<Answers>,
): Promise<AnalysisResult['outcome'] | undefined> {
  const choice = await askHow(context, specification, answers);
  if (!choice) return undefined;
  const view = await context.panels.showLoaded(specification);
  if (!view.hasReport && (await convert(context, specification)) !== 'done') return undefined;
  view.showTarget({ tab: 'finetune', about: null });
  return run(context, specification, choice);
}

export async function retrainFromPage(context: Context, specification: vscode.Uri): Promise<void> {
  await retrain(context, specification);
}

/** With a notification, so that it can be seen and cancelled where the panel is closed or hidden. */
async function run(
  context: Context,
  specification: vscode.Uri,
  choice: FinetuneChoice,
): Promise<AnalysisResult['outcome']> {
  await saveEdits(specification);
  await remember(context, choice.out, specification);
  const name = nameOf(specification);
  const result = await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Retraining {0}', name),
      cancellable: true,
    },
    async (progress, cancelled) => {
      const subscriptions = [
        cancelled.onCancellationRequested(() => {
          context.analyses.cancel(specification, 'finetune');
        }),
        context.analyses.onDidChange(({ specification: of, message }) => {
          if (of.toString() !== specification.toString() || message.type !== 'state') return;
          if (message.name !== 'finetune' || message.state.kind !== 'running') return;
          progress.report({ message: message.state.progress.message });
        }),
      ];
      try {
        return await context.analyses.start({ name: 'finetune', choice }, specification);
      } finally {
        for (const subscription of subscriptions) subscription.dispose();
      }
    },
  );
  context.log.info(`${specification.fsPath}: finetune: ${result.outcome}`);
  if (result.outcome === 'done' && 'finetuning' in result) {
    await forget(context, choice.out);
    // The panel may have been closed meanwhile.
    const inSight = context.panels.of(specification)?.panel.visible ?? false;
    if (!inSight) void context.guard(name, () => tellEnd(context, specification, result.finetuning));
    return result.outcome;
  }
  if (result.outcome === 'failed') await tellFailure(context, specification, result.failure);
  await keepOrForget(context, specification, choice.out);
  return result.outcome;
}

async function tellFailure(
  context: Context,
  specification: vscode.Uri,
  failed: Extract<AnalysisResult, { readonly outcome: 'failed' }>['failure'],
): Promise<void> {
  context.log.error(failed.message);
  const failure = shortened(failed);
  const files = { ...failure.files, specification: failure.files.specification ?? specification.fsPath };
  // Before the message, whose buttons lead there. A failure without a place leaves those of the run.
  if (failure.findings.length > 0) await context.diagnostics.show(specification, failure.findings, files);
  const again = {
    title: vscode.l10n.t('Retrain Again'),
    act: () => retrain(context, specification),
  };
  void context.guard(nameOf(specification), () =>
    offerWaysOut(context, specification, failure, files, again),
  );
}

async function tellEnd(context: Context, specification: vscode.Uri, finetuning: Finetuning): Promise<void> {
  const show = vscode.l10n.t('Show Results');
  const words = vscode.l10n.t(
    'Retrained {0}: {1}',
    nameOf(specification),
    networksWords(finetuning.accuracy),
  );
  if ((await vscode.window.showInformationMessage(words, show)) !== show) return;
  (await context.panels.showLoaded(specification)).showTarget({ tab: 'finetune', about: null });
}

/** Of the retraining that the pages of the old model show. */
export async function convertRetrained(context: Context, specification: vscode.Uri): Promise<void> {
  const finetuning = context.analyses.retrainingOf(specification);
  if (finetuning) await convert(context, vscode.Uri.file(finetuning.written.specification));
}

/** Both models over the samples that neither was trained on, side by side. */
export async function compareRetrained(context: Context, specification: vscode.Uri): Promise<void> {
  const finetuning = context.analyses.retrainingOf(specification);
  if (!finetuning) return;
  const tuned = finetuning.written.specification;
  const held = {
    inputs: path.join(path.dirname(tuned), 'validation.npy'),
    labels: path.join(path.dirname(tuned), 'validation-labels.npy'),
  };
  const folder = await mkdtemp(path.join(tmpdir(), 'spikewise-'));
  try {
    const title = vscode.l10n.t('Running {0} before and after retraining', nameOf(specification));
    await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title, cancellable: true },
      async (_, cancelled) => {
        const before = await report(
          context,
          specification.fsPath,
          held,
          path.join(folder, 'a.json'),
          cancelled,
        );
        const after = before && (await report(context, tuned, {}, path.join(folder, 'b.json'), cancelled));
        if (before && after) await compareReportFiles(context, before, after, nameOf(specification));
      },
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns undefined where it was cancelled */
async function report(
  context: Context,
  file: string,
  overrides: Overrides,
  reportFile: string,
  cancelled: vscode.CancellationToken,
): Promise<vscode.Uri | undefined> {
  const worker = pathToFileURL(context.runs.workerFile.fsPath);
  const request = { file, overrides, purpose: 'convert', reportFile } as const;
  const running = startConversion(worker, request, () => undefined);
  const subscription = cancelled.onCancellationRequested(() => {
    running.cancel();
  });
  const result = await running.result;
  subscription.dispose();
  if (result.outcome === 'failed') throw new Error(shortened(result.failure).message);
  return result.outcome === 'done' ? vscode.Uri.file(reportFile) : undefined;
}

/** Of the workspace's memory: names of specifications by the folders that are retrained into. */
const key = 'retrainings';
type Begun = Readonly<Record<string, string>>;

const begun = (context: Context) => context.memory.get<Begun>(key, {});

async function remember(context: Context, out: string, specification: vscode.Uri): Promise<void> {
  await context.memory.update(key, { ...begun(context), [out]: specification.toString() });
}

async function forget(context: Context, out: string): Promise<void> {
  const rest = Object.entries(begun(context)).filter(([each]) => each !== out);
  await context.memory.update(key, Object.fromEntries(rest));
}

/** Of one that was cancelled, or failed: what it had found by then is offered. */
async function keepOrForget(context: Context, specification: vscode.Uri, out: string): Promise<void> {
  await removeLeftovers(out);
  const unfinished = await readUnfinished(out);
  // A panel that is in sight says so itself.
  if (unfinished) offer(context, specification, unfinished, context.panels.of(specification)?.panel.visible);
  else await forget(context, out);
}

/** Retrainings that a window was closed on. */
export async function offerInterrupted(context: Context): Promise<void> {
  for (const [out, address] of Object.entries(begun(context))) {
    const specification = vscode.Uri.parse(address, true);
    await removeLeftovers(out);
    const unfinished = await readUnfinished(out);
    if (unfinished) {
      offer(context, specification, unfinished);
      continue;
    }
    await forget(context, out);
    void vscode.window.showInformationMessage(
      vscode.l10n.t(
        'The retraining of {0} was interrupted before its first epoch had ended, or before one was better than none. Nothing was written.',
        nameOf(specification),
      ),
    );
  }
}

/** In the panel, and in a message. @param quiet without the message */
function offer(context: Context, specification: vscode.Uri, unfinished: Unfinished, quiet = false): void {
  context.analyses.setUnfinished(specification, unfinished);
  if (quiet) return;
  void context.guard(nameOf(specification), async () => {
    const { best, epochs, folder } = unfinished;
    const use = vscode.l10n.t('Use It');
    const remove = vscode.l10n.t('Delete It');
    const words = vscode.l10n.t(
      'The retraining of {0} was interrupted: {1}.',
      nameOf(specification),
      unfinishedWords(best, epochs, path.basename(folder)),
    );
    const chosen = await vscode.window.showWarningMessage(words, use, remove);
    // The panel may have been told meanwhile.
    if (context.analyses.unfinishedOf(specification) !== unfinished) return;
    if (chosen === use) await useInterrupted(context, specification);
    if (chosen === remove) await discardInterrupted(context, specification);
  });
}

/** Its best epoch becomes the model that was asked for. */
export async function useInterrupted(context: Context, specification: vscode.Uri): Promise<void> {
  const unfinished = context.analyses.unfinishedOf(specification);
  if (!unfinished) return;
  const written = await takeUnfinished(unfinished.out);
  await settled(context, specification, unfinished);
  const run = vscode.l10n.t('Convert It');
  const said = vscode.l10n.t('Wrote {0}.', vscode.workspace.asRelativePath(unfinished.out));
  void context.guard(nameOf(specification), async () => {
    if ((await vscode.window.showInformationMessage(said, run)) !== run) return;
    await convert(context, vscode.Uri.file(written));
  });
}

export async function discardInterrupted(context: Context, specification: vscode.Uri): Promise<void> {
  const unfinished = context.analyses.unfinishedOf(specification);
  if (!unfinished) return;
  await discardUnfinished(unfinished.out);
  await settled(context, specification, unfinished);
}

async function settled(context: Context, specification: vscode.Uri, { out }: Unfinished): Promise<void> {
  context.analyses.setUnfinished(specification, null);
  await forget(context, out);
}
