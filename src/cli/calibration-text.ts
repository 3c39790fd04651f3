/** `spikewise calibrate` as text. */
import type { Calibration } from '../core/calibrate/types.ts';
import {
  calibrationWords,
  changesTable,
  errorWords,
  nothingKept,
  scoresTable,
} from '../core/report/calibration-words.ts';
import { tableText } from './tables.ts';

export function calibrationText(calibration: Calibration): string {
  const { model, options, changes, fix, written, seconds } = calibration;
  const { timesteps, coding, arithmetic } = options;
  const spent = Object.values(seconds).reduce((sum, value) => sum + value, 0);
  return [
    `${model.name}: the spiking network calibrated at T = ${timesteps}, ${coding} coding, ${arithmetic} arithmetic`,
    errorWords,
    changes.length > 0 ? tableText(changesTable(calibration)) : 'nothing to try',
    `${calibrationWords(calibration)}, ${spent.toFixed(2)} s`,
    '',
    tableText(scoresTable(calibration)),
    '',
    ...(fix && written.specification === null
      ? ['Nothing is written: --write puts what was kept into the specification, --out FOLDER into a copy.']
      : []),
    ...(fix ? [] : [nothingKept]),
    ...(written.specification === null
      ? []
      : [`Written: ${written.specification}`, `Convert it: spikewise convert ${written.specification}`]),
  ].join('\n');
}
