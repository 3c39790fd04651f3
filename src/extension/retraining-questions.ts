/** What a person is asked before a retraining. The answers are remembered for the workspace. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { defaultTraining } from '../core/finetune/types.ts';
import { isObject, parseJsonWithComments } from '../core/formats/json.ts';
import { obstacleToRetraining } from '../node/unfinished.ts';
import type { FinetuneChoice } from '../protocol/analyses.ts';
import type { Context } from './context.ts';
import { applyFix } from './fixes.ts';
import { nameOf } from './specification-files.ts';

export interface Answers {
  readonly epochs: number;
  readonly rounding: boolean;
  readonly learningRate: number;
  /** Absolute path. */
  readonly out: string;
}

/** Of the workspace's memory. */
const key = 'retraining';
const mostEpochs = 1e6;
type Remembered = Partial<Omit<Answers, 'out'>>;

/**
 * Labels, where the specification has none, are written into it.
 * @param given answers to what is not to be asked
 * @returns undefined where a question was dismissed
 */
export async function askHow(
  context: Context,
  specification: vscode.Uri,
  given: Partial<Answers> = {},
): Promise<FinetuneChoice | undefined> {
  const { timesteps, labelled } = await lookAt(specification);
  if (!labelled && !(await askForLabels(specification))) return undefined;
  const last = context.memory.get<Remembered>(key, {});
  const title = vscode.l10n.t('Retrain {0}', nameOf(specification));
  const epochs = given.epochs ?? (await askForEpochs(title, last.epochs ?? 1));
  if (epochs === undefined) return undefined;
  const rounding = given.rounding ?? (await askForRounding(title, timesteps, last.rounding ?? true));
  if (rounding === undefined) return undefined;
  const learningRate =
    given.learningRate ?? (await askForRate(title, last.learningRate ?? defaultTraining.learningRate));
  if (learningRate === undefined) return undefined;
  const out = given.out ?? (await askForFolder(title, specification));
  if (out === undefined) return undefined;
  await context.memory.update(key, { epochs, rounding, learningRate } satisfies Remembered);
  return { options: { ...defaultTraining, epochs, rounding, learningRate }, out };
}

/** Of a specification that is damaged nothing is said here: the run says what is wrong. */
async function lookAt(specification: vscode.Uri): Promise<{ timesteps: number | null; labelled: boolean }> {
  const text = await readFile(specification.fsPath, 'utf8').catch(() => '');
  const parsed = parseJsonWithComments(text);
  if (!('value' in parsed) || !isObject(parsed.value)) return { timesteps: null, labelled: true };
  const { timesteps, data } = parsed.value;
  return {
    timesteps: typeof timesteps === 'number' ? timesteps : null,
    labelled: !isObject(data) || typeof data['labels'] === 'string',
  };
}

async function askForLabels(specification: vscode.Uri): Promise<boolean> {
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Training needs labels: choose the class of each sample'),
    openLabel: vscode.l10n.t('Use as Labels'),
    defaultUri: vscode.Uri.joinPath(specification, '..'),
    filters: {
      [vscode.l10n.t('Labels')]: ['npy', 'npz', 'csv', 'idx', 'gz', 'safetensors', 'json'],
      [vscode.l10n.t('All files')]: ['*'],
    },
  });
  const file = chosen?.[0]?.fsPath;
  if (file === undefined) return false;
  const value = path.relative(path.dirname(specification.fsPath), file).replaceAll('\\', '/');
  await applyFix(specification, { edits: [{ path: ['data', 'labels'], value }] });
  return true;
}

async function askForEpochs(title: string, last: number): Promise<number | undefined> {
  const answer = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('Epochs: how often every sample is trained on'),
    value: String(last),
    ignoreFocusOut: true,
    validateInput: (text) => {
      const whole = /^\d+$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= mostEpochs;
      return whole ? undefined : vscode.l10n.t('Write a whole number from 1 to {0}.', mostEpochs);
    },
  });
  return answer === undefined ? undefined : Number(answer);
}

async function askForRounding(
  title: string,
  timesteps: number | null,
  last: boolean,
): Promise<boolean | undefined> {
  const rounded = {
    label: vscode.l10n.t('Round counts while training'),
    detail:
      timesteps === null
        ? vscode.l10n.t('As the time-steps of the specification round them: for few time-steps')
        : vscode.l10n.t('As T = {0} time-steps round them: for few time-steps', timesteps),
    rounding: true,
  };
  const exact = {
    label: vscode.l10n.t('Exact values'),
    detail: vscode.l10n.t('Only the functions are replaced'),
    rounding: false,
  };
  // The last answer is the first of the list.
  const items = last ? [rounded, exact] : [exact, rounded];
  const chosen = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: vscode.l10n.t('What the network computes while it is trained'),
    ignoreFocusOut: true,
  });
  return chosen?.rounding;
}

async function askForRate(title: string, last: number): Promise<number | undefined> {
  const answer = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('Learning rate of the first step; it falls to 0'),
    value: String(last),
    ignoreFocusOut: true,
    validateInput: (text) => {
      const rate = Number(text);
      return text.trim() !== '' && Number.isFinite(rate) && rate > 0
        ? undefined
        : vscode.l10n.t('Write a number above 0, such as {0}.', defaultTraining.learningRate);
    },
  });
  return answer === undefined ? undefined : Number(answer);
}

async function askForFolder(title: string, specification: vscode.Uri): Promise<string | undefined> {
  const beside = path.dirname(specification.fsPath);
  const answer = await vscode.window.showInputBox({
    title,
    prompt: vscode.l10n.t('Folder of the new model, beside the specification or with its whole path'),
    value: await freeName(beside, `${nameOf(specification)}-retrained`),
    ignoreFocusOut: true,
    validateInput: async (text) => {
      if (text.trim() === '') return vscode.l10n.t('Name a folder.');
      const obstacle = await obstacleToRetraining(path.resolve(beside, text.trim()));
      return obstacle === null ? undefined : vscode.l10n.t('{0}: {1}', text.trim(), obstacle);
    },
  });
  return answer === undefined ? undefined : path.resolve(beside, answer.trim());
}

async function freeName(folder: string, name: string): Promise<string> {
  for (let n = 1; n < 1000; n++) {
    const tried = n === 1 ? name : `${name}-${n}`;
    if ((await obstacleToRetraining(path.join(folder, tried))) === null) return tried;
  }
  return name;
}
