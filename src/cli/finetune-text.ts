/** `spikewise finetune` as text. */
import type { Finetuning } from '../core/finetune/types.ts';
import { epochsTable, networksTable, replacedWords, trainingWords } from '../core/report/finetune-words.ts';
import { tableText } from './tables.ts';

export function finetuneText(finetuning: Finetuning): string {
  const { model, options, stopped, written, seconds } = finetuning;
  return [
    `${model.name}: retrained with functions that spiking neurons compute`,
    replacedWords(finetuning),
    trainingWords(finetuning),
    '',
    tableText(epochsTable(finetuning)),
    ...(stopped === null ? [] : ['', `stopped: ${stopped}`]),
    '',
    `Accuracy over the validation samples, spiking at T = ${options.timesteps}, ${options.coding} coding`,
    tableText(networksTable(finetuning)),
    `training ${seconds['training']!.toFixed(2)} s`,
    '',
    `Written: ${written.model}`,
    `Convert it: spikewise convert ${written.specification}`,
  ].join('\n');
}
