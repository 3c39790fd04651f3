/** A matrix as colours: which quantity, which colours, and how many cells there is room for. */
import type { PopulationDetail } from '../../src/core/detail/types.ts';
import { formatValue } from '../../src/core/report/detail.ts';
import { formatError, formatRate } from '../../src/core/report/format.ts';
import { relativeLuminance, type Palette } from './picture.ts';
import type { Table } from './table.ts';

export const heatQuantities = ['error', 'rate', 'analog', 'spiking'] as const;
export type HeatQuantity = (typeof heatQuantities)[number];

/** Row-major. */
export interface Matrix {
  /** [steps, neurons] */
  readonly values: Float32Array;
  readonly steps: number;
  readonly neurons: number;
}

export interface Heat extends Matrix {
  readonly quantity: HeatQuantity;
  /** With its unit. */
  readonly title: string;
  readonly format: (value: number) => string;
  readonly low: number;
  readonly high: number;
  /** Colours by the square root of the distance from `low`, so that small values are told apart. */
  readonly root: boolean;
}

/** What there is to be shown of the population. */
export function quantitiesOf({ rate, values }: PopulationDetail): HeatQuantity[] {
  return heatQuantities.filter(
    (quantity) => quantity === 'error' || (quantity === 'rate' ? rate !== null : values !== null),
  );
}

export const heatTitles: Readonly<Record<HeatQuantity, string>> = {
  error: 'squared error',
  rate: 'firing rate',
  analog: 'analog value',
  spiking: 'spiking value',
};

export function errorTitle({ sample }: Pick<PopulationDetail, 'sample'>): string {
  return sample === null ? 'mean squared error' : heatTitles.error;
}

/** The quantity asked for, or the error where there is none such. */
export function heatOf(detail: PopulationDetail, wanted: HeatQuantity): Heat {
  const quantity = quantitiesOf(detail).includes(wanted) ? wanted : 'error';
  const { steps, neurons, error, rate, values } = detail;
  const own = { error, rate, analog: values?.analog, spiking: values?.spiking }[quantity] ?? error;
  const base = { values: own, steps, neurons, quantity };
  switch (quantity) {
    case 'error': {
      return {
        ...base,
        title: errorTitle(detail),
        format: formatError,
        low: 0,
        high: range(own)[1] || 1,
        root: true,
      };
    }
    case 'rate':
      return { ...base, title: heatTitles.rate, format: formatRate, low: 0, high: 1, root: false };
    default: {
      // Both on the same colours, so that they can be compared.
      const [low, high] = range(values!.analog, values!.spiking);
      const title = heatTitles[quantity];
      return { ...base, title, format: formatValue, low, high: high > low ? high : low + 1, root: false };
    }
  }
}

function range(...all: readonly Float32Array[]): readonly [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const values of all) {
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : [0, 0];
}

/** 0..1 */
export function heatPosition(
  { low, high, root }: Pick<Heat, 'low' | 'high' | 'root'>,
  value: number,
): number {
  const part = Math.min(1, Math.max(0, (value - low) / (high - low)));
  return root ? Math.sqrt(part) : part;
}

/** The value of a colour; the inverse of {@link heatPosition}. */
export function heatValue({ low, high, root }: Pick<Heat, 'low' | 'high' | 'root'>, at: number): number {
  return low + (root ? at * at : at) * (high - low);
}

/** Viridis (Smith and van der Walt, CC0), in elevenths: lightness grows evenly, also for the colour-blind. */
const viridis = [
  0x440154, 0x482475, 0x414487, 0x355f8d, 0x2a788e, 0x21918c, 0x22a884, 0x44bf70, 0x7ad151, 0xbddf26,
  0xfde725,
];

/** "#rrggbb" at 0..1. What is low is near to the ground: dark on dark, bright on bright. */
export function heatColour(at: number, palette: Pick<Palette, 'background'>): string {
  const bright = relativeLuminance(palette.background) > 0.5;
  const place = (bright ? 1 - at : at) * (viridis.length - 1);
  const below = Math.min(viridis.length - 2, Math.floor(place));
  const part = place - below;
  const mixed = [16, 8, 0].map((shift) => {
    const [from, to] = [(viridis[below]! >> shift) & 255, (viridis[below + 1]! >> shift) & 255];
    return Math.round(from + part * (to - from));
  });
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

/**
 * As many cells as there is room for; of several in one place the largest, so that none is overlooked.
 * Transposed: [rows, columns] with a row a neuron, a column a sequence step.
 */
export function pooled({ values, steps, neurons }: Matrix, mostColumns: number, mostRows: number) {
  const columns = Math.max(1, Math.min(steps, mostColumns));
  const rows = Math.max(1, Math.min(neurons, mostRows));
  const cells = new Float32Array(rows * columns).fill(-Infinity);
  const rowOf = Uint32Array.from({ length: neurons }, (_, k) => Math.floor((k * rows) / neurons));
  for (let step = 0; step < steps; step++) {
    const column = Math.floor((step * columns) / steps);
    for (let k = 0; k < neurons; k++) {
      const value = values[step * neurons + k]!;
      const at = rowOf[k]! * columns + column;
      if (value > cells[at]!) cells[at] = value;
    }
  }
  return { rows, columns, cells };
}

/** The cells around a place, a row a sequence step: all of them would be more than a page can hold. */
export function heatWindow(heat: Heat, at: { readonly neuron: number; readonly step: number }): Table {
  const [firstStep, steps] = part(at.step, heat.steps, 40);
  const [firstNeuron, neurons] = part(at.neuron, heat.neurons, 12);
  return heatRows(heat, firstStep, steps, firstNeuron, neurons);
}

export function heatTable(heat: Heat): Table {
  return heatRows(heat, 0, heat.steps, 0, heat.neurons);
}

function heatRows(heat: Heat, firstStep: number, steps: number, firstNeuron: number, neurons: number): Table {
  const { values, title, format } = heat;
  return {
    columns: [
      { title: 'sequence step' },
      ...Array.from({ length: neurons }, (_, k) => ({
        title: `${title} of neuron ${firstNeuron + k}`,
        format,
      })),
    ],
    rows: Array.from({ length: steps }, (_, n) => {
      const start = (firstStep + n) * heat.neurons + firstNeuron;
      return [firstStep + n + 1, ...values.subarray(start, start + neurons)];
    }),
  };
}

/** At most `most` of `all`, around `at`. */
function part(at: number, all: number, most: number): readonly [first: number, count: number] {
  const count = Math.min(all, most);
  return [Math.min(all - count, Math.max(0, at - Math.floor(count / 2))), count];
}

/** A place on the heat map. Counted from 0. */
export interface HeatPlace {
  readonly neuron: number;
  readonly step: number;
}

/** Where a key leads: arrows by one, Page keys by ten neurons, Home and End along the steps, with Ctrl along the neurons. */
export function moveOnHeat(
  { neuron, step }: HeatPlace,
  { steps, neurons }: Pick<Matrix, 'steps' | 'neurons'>,
  key: string,
  ctrl: boolean,
): HeatPlace | undefined {
  const to = (n: number, s: number): HeatPlace => ({
    neuron: Math.min(neurons - 1, Math.max(0, n)),
    step: Math.min(steps - 1, Math.max(0, s)),
  });
  switch (key) {
    case 'ArrowRight':
      return to(neuron, step + 1);
    case 'ArrowLeft':
      return to(neuron, step - 1);
    case 'ArrowDown':
      return to(neuron + 1, step);
    case 'ArrowUp':
      return to(neuron - 1, step);
    case 'PageDown':
      return to(neuron + 10, step);
    case 'PageUp':
      return to(neuron - 10, step);
    case 'Home':
      return ctrl ? to(0, step) : to(neuron, 0);
    case 'End':
      return ctrl ? to(neurons - 1, step) : to(neuron, steps - 1);
    default:
      return undefined;
  }
}
