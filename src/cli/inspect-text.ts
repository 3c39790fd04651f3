/** A look at a model as text. */
import path from 'node:path';
import {
  formatActivations,
  formatBecomes,
  formatInput,
  formatShape,
  formatShared,
  formatTensor,
  formatWeight,
} from '../core/inspect/format.ts';
import type { LayerSummary, ModelSummary } from '../core/inspect/types.ts';
import { formatCount, noNumber } from '../core/report/format.ts';
import { left, right } from '../core/report/tables/table.ts';
import { tableText } from './tables.ts';

export function inspectText(summary: ModelSummary): string {
  const { name, format, parameters, inputShape, assumptions, layers } = summary;
  const weights = weightRows(layers);
  return [
    `${name} (${format}, ${formatCount(parameters)} parameters, samples of ${formatShape(inputShape)})`,
    ...specificationLines(summary),
    '',
    layerTable(layers),
    ...(weights.length > 0 ? ['', tableText({ columns: weightColumns, rows: weights })] : []),
    '',
    ...layers.flatMap((layer) => layer.reasons.map((reason) => reasonLine(layer, reason))),
    ...general(summary),
    ...assumptions.map((assumption) => `assumed: ${assumption}`),
  ].join('\n');
}

function specificationLines({ specification: { file, note } }: ModelSummary): string[] {
  if (note !== null) return [note];
  return file === null ? [] : [`with ${path.basename(file)}`];
}

function layerTable(layers: readonly LayerSummary[]): string {
  return tableText({
    columns: [
      left('layer'),
      left('kind'),
      left('input'),
      left('output'),
      right('parameters'),
      left('activations'),
      left('becomes'),
    ],
    rows: layers.map((layer) => [
      layer.name,
      layer.kind,
      formatInput(layer),
      formatShape(layer.output),
      formatCount(layer.parameters),
      formatActivations(layer.activations),
      formatBecomes(layer),
    ]),
  });
}

const weightColumns = [
  left('layer'),
  left('weights'),
  left('shape'),
  right('min'),
  right('max'),
  right('mean'),
  right('std. deviation'),
  right('zeros'),
];

function weightRows(layers: readonly LayerSummary[]): string[][] {
  return layers.flatMap(({ name, tensors, weightsOf }) => [
    ...(weightsOf === undefined ? [] : [[name, formatShared(weightsOf), ...Array<string>(6).fill(noNumber)]]),
    ...tensors.map(({ name: tensor, shape, weights }) => {
      const start = [name, formatTensor(tensor), formatShape(shape)];
      if (weights === null || 'fault' in weights) return [...start, ...Array<string>(5).fill(noNumber)];
      const { min, max, mean, standardDeviation, zeros } = weights;
      return [...start, ...[min, max, mean, standardDeviation].map(formatWeight), formatCount(zeros)];
    }),
  ]);
}

/** A message that names its layer stands alone. */
function reasonLine({ name }: LayerSummary, reason: string): string {
  return reason.includes(`"${name}"`) ? reason : `Layer "${name}": ${reason}`;
}

/** What is about no layer of its own, and weights that cannot be read. */
function general({ findings, layers }: ModelSummary): string[] {
  return [
    ...findings.filter(({ layer }) => layer === null).map(({ message }) => message),
    ...layers.flatMap(({ tensors }) =>
      tensors.flatMap(({ weights }) =>
        weights !== null && 'fault' in weights ? [`The file ${weights.fault}.`] : [],
      ),
    ),
  ];
}
