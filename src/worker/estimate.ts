/** The last stages of a run: the spiking layers on the chip, and what they cost there. */
import type { SampleShape } from '../core/check/inputs.ts';
import { sequenceSteps } from '../core/check/sizes.ts';
import { builtinChip, builtinChips } from '../core/chips/builtin.ts';
import type { Chip } from '../core/chips/types.ts';
import { layerActivity, skippedSteps, type LayerSums } from '../core/compare/sums.ts';
import type { Conversion } from '../core/convert/convert.ts';
import { energyFindings } from '../core/energy/findings.ts';
import { compareChips, comparisonOf, energyReport } from '../core/energy/report.ts';
import type { AnalogMeasurement, ChipComparison, Workload } from '../core/energy/types.ts';
import { layerDemands, mapFindings } from '../core/map/findings.ts';
import { fitsChip, mapToChip } from '../core/map/map.ts';
import type { ChipUsage, LayerDemand, MapOptions } from '../core/map/types.ts';
import { embeddingOf } from '../core/network/embedding.ts';
import type { Report, RunOptions } from '../core/report/types.ts';
import type { ModelInputs } from './read.ts';

type Estimate = Pick<Report, 'chip' | 'energy' | 'chips' | 'findings'>;

/** What does not depend on the machine of the run. */
export interface Mapped {
  readonly chip: ChipUsage;
  /** On the other chips that are known. */
  readonly others: readonly ChipComparison[];
  readonly demands: readonly LayerDemand[];
  readonly workload: Workload;
}

/** @param width of the final outputs */
export function mapRun(
  run: ModelInputs,
  conversion: Conversion,
  shape: SampleShape,
  layers: readonly LayerSums[],
  width: number,
): Mapped {
  const { chip } = run;
  const demands = layerDemands(conversion.layers);
  const options = mapOptions(run, chip);
  const sums = { layers, samples: shape.samples, width };
  const workload = workloadOf(run, conversion, shape, sums);
  return {
    chip: mapToChip(demands, workload.activity, chip, options),
    others: compareChips(otherChips(chip), demands, workload, (other) => mapOptions(run, other)),
    demands,
    workload,
  };
}

/** @param sums over the samples that ran; `width` of the final outputs */
export function workloadOf(
  run: ModelInputs,
  { layers }: Conversion,
  shape: SampleShape,
  sums: { readonly layers: readonly LayerSums[]; readonly samples: number; readonly width: number },
): Workload {
  const { timesteps, arithmetic } = run.specification;
  return {
    layers,
    activity: layerActivity(layers, sums.layers, sums.samples),
    skippedSteps: sums.layers.map((layer) => skippedSteps(layer, sums.samples)),
    timesteps,
    arithmetic,
    weightBits: mapOptions(run, run.chip).weightBits,
    ...stepsAndValues(run, shape),
    outputValues: sums.width,
  };
}

/** The host looks vectors up, and hands them on. */
function stepsAndValues(
  { network }: ModelInputs,
  shape: SampleShape,
): Pick<Workload, 'sequenceSteps' | 'inputSteps' | 'inputValues'> {
  const parts = shape.parts ?? [shape];
  const inputValues = parts.reduce((sum, { steps, features }, index) => {
    const embedding = embeddingOf(network.layers, shape.parts && index);
    return sum + steps * (embedding?.dimension ?? features);
  }, 0);
  return {
    sequenceSteps: sequenceSteps(shape),
    ...(shape.parts && { inputSteps: shape.parts.map(({ steps }) => steps) }),
    inputValues,
  };
}

export function estimate(
  run: ModelInputs,
  { chip, others, demands, workload }: Mapped,
  measurements: readonly AnalogMeasurement[],
  options: RunOptions,
): Estimate {
  const energy = energyReport(run.chip, chip, workload, { measurements, watts: options.watts });
  const findings = [...mapFindings(chip, fitsAt(run, demands)), ...energyFindings(energy, options)];
  return { chip, chips: [comparisonOf(chip, energy), ...others], energy, findings };
}

/** Where nothing was simulated. A model that cannot become spiking has no demands. */
export function mapAlone(run: ModelInputs, { layers, findings }: Conversion): Estimate {
  const demands = layerDemands(layers);
  const usage = mapToChip(demands, null, run.chip, mapOptions(run, run.chip));
  return {
    chip: usage,
    energy: null,
    chips: [
      comparisonOf(usage, null),
      ...compareChips(otherChips(run.chip), demands, null, (chip) => mapOptions(run, chip)),
    ],
    findings: [...findings, ...mapFindings(usage, fitsAt(run, demands))],
  };
}

/** Whether the layers would fit, were cores filled to another part. */
function fitsAt(run: ModelInputs, demands: readonly LayerDemand[]): (fill: number) => boolean {
  return (fill) => fitsChip(demands, run.chip, { ...mapOptions(run, run.chip), fill });
}

/** Built in, but for the one that was asked for. */
function otherChips(chip: Chip): Chip[] {
  return builtinChips.filter((id) => id !== chip.id).map(builtinChip);
}

/** On another chip than the run's, weights are as wide as they can be up to the run's. */
export function mapOptions({ specification, weightBits }: ModelInputs, chip: Chip): MapOptions {
  const widths = chip.synapses.weightBits.value;
  const { chips, fill, generators } = specification.mapping;
  return {
    chips,
    fill,
    generators,
    weightBits: widths.filter((bits) => bits <= weightBits).at(-1) ?? widths[0]!,
  };
}
