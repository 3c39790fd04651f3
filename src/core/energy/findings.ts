/** What the ledger has to say to a person. */
import type { RunOptions } from '../report/types.ts';
import { engineering } from '../findings/quantities.ts';
import type { Finding, Fix } from '../findings/types.ts';
import type { Baseline, EnergyReport } from './types.ts';

type Options = Pick<RunOptions, 'timesteps' | 'coding'>;

/** A whole system that runs this workload, with its energy. */
interface Rival {
  readonly name: string;
  readonly energy: number;
}

/** A warning where even the low end is above the least that a whole system takes for the same work. */
export function energyFindings(report: EnergyReport, options: Options): Finding[] {
  const { perInference } = report;
  const rival = cheapest(report.baselines);
  if (!perInference || !rival || perInference.low <= rival.energy) return [];
  const reset = options.coding === 'reset';
  return [
    {
      code: 'energy-above-baseline',
      severity: 'warning',
      layer: null,
      message:
        `On ${report.chip} an inference takes at least ${engineering(perInference.low, 'J')}, ` +
        `${(perInference.low / rival.energy).toPrecision(2)} times the baseline of ` +
        `${engineering(rival.energy, 'J')} (${rival.name}). ` +
        (reset
          ? `Reset coding needs many time-steps: ${options.timesteps} here.`
          : `Energy grows with the time-steps: ${options.timesteps} here.`),
      place: { file: 'specification', path: [reset ? 'coding' : 'timesteps'] },
      fixes: fixes(options, rival.energy / perInference.low),
    },
  ];
}

function cheapest(baselines: readonly Baseline[]): Rival | null {
  const rivals = baselines.flatMap(({ name, kind, energy, comparable }) =>
    kind !== 'per-operation' && comparable && energy !== null ? [{ name, energy }] : [],
  );
  return rivals.reduce<Rival | null>((a, b) => (a && a.energy <= b.energy ? a : b), null);
}

/** Energy is about proportional to T. */
function fixes({ timesteps, coding }: Options, ratio: number): Fix[] {
  if (coding === 'reset') {
    const fewer = Math.max(1, Math.floor(timesteps / 8));
    return [
      {
        title: `Use residual coding with ${fewer} time-step${fewer === 1 ? '' : 's'}`,
        edits: [
          { path: ['coding'], value: 'residual' },
          { path: ['timesteps'], value: fewer },
        ],
      },
    ];
  }
  const enough = Math.floor(timesteps * ratio);
  if (enough < 1 || enough >= timesteps) return [];
  return [
    {
      title: `Run ${enough} time-step${enough === 1 ? '' : 's'} instead of ${timesteps}`,
      edits: [{ path: ['timesteps'], value: enough }],
    },
  ];
}
