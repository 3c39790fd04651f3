/**
 * Functional models of Keras 3 write how it is computed which sequence steps are skipped, as operations between their
 * layers, and hand the result to each layer as its `mask`. A network knows it from its layers alone.
 */
import { isObject } from '../json.ts';
import type { MakeFault, RawLayer } from './topology.ts';

/** A layer or an operation, at one of its uses. */
export interface MaskedUse {
  readonly layer: RawLayer;
  readonly node: number;
  readonly sources: readonly MaskedUse[];
  /** What it is given as its `mask`. */
  readonly masks: readonly MaskedUse[];
}

/** A node of Keras 3 apart from its `mask`, and that. */
export function splitMask(node: unknown): { readonly reads: unknown; readonly mask: unknown } {
  if (!isObject(node) || !isObject(node['kwargs'])) return { reads: node, mask: null };
  const { mask, ...kwargs } = node['kwargs'];
  return { reads: { ...node, kwargs }, mask };
}

/**
 * The layers without the operations that only compute masks.
 * @param outputs of the model
 * @throws what `fault` makes, where a mask is another than that of the Masking and Embedding layers before
 */
export function withoutMaskOperations<T extends MaskedUse>(
  uses: readonly T[],
  outputs: readonly T[],
  fault: MakeFault,
): T[] {
  const masked = uses.filter(({ masks }) => masks.length > 0);
  if (masked.length === 0) return [...uses];
  for (const use of masked) refuseOwnMask(use, fault);
  const layers = [...outputs, ...uses.filter(({ layer }) => !layer.isOperation)];
  const read = reachedFrom(layers);
  const forMasks = reachedFrom(masked.flatMap(({ masks }) => masks));
  return uses.filter((use) => !use.layer.isOperation || read.has(use) || !forMasks.has(use));
}

/** Those given, and all that they read, directly or not. */
function reachedFrom(uses: readonly MaskedUse[]): ReadonlySet<MaskedUse> {
  const reached = new Set(uses);
  for (const use of reached) for (const source of use.sources) reached.add(source);
  return reached;
}

/** They put the masks that they read together, or bring them to a shape. */
const passing = new Set([
  'Any',
  'All',
  'ExpandDims',
  'Squeeze',
  'BroadcastTo',
  'LogicalOr',
  'LogicalAnd',
  'Concatenate',
]);

function refuseOwnMask(use: MaskedUse, fault: MakeFault): void {
  const skipping = [...reachedFrom(use.sources)].filter(({ layer }) => skippedValue(layer) !== null);
  const seen = new Set<MaskedUse>(use.masks);
  for (const part of seen) {
    const { className, isOperation, name } = part.layer;
    const [compared] = part.sources;
    const isOfLayer =
      className === 'NotEqual' &&
      skipping.some(
        ({ layer, sources }) => sources[0] === compared && skippedValue(layer) === comparedWith(part),
      );
    const isEmpty = className === 'ZerosLike' || className === 'OnesLike';
    if (isOperation && (isOfLayer || isEmpty)) continue;
    if (!isOperation || !passing.has(className)) {
      throw fault(
        `has a layer '${use.layer.name}' with a mask of its own ('${name}'); only steps that Masking and Embedding layers before it skip are skipped`,
        use.layer.path,
      );
    }
    for (const source of part.sources) seen.add(source);
  }
}

/** Of steps that a layer skips; null where it skips none. */
function skippedValue({ className, config }: RawLayer): number | null {
  if (className === 'Embedding') return config['mask_zero'] === true ? 0 : null;
  if (className !== 'Masking') return null;
  const { mask_value: value = 0 } = config;
  return typeof value === 'number' ? value : null;
}

function comparedWith({ layer, node }: MaskedUse): unknown {
  const inbound = layer.inboundNodes[node];
  return isObject(inbound) && Array.isArray(inbound['args']) ? (inbound['args'] as unknown[])[1] : undefined;
}
