/** How often each event of the ledger happens in an inference: from the simulation and the map. */
import type { Chip } from '../chips/types.ts';
import { blocksOf } from '../convert/blocks.ts';
import type { SpikingLayer } from '../convert/types.ts';
import type { ChipUsage, CoreUsage, LayerActivity, PopulationShare } from '../map/types.ts';
import { sum, total } from './sums.ts';
import type { LedgerEvent, Workload } from './types.ts';

/** Events that are counted; the other lines are powers. */
export type CountedEvent = Exclude<LedgerEvent, 'embeddedProcessors' | 'static'>;

/** Of one core, an inference. */
export interface CoreCounts {
  readonly synapticOperations: number;
  readonly updatesActive: number;
  readonly updatesInactive: number;
  readonly spikes: number;
  /** Messages that arrive and that leave. */
  readonly traffic: number;
  readonly hops: number;
}

export interface EventCounts {
  /** Of the chip, an inference. */
  readonly timesteps: number;
  readonly events: Readonly<Record<CountedEvent, number>>;
  /** Spikes that neurons and generators send, wherever the generators are. */
  readonly sentSpikes: number;
  /** In the order of `usage.cores`. */
  readonly cores: readonly CoreCounts[];
  /** Spiking layers that are on no core, of which nothing is counted. */
  readonly unmapped: readonly string[];
}

/** A spiking layer that is on the chip, with what it did. */
interface RunningLayer {
  readonly spiking: SpikingLayer;
  readonly activity: LayerActivity;
  /** Time-steps of the chip in which it is the turn of each of its blocks. */
  readonly timesteps: number;
}

/**
 * Layers take turns, as each reads the decoded rates of the one before: the chip runs the windows of one layer,
 * then those of the next, and updates every compartment in every time-step.
 * @throws Error where nothing was simulated
 */
export function countEvents(chip: Chip, usage: ChipUsage, workload: Workload): EventCounts {
  const { traffic } = usage;
  if (!traffic) throw new Error('events can only be counted once spikes have been');
  const placed = new Set(usage.cores.flatMap(({ populations }) => populations.map(({ layer }) => layer)));
  const layers = runningLayers(workload, placed);
  const timesteps = sum(layers, ({ spiking, timesteps }) => blocksOf(spiking).length * timesteps);
  const cores = usage.cores.map((core) => coreCounts(chip, core, layers, timesteps));
  // As the mapper has it: generators that fit no core stay with the processors.
  const onProcessors = new Set(
    usage.processors.filter(({ population }) => population === 'generator').map(({ layer }) => layer),
  );
  const generated = sum(layers, ({ activity }) => total(activity.inputSpikes));
  const counted = sum(layers, ({ activity }) => total(activity.neuronSpikes));
  return {
    timesteps,
    events: {
      synapticOperations: sum(cores, (core) => core.synapticOperations),
      updatesActive: sum(cores, (core) => core.updatesActive),
      updatesInactive: sum(cores, (core) => core.updatesInactive),
      spikes: sum(cores, (core) => core.spikes),
      messages: traffic.messages,
      hopsEastWest: traffic.hopsEastWest,
      hopsNorthSouth: traffic.hopsNorthSouth,
      synchronisation: timesteps,
      generatedSpikes: sum(layers, ({ spiking, activity }) =>
        onProcessors.has(spiking.layer.name) ? total(activity.inputSpikes) : 0,
      ),
      countedSpikes: counted,
      cellUpdates: sum(layers, cellMultiplications),
      hostInput: workload.inputValues,
      hostOutput: workload.outputValues,
    },
    sentSpikes: generated + counted,
    cores,
    unmapped: workload.layers
      .filter(({ runsAs, layer }) => runsAs === 'spiking' && !placed.has(layer.name))
      .map(({ layer }) => layer.name),
  };
}

function runningLayers(
  { layers, activity, timesteps }: Workload,
  placed: ReadonlySet<string>,
): RunningLayer[] {
  return layers
    .filter((layer) => layer.runsAs === 'spiking')
    .flatMap((spiking, index) => {
      const did = activity[index];
      if (!did || !placed.has(spiking.layer.name)) return [];
      return [{ spiking, activity: did, timesteps: did.windows * timesteps }];
    });
}

/** 3b a sequence step of an LSTM (paper, section III): f c, i g and o act(c); of a GRU r h, z h and (1 - z) times the candidate. */
function cellMultiplications({ spiking, activity }: RunningLayer): number {
  return ['LSTM', 'GRU'].includes(spiking.layer.kind) ? 3 * spiking.layer.units * activity.windows : 0;
}

function coreCounts(
  chip: Chip,
  core: CoreUsage,
  layers: readonly RunningLayer[],
  timesteps: number,
): CoreCounts {
  const compartments = compartmentsByLayer(chip, core, layers);
  const active = layers.reduce(
    (sum, layer) => sum + (compartments.get(layer.spiking.layer.name) ?? 0) * layer.timesteps,
    0,
  );
  const { traffic } = core;
  return {
    synapticOperations: traffic?.synapticOperations ?? 0,
    updatesActive: active,
    updatesInactive: core.compartments * timesteps - active,
    spikes: traffic?.spikes ?? 0,
    traffic: traffic ? traffic.received + traffic.sent : 0,
    hops: traffic?.hops ?? 0,
  };
}

/** A core's compartments dealt to its layers by their thresholds, of which each takes the same number. */
function compartmentsByLayer(
  chip: Chip,
  core: CoreUsage,
  layers: readonly RunningLayer[],
): ReadonlyMap<string, number> {
  const { single, dual } = chip.neuron.thresholds;
  const isDual = ({ layer, population }: PopulationShare): boolean => {
    const running = layers.find(({ spiking }) => spiking.layer.name === layer);
    // The spike generator has no population of its own among the layer's: it fires at two thresholds.
    return running?.spiking.populations.find(({ name }) => name === population)?.dual ?? true;
  };
  const thresholds = core.populations.map((share) => share.neurons * (isDual(share) ? dual : single).value);
  const all = thresholds.reduce((a, b) => a + b, 0);
  const compartments = new Map<string, number>();
  core.populations.forEach(({ layer }, index) => {
    const own = all > 0 ? (core.compartments * thresholds[index]!) / all : 0;
    compartments.set(layer, (compartments.get(layer) ?? 0) + own);
  });
  return compartments;
}
