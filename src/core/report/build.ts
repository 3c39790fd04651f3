/** From sums and a mapping to the report. */
import { ranAt, type ErrorSums, type LayerSums, type PopulationSums } from '../compare/sums.ts';
import type { HybridLayer } from '../convert/types.ts';
import { classOf } from '../network/shapes.ts';
import type { Finding } from '../findings/types.ts';
import type { LayerReport, PopulationReport, RunOptions } from './types.ts';

/** The layers of the report. Without sums (nothing was run) only what each layer would become. */
export function layerReports(
  layers: readonly HybridLayer[],
  sums: readonly LayerSums[] | null,
  samples: number,
  timesteps: number,
): LayerReport[] {
  return layers.map((layer, index) => {
    const sum = sums?.[index];
    return {
      name: layer.layer.name,
      kind: classOf(layer.layer),
      runsAs: layer.runsAs,
      output: sum && layer.runsAs !== 'nothing' ? errors(sum.output, () => samples) : null,
      populations:
        sum && layer.runsAs === 'spiking'
          ? sum.populations.map((population, p) =>
              populationReport(
                p === 0 ? 'generator' : layer.populations[p - 1]!.name,
                population,
                ranAt(sum, samples),
                { samples, timesteps },
              ),
            )
          : [],
    };
  });
}

function total(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0);
}

/** @param ran samples that ran a step */
function errors(sums: ErrorSums, ran: (step: number) => number) {
  const values = sums.squares.reduce((sum, _, step) => sum + ran(step) * sums.width, 0);
  return {
    mse: meanOf(total(sums.squares), values),
    maxError: sums.largest.reduce((a, b) => Math.max(a, b), 0),
    perStep: {
      mse: Array.from(sums.squares, (s, step) => meanOf(s, ran(step) * sums.width)),
      maxError: [...sums.largest],
    },
  };
}

/** 0 where every sample skips what is counted. */
function meanOf(sum: number, count: number): number {
  return count === 0 ? 0 : sum / count;
}

function populationReport(
  name: string,
  sums: PopulationSums,
  ran: readonly number[],
  { samples, timesteps }: { readonly samples: number; readonly timesteps: number },
): PopulationReport {
  const ranAll = ran.reduce((a, b) => a + b, 0);
  const opportunities = (windows: number) => windows * sums.neurons * timesteps;
  const { mse, maxError, perStep } = errors(sums, (step) => ran[step]!);
  const spikes = total(sums.spikes);
  return {
    name,
    neurons: sums.neurons,
    ...(sums.width !== sums.neurons && { values: sums.width }),
    firingRate: meanOf(spikes, opportunities(ranAll)),
    spikesPerSample: spikes / samples,
    mse,
    maxError,
    perStep: {
      ...perStep,
      firingRate: Array.from(sums.spikes, (s, step) => meanOf(s, opportunities(ran[step]!))),
    },
  };
}

/** Where the mean squared error is largest: a population of a spiking layer. */
export function worstPopulation(
  layers: readonly LayerReport[],
): { readonly layer: string; readonly population: string; readonly mse: number } | null {
  const all = layers.flatMap((layer) =>
    layer.populations.map(({ name, mse }) => ({ layer: layer.name, population: name, mse })),
  );
  return all.reduce<(typeof all)[number] | null>(
    (worst, p) => (worst && worst.mse >= p.mse ? worst : p),
    null,
  );
}

/** What the tolerance of the specification has to say about a run. */
export function toleranceFindings(
  layers: readonly LayerReport[],
  accuracy: { readonly analog: number | null; readonly spiking: number | null },
  options: RunOptions,
): Finding[] {
  const fixes = remedies(options);
  const findings: Finding[] = [];
  for (const layer of layers) {
    const worst = worstPopulation([layer]);
    if (!worst || worst.mse <= options.tolerance.mse) continue;
    findings.push({
      code: 'mse-above-tolerance',
      severity: 'warning',
      layer: layer.name,
      population: worst.population,
      message: `Mean squared error of ${layer.name}/${worst.population} is ${worst.mse.toExponential(2)}, above the tolerance of ${options.tolerance.mse}.`,
      place: { file: 'specification', path: ['tolerance', 'mse'] },
      fixes,
    });
  }
  const { analog, spiking } = accuracy;
  const slack = 1e-9; // 0.8 - 0.79 is a little above 0.01
  if (analog !== null && spiking !== null && analog - spiking > options.tolerance.accuracyDrop + slack) {
    findings.push({
      code: 'accuracy-below-tolerance',
      severity: 'warning',
      layer: null,
      message: `The spiking network answers ${(100 * spiking).toFixed(2)} % of ${options.samples} samples right, the analog one ${(100 * analog).toFixed(2)} %: more than the tolerated ${(100 * options.tolerance.accuracyDrop).toFixed(2)} points apart.`,
      place: { file: 'specification', path: ['tolerance', 'accuracyDrop'] },
      fixes,
    });
  }
  return findings;
}

function remedies({ timesteps, coding }: RunOptions): Finding['fixes'] {
  const more = Math.min(2 * timesteps, 65536);
  return [
    ...(coding === 'reset'
      ? [{ title: 'Use residual coding', edits: [{ path: ['coding'], value: 'residual' }] }]
      : []),
    ...(more > timesteps
      ? [
          {
            title: `Run ${more} time-steps instead of ${timesteps}`,
            edits: [{ path: ['timesteps'], value: more }],
          },
        ]
      : []),
  ];
}
