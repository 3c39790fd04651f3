/** A run's progress in words. */
import { formatCoresUsed, formatPercent, formatSamples } from '../../src/core/report/format.ts';
import { stages, type Progress, type Stage } from '../../src/protocol/worker.ts';
import type { Report } from '../../src/core/report/types.ts';
import type { ViewState } from './view-state.ts';

const stageWords: Readonly<Record<Stage, string>> = {
  read: 'Reading the model',
  convert: 'Converting',
  simulate: 'Simulating',
  map: 'Mapping to cores',
  write: 'Writing the report',
};

export function stageTitle({ stage }: Progress): string {
  return `${stageWords[stage]} (stage ${stages.indexOf(stage) + 1} of ${stages.length})`;
}

/**
 * What a screen reader is told. Progress is rounded down to quarters of a stage: a message a sample
 * would never let it finish a sentence.
 */
export function announcement({ run, report }: ViewState): string {
  switch (run.kind) {
    case 'none':
      return '';
    case 'running': {
      const quarter = Math.floor(4 * Math.min(1, Math.max(0, run.progress.fraction)));
      return `${stageTitle(run.progress)}${quarter > 0 ? `, ${String(25 * quarter)} % done` : ''}`;
    }
    case 'done':
      return report === null ? '' : result(report);
    case 'failed':
      return `Run failed: ${run.message}`;
    case 'cancelled':
      return 'Run cancelled.';
  }
}

function result({ accuracy, options, chip }: Report): string {
  return accuracy.agreement === null
    ? `Run completed: ${formatCoresUsed(chip)} cores of ${chip.name}, nothing simulated.`
    : `Run completed: agreement ${formatPercent(accuracy.agreement)} on ${formatSamples(options.samples)}.`;
}
