/**
 * What a chip file may hold. Reading checks against it, and the editor's JSON Schema is made of it. Every key
 * is documented in docs/chips.md.
 */
import * as v from 'valibot';
import { filled, notNegative, strict, told, whole } from '../formats/schema-parts.ts';
import { energy, power, time } from './quantities.ts';
import { grades, pricedEvents, resources, type PricedEvent, type Resource } from './types.ts';

const MOST = Number.MAX_SAFE_INTEGER;
/** Every core of a chip is drawn; no chip that we know has a longer side. */
const MOST_TILES_A_SIDE = 64;
const MOST_CORES_A_TILE = 64;
const MOST_WEIGHT_BITS = 32;

export const source = told(
  'Source',
  'Where the figure was published or coded, or why it is assumed.',
  filled('must say where the figure is from'),
);
export const grade = told(
  'Grade',
  'How far the figure can be trusted.',
  v.picklist(grades, `must be one of ${grades.join(', ')}`),
);

/** A figure with its source and what other sources say. */
const sourced = <const Value extends v.GenericSchema>(value: Value) =>
  strict({
    value,
    source,
    grade,
    otherwise: v.optional(
      told(
        'Otherwise',
        'What other sources say. Results rest on the value.',
        v.array(strict({ value, source, grade }), 'must be a list'),
      ),
      [],
    ),
  });

const count = (least: number, most = MOST) =>
  sourced(
    whole(
      least,
      most,
      most === MOST
        ? `must be a whole number from ${least}`
        : `must be a whole number from ${least} to ${most}`,
    ),
  );

/** Null says that nobody published it. */
const limit = sourced(
  v.nullable(whole(1, MOST, 'must be a whole number from 1, or null where it is not published')),
);

const mesh = v.pipe(
  strict({
    columns: told('Columns', 'Tiles east-west.', count(1, MOST_TILES_A_SIDE)),
    rows: told('Rows', 'Tiles north-south.', count(1, MOST_TILES_A_SIDE)),
    coresPerTile: told('Cores per tile', 'Cores of one tile.', count(1, MOST_CORES_A_TILE)),
    processorTile: told(
      'Processor tile',
      'Tile at which the embedded processors, or the host, send and receive spikes. Tiles are numbered row by row from 0.',
      count(0),
    ),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { columns, rows, processorTile } = dataset.value;
    const tiles = columns.value * rows.value;
    if (processorTile.value < tiles) return;
    const message = `must be a tile of the mesh, 0 to ${tiles - 1}`;
    addIssue({ message, path: [keyOf(dataset.value, 'processorTile'), keyOf(processorTile, 'value')] });
  }),
);

function keyOf<Input extends object>(input: Input, key: keyof Input & string): v.ObjectPathItem {
  return {
    type: 'object',
    origin: 'value',
    input: input as Record<string, unknown>,
    key,
    value: input[key],
  };
}

const limitTitles: Readonly<Record<Resource, string>> = {
  compartments: 'Compartments',
  inAxons: 'In-axons',
  outAxons: 'Out-axons',
  synapseBits: 'Synapse memory in bits',
  compartmentConfigurations: 'Compartment configurations',
  thresholdConfigurations: 'Threshold configurations',
  synapseConfigurations: 'Synapse configurations',
};
const core = v.pipe(
  strict(
    entriesOf(resources, (resource) =>
      told(limitTitles[resource], 'Of one core. Null: not published, so not checked.', limit),
    ),
  ),
  // Without any limit everything would fit on one core, and nothing would be said by that.
  v.check((limits) => resources.some((resource) => limits[resource].value !== null), 'must have a limit'),
);

const rising = (values: readonly number[]) =>
  values.every((value, index) => index === 0 || value > values[index - 1]!);

const weightBits = v.pipe(
  v.array(
    whole(1, MOST_WEIGHT_BITS, `must be a whole number from 1 to ${MOST_WEIGHT_BITS}`),
    'must be a list of whole numbers',
  ),
  v.minLength(1, 'must not be empty'),
  v.check((bits) => rising(bits), 'must rise'),
);

const synapses = strict({
  weightBits: told(
    'Weight bits',
    'Bits that a weight may have, rising; the last is the default.',
    sourced(weightBits),
  ),
  entrySynapses: told('Synapses of an entry', 'Most synapses of one entry of synapse memory.', count(1)),
  entryHeadBits: told('Bits of an entry head', 'Bits at the head of each entry.', count(0)),
  wordBits: told('Bits of a word', 'Each entry is rounded up to whole words.', count(1)),
  axonWords: told('Words of an axon', 'Most words that one in-axon may have on a core.', limit),
  axonsPerInput: told(
    'Axons per input',
    'In-axons of one value that the spike generator encodes: 2 where a spike has no sign.',
    count(1, 2),
  ),
});

const resetCost = strict({
  compartments: told('Compartments', 'Of one firing threshold.', count(1)),
  synapses: told('Synapses', 'From the neuron to itself, of one firing threshold.', count(0)),
  axons: told('Axons', 'For those synapses, both in and out, of one firing threshold.', count(0)),
});

const neuron = strict({
  thresholds: told(
    'Thresholds',
    'Firing compartments of a neuron.',
    strict({
      single: told('Single', 'Of a neuron that fires at one threshold.', count(1)),
      dual: told('Dual', 'Of a neuron that fires at two, with spikes of both signs.', count(1)),
    }),
  ),
  reset: told(
    'Reset',
    'What a reset takes of a core.',
    strict({
      subtract: told(
        'By subtraction',
        'The threshold is taken off the membrane, in both codings.',
        resetCost,
      ),
      zero: told('To zero', 'The membrane becomes 0.', resetCost),
    }),
  ),
  outAxonsPerThreshold: told('Out-axons per threshold', 'Out-axons of a firing compartment.', count(0)),
});

const price = v.pipe(
  strict({
    energy: v.optional(
      v.nullable(energy('Energy', 'Of one event, such as "23.6 pJ". Left out where the source gives none.')),
      null,
    ),
    time: v.optional(
      v.nullable(time('Time', 'Of one event, such as "3.5 ns". Left out where the source gives none.')),
      null,
    ),
    source,
    grade,
  }),
  v.check(
    (written) => written.energy !== null || written.time !== null,
    'must have an energy or a time, or be left out',
  ),
);

const eventTitles: Readonly<Record<PricedEvent, string>> = {
  synapticOperation: 'A spike reaches one synapse.',
  updateActive: 'A compartment that receives or fires is updated in a time-step.',
  updateInactive: 'A compartment that neither receives nor fires is updated in a time-step.',
  spike: 'A compartment fires.',
  message: 'A spike is delivered to a core.',
  hopEastWest: 'A message moves one tile east or west.',
  hopNorthSouth: 'A message moves one tile north or south.',
  barrier: 'Synchronisation of all cores at the end of a time-step.',
  generatedSpike: 'A spike generator fires.',
  countedSpike: 'A counter receives a spike.',
  cellUpdate: 'One multiplication of the analog cell update.',
  hostInput: 'The host sends one value.',
  hostOutput: 'The host receives one value.',
};

const priceTable = strict({
  name: told('Name', 'Names the publication in every result.', filled('must not be empty')),
  prices: told(
    'Prices',
    'Of one event each.',
    strict(
      entriesOf(pricedEvents, (event) => v.exactOptional(told(`Price: ${event}`, eventTitles[event], price))),
    ),
  ),
  barrier: v.optional(
    told(
      'Barrier',
      'Time of a barrier synchronisation over so many tiles, by rising tiles; between them linear.',
      v.pipe(
        v.array(
          strict({
            tiles: told('Tiles', 'Tiles that take part.', whole(1, MOST, 'must be a whole number from 1')),
            time: time('Time', 'Of one synchronisation, such as "113 ns".'),
            source,
            grade,
          }),
          'must be a list',
        ),
        v.check((barriers) => rising(barriers.map(({ tiles }) => tiles)), 'must have its tiles rising'),
      ),
    ),
    [],
  ),
});

const calibration = strict({
  name: told('Name', 'Names the fit in every result.', filled('must not be empty')),
  event: told(
    'Event',
    'What the energy is counted by.',
    v.picklist(
      ['spikes', 'synapticOperations', 'updates'],
      'must be one of spikes, synapticOperations, updates',
    ),
  ),
  energyPerEvent: energy('Energy per event', 'Fitted to whole systems, such as "1.2 nJ".'),
  leaveOneOutError: told(
    'Leave-one-out error',
    'Largest relative error of a row that was left out of the fit: 0.08 is 8 %.',
    v.pipe(
      notNegative('must be a number from 0 to below 1'),
      v.ltValue(1, 'must be a number from 0 to below 1'),
    ),
  ),
  source,
  grade,
});

/** Lists that may be left out or empty. */
const list = <const Item extends v.GenericSchema>(title: string, description: string, item: Item) =>
  v.optional(told(title, description, v.array(item, 'must be a list')), []);

export const chipSchema = strict({
  name: told('Name', 'As results call the chip.', filled('must not be empty')),
  mesh: told('Mesh', 'Tiles of cores, with messages from tile to tile.', mesh),
  core: told('Core', 'Limits of one core.', core),
  synapses: told('Synapses', 'How synapse memory is counted.', synapses),
  neuron: told('Neuron', 'What a neuron takes of a core.', neuron),
  priceTables: list('Price tables', 'Prices by publication; totals are ranges over them.', priceTable),
  stepTimes: list(
    'Step times',
    'Measured times of one time-step of whole workloads.',
    sourced(time('Time of a time-step', 'Such as "16.65 us".')),
  ),
  processorPower: list(
    'Processor power',
    'Of the embedded processors while a workload runs.',
    sourced(power('Power', 'Such as "23.2 mW".')),
  ),
  staticPower: list('Static power', 'Of the chip at rest.', sourced(power('Power', 'Such as "1.16 mW".'))),
  calibrations: list('Calibrations', 'Energies fitted to measurements of whole systems.', calibration),
});

function entriesOf<const Key extends string, Schema>(
  keys: readonly Key[],
  schemaOf: (key: Key) => Schema,
): Record<Key, Schema> {
  return Object.fromEntries(keys.map((key) => [key, schemaOf(key)])) as Record<Key, Schema>;
}
