/** Layers that the host computes on what the counters give it. */
import type { Finding } from '../findings/types.ts';
import type { FoldedLayer, MergeLayer, MergeOperation, PoolingLayer, ScaleLayer } from '../network/types.ts';

/** Whether it only leaves values out, or zeros in. */
export function computesNothing(layer: PoolingLayer | ScaleLayer): boolean {
  return layer.kind === 'Pooling' && (layer.of === 'last' || layer.of === 'padding');
}

/** Why they do not spike. */
export function whyHost(layer: PoolingLayer | ScaleLayer): string {
  if (layer.kind === 'Scale') {
    return 'it scales and shifts values, as a batch normalisation does, and no layer beside it can take that up, so the host computes it';
  }
  return layer.of === 'average'
    ? 'the host takes the mean of the decoded values of each window'
    : 'the host takes the largest of the decoded values of each window, which no count of single spikes gives';
}

const merging: Readonly<Record<MergeOperation, string>> = {
  add: 'adds',
  subtract: 'subtracts',
  multiply: 'multiplies',
  average: 'takes the mean of',
  maximum: 'takes the larger of',
  minimum: 'takes the smaller of',
  concatenate: 'puts side by side',
};

export function whyMerged({ operation }: MergeLayer): string {
  return `the host ${merging[operation]} what the counters of the layers before give, and the generators of the next encode it anew`;
}

/** What has become of a layer that another does the work of. */
export function takenUp({ name, className, into, path }: FoldedLayer): Finding {
  return {
    code: 'layer-folded',
    severity: 'info',
    layer: name,
    message: `Layer "${name}" (${className}) is folded into layer "${into}", which computes the same with it.`,
    place: { file: 'model', path },
    fixes: [],
  };
}
