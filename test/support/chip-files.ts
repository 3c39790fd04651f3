/** Chip files as a user writes them. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { pricedEvents } from '../../src/core/chips/types.ts';

const evidence = { source: 'made up for a test', grade: 'assumed' } as const;
const figure = <T>(value: T) => ({ value, ...evidence });

/** A small chip of which every event and power has a price, in two tables that differ. */
export function chipJson() {
  const reset = { compartments: figure(1), synapses: figure(0), axons: figure(0) };
  return {
    name: 'Small chip',
    mesh: { columns: figure(2), rows: figure(2), coresPerTile: figure(1), processorTile: figure(0) },
    core: {
      compartments: figure(256),
      inAxons: figure(1024),
      outAxons: figure(1024),
      synapseBits: figure(524288),
      compartmentConfigurations: figure(8),
      thresholdConfigurations: figure(8),
      synapseConfigurations: figure(8),
    },
    synapses: {
      weightBits: figure([4, 8]),
      entrySynapses: figure(32),
      entryHeadBits: figure(16),
      wordBits: figure(32),
      axonWords: figure(null),
      axonsPerInput: figure(2),
    },
    neuron: {
      thresholds: { single: figure(1), dual: figure(2) },
      reset: { subtract: reset, zero: reset },
      outAxonsPerThreshold: figure(1),
    },
    priceTables: [priceTable('first', 1), priceTable('second', 3)],
    processorPower: [figure('2 mW')],
    staticPower: [figure('0.1 mW'), figure('0.4 mW')],
  };
}

export type ChipJson = ReturnType<typeof chipJson>;

function priceTable(name: string, scale: number) {
  const price = (event: string, index: number) => [
    event,
    {
      energy: `${scale * (index + 1)} pJ`,
      time: `${scale} ns`,
      source: `${name}: ${event}`,
      grade: 'assumed',
    },
  ];
  return { name, prices: Object.fromEntries(pricedEvents.map(price)) as Record<string, Price> };
}

interface Price {
  energy?: unknown;
  time?: unknown;
  source?: unknown;
  grade?: unknown;
}

/** @returns its path */
export function writeChip(
  folder: string,
  change: (chip: ChipJson) => unknown = () => undefined,
  name = 'small',
): string {
  const chip = chipJson();
  change(chip);
  const file = path.join(folder, `${name}.spikewise-chip.json`);
  writeFileSync(file, JSON.stringify(chip, null, 2));
  return file;
}
