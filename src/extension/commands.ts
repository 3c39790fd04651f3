/** Every command, in one table. */
import * as vscode from 'vscode';
import type { Fix } from '../core/findings/types.ts';
import { usualNeurons } from '../core/sweep/neurons.ts';
import { analyzeInPanel } from './analyze.ts';
import type { AnalysisOrder } from './analysis-tasks.ts';
import type { Context } from './context.ts';
import { convert, fixAndConvert, showUnreadable } from './conversion.ts';
import { openFindingPage } from './finding-pages.ts';
import { chooseModel, showModel } from './model-editor.ts';
import { openReportFile } from './report-editor.ts';
import type { Answers } from './retraining-questions.ts';
import { retrain } from './retraining.ts';
import {
  clearKeptRuns,
  compareRuns,
  compareWithSelected,
  deleteRun,
  exportReport,
  openRun,
  selectRunForCompare,
  showRunText,
} from './run-commands.ts';
import type { Run } from './runs.ts';
import { openRunText, showInResults } from './run-text-commands.ts';
import { insertSnippet } from './snippets.ts';
import {
  activeFile,
  askForFile,
  isModelFile,
  nameOf,
  specificationOf,
  UnreadableModel,
} from './specification-files.ts';

type Command = (context: Context, ...args: never[]) => unknown;

const commands = {
  'spikewise.convert': convertFile,
  // The same for menus, which show a title without its category.
  'spikewise.convertFile': convertFile,
  'spikewise.explain': (context: Context, file?: vscode.Uri) =>
    analyzeFile(context, { name: 'explain' }, file),
  'spikewise.sweep': (context: Context, file?: vscode.Uri) =>
    analyzeFile(context, { name: 'sweep', choice: {} }, file),
  'spikewise.compareNeurons': (context: Context, file?: vscode.Uri) =>
    analyzeFile(context, { name: 'sweep', choice: { neuronsPerGate: usualNeurons(undefined) } }, file),
  'spikewise.calibrate': (context: Context, file?: vscode.Uri) =>
    analyzeFile(context, { name: 'calibrate' }, file),
  'spikewise.finetune': finetuneFile,
  // The same for menus, which show a title without its category.
  'spikewise.finetuneFile': finetuneFile,
  'spikewise.insertPytorch': (context: Context) => insertSnippet(context, 'pytorch'),
  'spikewise.insertKeras': (context: Context) => insertSnippet(context, 'keras'),
  'spikewise.cancel': cancel,
  'spikewise.openReport': (_context: Context, file?: vscode.Uri) => openReportFile(file),
  'spikewise.openRun': openRun,
  'spikewise.compareRuns': compareRuns,
  'spikewise.exportReport': exportReport,
  'spikewise.clearRuns': clearKeptRuns,
  'spikewise.openRunText': openRunText,
  'spikewise.showInResults': showInResults,
  'spikewise.showModel': showModelFile,
  'spikewise.openFindingPage': openFindingPage,
  'spikewise.showLog': (context: Context) => {
    context.log.show();
  },
  // Not in the palette: the list of runs.
  'spikewise.showRunText': showRunText,
  'spikewise.selectRunForCompare': selectRunForCompare,
  'spikewise.compareWithSelected': compareWithSelected,
  'spikewise.deleteRun': deleteRun,
  // Nor these: the outline, the status bar item and the quick fixes use them.
  'spikewise.showLayer': (context: Context, file: string, layer: number) =>
    showModel(context, vscode.Uri.file(file), layer),
  'spikewise.showResults': (context: Context, specification: string) =>
    void context.panels.show(vscode.Uri.parse(specification, true)),
  'spikewise.applyFix': (context: Context, specification: string, edits: Fix['edits']) =>
    fixAndConvert(context, vscode.Uri.parse(specification, true), { edits }),
} satisfies Record<string, Command>;

export function registerCommands(context: Context): void {
  for (const [name, command] of Object.entries<Command>(commands)) {
    context.own(
      vscode.commands.registerCommand(name, async (...args: unknown[]) => {
        try {
          return await command(context, ...(args as never[]));
        } catch (error) {
          // The editor shows the message, but does not keep it.
          context.log.error(name, error instanceof Error ? error : String(error));
          throw error;
        }
      }),
    );
  }
}

async function convertFile(context: Context, file?: vscode.Uri): Promise<string | undefined> {
  context.log.info('Convert Model');
  const specification = await chosenSpecification(context, file);
  return specification && convert(context, specification);
}

async function analyzeFile(
  context: Context,
  order: AnalysisOrder,
  file?: vscode.Uri,
): Promise<string | undefined> {
  const specification = await chosenSpecification(context, file);
  return specification && analyzeInPanel(context, order, specification);
}

/** @param answers to questions that are not to be asked */
async function finetuneFile(
  context: Context,
  file?: vscode.Uri,
  answers?: Partial<Answers>,
): Promise<string | undefined> {
  const specification = await chosenSpecification(context, file);
  return specification && retrain(context, specification, answers);
}

async function chosenSpecification(context: Context, file?: vscode.Uri): Promise<vscode.Uri | undefined> {
  const chosen = fileOf(file) ?? context.panels.active ?? (await askForFile());
  return chosen && specificationFor(context, chosen);
}

async function showModelFile(context: Context, argument?: vscode.Uri): Promise<void> {
  const active = activeFile();
  const file = fileOf(argument) ?? (active && isModelFile(active) ? active : await chooseModel());
  if (file) await showModel(context, file);
}

/** Of a menu's argument: the title bar of a panel gives the panel's own address. */
function fileOf(argument: unknown): vscode.Uri | undefined {
  return argument instanceof vscode.Uri && argument.scheme === 'file' ? argument : undefined;
}

/** A model that cannot be read gets no specification, but is told of like one that fails to convert. */
async function specificationFor(context: Context, file: vscode.Uri): Promise<vscode.Uri | undefined> {
  try {
    const specification = await specificationOf(file, context.runs.workerFile);
    if (specification?.toString() !== file.toString()) await context.diagnostics.clear(file);
    return specification;
  } catch (error) {
    if (!(error instanceof UnreadableModel)) throw error;
    await showUnreadable(context, file, error.failure);
    return undefined;
  }
}

/** Without an argument, of several runs the one in front or the one chosen. */
async function cancel(context: Context, argument?: vscode.Uri): Promise<void> {
  const { runs, analyses } = context;
  const specification = fileOf(argument) ?? context.panels.active;
  if (specification && runs.of(specification)) {
    runs.cancel(specification);
    return;
  }
  // The panel's run has ended meanwhile: that is no reason to end another.
  if (fileOf(argument)) return;
  const item = ({ specification, progress }: Pick<Run, 'specification' | 'progress'>, end: () => void) => ({
    label: nameOf(specification),
    description: progress.message,
    end,
  });
  const [first, ...others] = [
    ...runs.running.map((run) =>
      item(run, () => {
        runs.cancel(run.specification);
      }),
    ),
    ...analyses.running.map((task) =>
      item(task, () => {
        analyses.cancel(task.specification, task.name);
      }),
    ),
  ];
  if (!first) return;
  const chosen =
    others.length === 0
      ? first
      : await vscode.window.showQuickPick([first, ...others], {
          placeHolder: vscode.l10n.t('Cancel what?'),
        });
  chosen?.end();
}
