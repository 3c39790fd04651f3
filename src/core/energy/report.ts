/** From a chip, a map of it and a run to the energy part of the report. */
import type { Chip } from '../chips/types.ts';
import { mapToChip } from '../map/map.ts';
import type { ChipUsage, LayerDemand, MapOptions } from '../map/types.ts';
import { baselines } from './baselines.ts';
import { calibratedEnergies } from './calibration.ts';
import { countEvents, type EventCounts } from './counts.ts';
import { latencyOf } from './latency.ts';
import { coreShares, groupSums, ledgerLines, sumOf, unpricedEvents } from './ledger.ts';
import type { AnalogMeasurement, ChipComparison, EnergyReport, Range, Workload } from './types.ts';
import { layerOperations, neurobench } from './workload.ts';

/** What a person would compare with, as far as this run's machine tells. */
interface Machine {
  readonly measurements: readonly AnalogMeasurement[];
  readonly watts: number | null;
}

/**
 * Pure: counts times prices, and sums.
 * @param usage of `chip`, with the activity of `workload`
 * @throws Error where `usage` has no traffic, as nothing was simulated
 */
export function energyReport(
  chip: Chip,
  usage: ChipUsage,
  workload: Workload,
  { measurements, watts }: Machine,
): EnergyReport {
  const { counts, totals } = ledger(chip, usage, workload);
  const { perInference, latency, lines } = totals;
  const metrics = neurobench(workload);
  const operations = layerOperations(workload);
  const whole = counts.unmapped.length === 0 ? perInference : null;
  return {
    chip: chip.name,
    ...totals,
    perSequenceStep: scaled(perInference, 1 / workload.sequenceSteps),
    sequenceSteps: workload.sequenceSteps,
    groups: groupSums(lines),
    latencyPerSequenceStep: scaled(latency, 1 / workload.sequenceSteps),
    averagePower: averagePower(perInference, latency),
    unmapped: counts.unmapped,
    calibrated: counts.unmapped.length === 0 ? calibratedEnergies(chip, counts) : [],
    cores: coreShares(counts, lines),
    baselines: baselines({
      workload,
      neurobench: metrics,
      operations,
      measurements,
      watts,
      spikingEnergy: whole,
    }),
    neurobench: metrics,
    operations,
  };
}

type Totals = Pick<
  EnergyReport,
  'perInference' | 'latency' | 'latencySources' | 'complete' | 'unpriced' | 'lines'
>;

function ledger(
  chip: Chip,
  usage: ChipUsage,
  workload: Workload,
): { readonly counts: EventCounts; readonly totals: Totals } {
  const counts = countEvents(chip, usage, workload);
  const time = latencyOf(chip, usage, counts);
  const latency = time?.latency ?? null;
  const lines = ledgerLines(chip, usage.chipsUsed, counts, latency);
  const unpriced = unpricedEvents(lines);
  return {
    counts,
    totals: {
      perInference: sumOf(lines),
      latency,
      latencySources: time?.sources ?? null,
      complete: unpriced.length === 0 && counts.unmapped.length === 0,
      unpriced,
      lines,
    },
  };
}

function scaled(range: Range | null, factor: number): Range | null {
  return range && { low: range.low * factor, high: range.high * factor };
}

/**
 * The power of the fast end and that of the slow end. Energy and time are not independent (powers are spent over
 * the time), so the least energy over the longest time would be a power that nobody could measure.
 */
function averagePower(energy: Range | null, latency: Range | null): Range | null {
  if (!energy || !latency || latency.low <= 0) return null;
  const [fast, slow] = [energy.low / latency.low, energy.high / latency.high];
  return { low: Math.min(fast, slow), high: Math.max(fast, slow) };
}

/**
 * The same network on several chips, in their order.
 * @param workload null where nothing was simulated
 */
export function compareChips(
  chips: readonly Chip[],
  demands: readonly LayerDemand[],
  workload: Workload | null,
  optionsFor: (chip: Chip) => MapOptions,
): ChipComparison[] {
  return chips.map((chip) => {
    const usage = mapToChip(demands, workload?.activity ?? null, chip, optionsFor(chip));
    return comparisonOf(usage, workload && ledger(chip, usage, workload).totals);
  });
}

/** A chip that is mapped already, beside others. @param totals null where nothing was simulated */
export function comparisonOf(
  usage: ChipUsage,
  totals: Pick<EnergyReport, 'perInference' | 'complete' | 'latency'> | null,
): ChipComparison {
  return {
    id: usage.id,
    name: usage.name,
    chipsUsed: usage.chipsUsed,
    coresUsed: usage.coresUsed,
    coresPerChip: usage.coresPerChip,
    fits: usage.problems.length === 0,
    perInference: totals?.perInference ?? null,
    complete: totals?.complete ?? false,
    latency: totals?.latency ?? null,
  };
}
