/** An explanation as numbers: tables behind its pictures, and lines over sequence steps. */
import { rungWords } from '../../src/core/attribute/summary.ts';
import type { Explanation, Rung, RungLayer, RungName } from '../../src/core/attribute/types.ts';
import { partOfWhole } from '../../src/core/report/analysis-words.ts';
import {
  formatError,
  formatPercent,
  formatPopulation,
  outputPopulation,
} from '../../src/core/report/format.ts';
import { populationLook } from '../../src/core/report/looks.ts';
import { formatErrorChange, formatPoints } from '../../src/core/report/tables/explanation.ts';
import type { Colour, Series } from './series.ts';
import type { Table } from './table.ts';

type Rungs = Pick<Explanation, 'rungs'>;

/** One row a rung; a rung that changes nothing here has no numbers. */
export function ladderNumbers({ rungs }: Rungs): Table {
  return {
    columns: [
      { title: 'rung' },
      { title: 'what is changed' },
      { title: 'accuracy', format: formatPercent },
      { title: 'points', format: formatPoints },
      { title: 'agreement', format: formatPercent },
      { title: 'output MSE', format: formatError },
      { title: 'adds', format: formatErrorChange },
      { title: 'part of the whole', format: formatPercent },
    ],
    rows: rungs.map((rung) => {
      const { name, applies, accuracy, agreement, mse, change } = rung;
      if (!applies) return [name, `${rungWords[name]}: nothing to change here`, ...Array<null>(6).fill(null)];
      const first = name === 'trained';
      return [
        ...[name, rungWords[name], accuracy, first ? null : change.accuracy, agreement, mse],
        ...(first ? [null, null] : [change.mse, partOfWhole(rung, rungs)]),
      ];
    }),
  };
}

/** Rungs that change something, with what each did to every layer. */
export function changedRungs({ rungs }: Rungs): Rung[] {
  return rungs.filter(({ name, applies }) => applies && name !== 'trained');
}

/** Of each population (rows): the error at each rung that changes something. */
export interface GateRow {
  readonly layer: string;
  readonly population: string;
  readonly errors: readonly number[];
}

export function gateRows(explanation: Rungs): GateRow[] {
  const shown = changedRungs(explanation);
  return (shown[0]?.layers ?? []).flatMap(({ name, gates }) =>
    [...gates.map((gate) => gate.name), outputPopulation].map((population) => ({
      layer: name,
      population,
      errors: shown.map((rung) => lineOf(rung, name, population)?.mse ?? 0),
    })),
  );
}

/** {@link gateRows} with the columns of the command line's table. */
export function gateNumbers(explanation: Rungs): Table {
  return {
    columns: [
      { title: 'layer' },
      { title: 'population' },
      ...changedRungs(explanation).map(({ name }) => ({ title: name, format: formatError })),
    ],
    rows: gateRows(explanation).map(({ layer, population, errors }) => [
      layer,
      formatPopulation(population),
      ...errors,
    ]),
  };
}

/** A population's errors, or a layer's own. */
function lineOf({ layers }: Rung, layer: string, population: string) {
  const found = layers.find(({ name }) => name === layer);
  if (population === outputPopulation) return found;
  return found?.gates.find(({ name }) => name === population);
}

/** Layers with more than one sequence step, as the last rung has them. */
export function steppedLayers(explanation: Rungs): readonly RungLayer[] {
  return changedRungs(explanation)
    .at(-1)!
    .layers.filter(({ perStep }) => perStep.length > 1);
}

export interface LineChoice {
  /** Null: every rung. */
  readonly rung: RungName | null;
  /** Null: every population of the layer. */
  readonly population: string | null;
}

/** What was asked for where there is such a thing; one of both is always chosen, or there would be too many lines. */
export function chooseLines(explanation: Rungs, layer: RungLayer, asked: ChoiceAsked): LineChoice {
  const rungs = changedRungs(explanation).map(({ name }) => name);
  const population = populationsOf(layer).find((name) => name === asked.population) ?? null;
  const rung = rungs.find((name) => name === asked.rung) ?? null;
  return { rung: rung ?? (population === null ? rungs.at(-1)! : null), population };
}

interface ChoiceAsked {
  readonly rung: string | null;
  readonly population: string | null;
}

export function populationsOf({ gates }: RungLayer): string[] {
  return [...gates.map(({ name }) => name), outputPopulation];
}

/** A rung looks the same in every chart. */
const rungLooks: Readonly<Record<RungName, { readonly colour: Colour; readonly dash: readonly number[] }>> = {
  trained: { colour: 'foreground', dash: [] },
  activations: { colour: 'yellow', dash: [5, 2] },
  inputs: { colour: 'red', dash: [1, 3] },
  cell: { colour: 'purple', dash: [8, 3, 2, 3] },
  weights: { colour: 'green', dash: [3, 3] },
  counts: { colour: 'orange', dash: [7, 3] },
  dynamics: { colour: 'blue', dash: [2, 2] },
  feedback: { colour: 'foreground', dash: [] },
};

/** Lines of the mean squared error over sequence steps. */
export function rungSeries(explanation: Rungs, layer: string, { rung, population }: LineChoice): Series[] {
  const shown = changedRungs(explanation).filter(({ name }) => rung === null || name === rung);
  const last = shown.at(-1)?.layers.find(({ name }) => name === layer);
  const populations = population === null ? (last ? populationsOf(last) : []) : [population];
  return shown.flatMap((each) =>
    populations.flatMap((name): Series[] => {
      const line = lineOf(each, layer, name);
      if (!line) return [];
      const byRung = rung === null;
      const look = byRung
        ? rungLooks[each.name]
        : name === outputPopulation
          ? ({ colour: 'foreground', dash: [] } as const)
          : populationLook(name);
      return [
        {
          ...look,
          name: byRung ? each.name : name,
          label: byRung ? each.name : formatPopulation(name),
          values: line.perStep,
          width: look.colour === 'foreground' ? 2 : 1.25,
        },
      ];
    }),
  );
}

/** One row a cause. */
export function causeNumbers({ causes }: Pick<Explanation, 'causes'>): Table {
  return {
    columns: [
      ...['cause', 'layer', 'gate', 'neuron', 'evidence'].map((title) => ({ title })),
      { title: 'share', format: formatPercent },
      { title: 'change that was tried' },
      { title: 'points', format: formatPoints },
      { title: 'accuracy then', format: formatPercent },
      { title: 'output MSE then', format: formatError },
    ],
    rows: causes.map(({ code, layer, gate, neuron, evidence, share, fix, gain, tried }) => [
      ...[code, layer, gate, neuron, evidence, share, fix.title],
      ...[gain.accuracy, tried.accuracy, tried.mse],
    ]),
  };
}
