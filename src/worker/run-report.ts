/** The parts of a report that depend on what was read alone. */
import type { Conversion } from '../core/convert/convert.ts';
import { tensorsOf } from '../core/inspect/summary.ts';
import { layerReports } from '../core/report/build.ts';
import type { Report, RunOptions } from '../core/report/types.ts';
import { mapAlone, mapOptions } from './estimate.ts';
import type { ModelInputs } from './read.ts';

declare const SPIKEWISE_VERSION: string;

export function reportHead(run: ModelInputs) {
  // A layer that is used twice has its weights once.
  const tensors = new Set(run.network.layers.flatMap(tensorsOf).map(({ tensor }) => tensor));
  const parameters = [...tensors].reduce((sum, { values }) => sum + values.length, 0);
  return {
    schemaVersion: 2,
    spikewiseVersion: SPIKEWISE_VERSION,
    createdAt: new Date().toISOString(),
    model: { name: run.network.name, format: run.network.format, file: run.files.model ?? '', parameters },
    specification: run.files.specification,
  } as const;
}

/** How every other result begins. */
export function resultHead(run: ModelInputs) {
  const { spikewiseVersion, createdAt, specification, model } = reportHead(run);
  const { name, file } = model;
  return { schemaVersion: 1, spikewiseVersion, createdAt, specification, model: { name, file } } as const;
}

export function runOptions(run: ModelInputs, samples: number): RunOptions {
  const { timesteps, coding, arithmetic, cellClip, percentile, tolerance, baseline } = run.specification;
  const { thresholdScope, neuronsPerGate, embedding, rescaleWeights, corrections } = run.specification;
  const { chips, fill, generators, weightBits } = mapOptions(run, run.chip);
  return {
    timesteps,
    coding,
    arithmetic,
    chip: run.chip.id,
    weightBits,
    mapping: { chips, fill, generators },
    watts: baseline?.watts ?? null,
    samples,
    input: run.input,
    cellClip: cellClip ?? null,
    percentile: percentile ?? 100,
    ...(embedding && { embedding }),
    ...(thresholdScope && { thresholdScope }),
    ...(neuronsPerGate && { neuronsPerGate }),
    ...(rescaleWeights && { rescaleWeights }),
    ...(corrections && { corrections }),
    tolerance,
  };
}

/** For a model that cannot be converted or has no data: the layers, why, and their map; nothing measured. */
export function emptyReport(run: ModelInputs, conversion: Conversion): Report {
  return {
    ...reportHead(run),
    options: runOptions(run, 0),
    accuracy: { analog: null, spiking: null, agreement: null },
    layers: layerReports(conversion.layers, null, 0, run.specification.timesteps),
    ...mapAlone(run, conversion),
    seconds: {},
  };
}
