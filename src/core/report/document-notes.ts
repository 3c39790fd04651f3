/** What the text editor says beside the lines of a run's text: above a layer, and of a line that is pointed at. */
import { resources, type Resource } from '../chips/types.ts';
import { coresOf, layerFiringRate, type RunSubject, type RunTab } from './document.ts';
import {
  formatAverage,
  formatCount,
  formatError,
  formatPercent,
  formatPopulation,
  formatRate,
  formatResource,
  formatRunsAs,
  formatUsage,
  notPublished,
  outputPopulation,
} from './format.ts';
import { populationLook } from './looks.ts';
import { smallBars, smallLines, type ChartColours, type SmallSeries } from './small-charts.ts';
import type { LayerReport, PopulationReport, Report } from './types.ts';

export interface Note {
  readonly words: string;
  /** Of the panel, that shows it. */
  readonly tab: RunTab;
}

/** Above the line of a layer: firing rate, error, cores, as far as it has them. */
export function layerNotes(report: Report, layer: LayerReport): Note[] {
  const rate = layerFiringRate(layer);
  return [
    ...(rate === null ? [] : [{ words: `firing rate ${formatRate(rate)}`, tab: 'rates' } as const]),
    ...(layer.output === null
      ? []
      : [{ words: `MSE ${formatError(layer.output.mse)}`, tab: 'errors' } as const]),
    ...(layer.runsAs === 'spiking'
      ? [{ words: coresInWords(report, layer.name), tab: 'cores' } as const]
      : []),
  ];
}

export interface HoverChart {
  readonly title: string;
  readonly svg: string;
}

export interface RunHover {
  readonly title: string;
  /** A sentence each, plain text. */
  readonly facts: readonly string[];
  readonly charts: readonly HoverChart[];
  readonly tab: RunTab;
}

/** Null where the run has none such. */
export function hoverOf(report: Report, subject: RunSubject, colours: ChartColours): RunHover | null {
  if (subject.kind === 'core') return coreHover(report, subject, colours);
  const layer = report.layers.find(({ name }) => name === subject.layer);
  if (!layer) return null;
  if (subject.kind === 'layer') return layerHover(report, layer, colours);
  const population = layer.populations.find(({ name }) => name === subject.population);
  return population ? populationHover(report, layer, population, colours) : null;
}

function layerHover(report: Report, layer: LayerReport, colours: ChartColours): RunHover {
  const { name, kind, runsAs, output, populations } = layer;
  const series: SmallSeries[] = [
    ...populations.map((population) => seriesOf(population, 'mse')),
    ...(output === null
      ? []
      : [{ population: null, label: formatPopulation(outputPopulation), values: output.perStep.mse }]),
  ];
  return {
    title: `${name} (${kind})`,
    facts: [
      `Runs as: ${formatRunsAs(runsAs)}${runsAs === 'spiking' ? `, on ${coresInWords(report, name)}` : ''}`,
      ...(output === null
        ? []
        : [`Output: MSE ${formatError(output.mse)}, max error ${formatError(output.maxError)}`]),
    ],
    charts: [
      ...(populations.length === 0 ? [] : [rateBars(name, populations, colours)]),
      ...(series.length === 0 ? [] : [stepChart('MSE', name, series, formatError, colours)]),
    ],
    tab: 'layers',
  };
}

function rateBars(
  layer: string,
  populations: readonly PopulationReport[],
  colours: ChartColours,
): HoverChart {
  const title = `Firing rates of ${layer}, 0 to 1`;
  const bars = populations.map(({ name, firingRate }) => ({
    label: formatPopulation(name),
    part: firingRate,
    value: formatRate(firingRate),
    colour: populationLook(name).colour,
  }));
  return { title, svg: smallBars(title, bars, colours) };
}

function stepChart(
  quantity: string,
  of: string,
  series: readonly SmallSeries[],
  format: (value: number) => string,
  colours: ChartColours,
): HoverChart {
  const title = `${quantity} over sequence steps: ${of}`;
  return { title, svg: smallLines(title, series, format, colours) };
}

function seriesOf({ name, perStep }: PopulationReport, quantity: 'mse' | 'firingRate'): SmallSeries {
  return { population: name, label: formatPopulation(name), values: perStep[quantity] };
}

function populationHover(
  report: Report,
  layer: LayerReport,
  population: PopulationReport,
  colours: ChartColours,
): RunHover {
  const { name, neurons, firingRate, spikesPerSample, mse, maxError } = population;
  const of = `${layer.name}, ${formatPopulation(name)}`;
  return {
    title: of,
    facts: [
      `${formatCount(neurons)} neurons, on ${coresInWords(report, layer.name, name)}`,
      `Firing rate ${formatRate(firingRate)}, ${formatAverage(spikesPerSample)} spikes a sample`,
      `MSE ${formatError(mse)}, max error ${formatError(maxError)}`,
    ],
    charts: [
      stepChart('Firing rate', of, [seriesOf(population, 'firingRate')], formatRate, colours),
      stepChart('MSE', of, [seriesOf(population, 'mse')], formatError, colours),
    ],
    tab: 'layers',
  };
}

function coreHover(
  { chip }: Report,
  { chip: onChip, core }: RunSubject & { readonly kind: 'core' },
  colours: ChartColours,
): RunHover | null {
  const usage = chip.cores.find((one) => one.chip === onChip && one.core === core);
  if (!usage) return null;
  const { traffic } = usage;
  const title = `Use of core ${core}, of its limits`;
  const bars = resources.map((resource: Resource) => ({
    label: formatResource(resource),
    part: usage.utilisation[resource],
    value: usage.utilisation[resource] === null ? notPublished : formatPercent(usage.utilisation[resource]),
    colour: resource === usage.limitedBy ? ('orange' as const) : ('blue' as const),
  }));
  return {
    title: `Core ${core} of chip ${onChip}, tile ${usage.tile}`,
    facts: [
      `Limited by ${formatResource(usage.limitedBy)}: ${formatUsage(usage[usage.limitedBy], usage.utilisation[usage.limitedBy])}`,
      ...(traffic === null
        ? []
        : [
            `A sample: ${formatAverage(traffic.received)} spike messages in, ${formatAverage(traffic.sent)} out, ${formatAverage(traffic.synapticOperations)} synaptic operations`,
          ]),
    ],
    charts: [{ title, svg: smallBars(title, bars, colours) }],
    tab: 'cores',
  };
}

/** "2 cores", "the embedded processors", "no core" */
function coresInWords({ chip }: Report, layer: string, population?: string): string {
  const count = coresOf({ chip }, layer, population).length;
  if (count > 0) return `${formatCount(count)} ${count === 1 ? 'core' : 'cores'}`;
  return chip.processors.some((block) => block.layer === layer && block.population === population)
    ? 'the embedded processors'
    : 'no core';
}
