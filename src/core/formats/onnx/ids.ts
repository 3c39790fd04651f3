/**
 * Arithmetic on ids before an embedding looks them up. Keras exports the wrapping of negative ones, as in
 * `where(x < 0, x + vocabulary, x)`; those of samples are never negative, so that it leaves them as they are.
 */
import { input, ones, scalarOf, zeros, type DataValue, type Node, type Value } from './values.ts';

/** @returns null where the node is no part of such a wrapping */
export async function withoutWrapping(node: Node, data: DataValue): Promise<readonly Value[] | null> {
  if (data.ids !== true) return null;
  const [first, second] = [input(node, 0), input(node, 1)];
  const other = first === data ? second : first;
  switch (node.op) {
    case 'Less':
      return first === data && (await scalarOf(second)) === 0 ? [zeros] : null;
    case 'Mul':
      if (other.kind === 'zeros') return [zeros];
      return other.kind === 'ones' ? [data] : null;
    case 'Add':
      return other.kind === 'zeros' ? [data] : null;
    default:
      return null;
  }
}

/** What becomes of zeros and ones, as truth values too. */
export function foldTruth(node: Node): Value | null {
  const { kind } = input(node, 0);
  if (node.op === 'Not' && kind === 'zeros') return ones;
  return kind === 'ones' && (node.op === 'Cast' || node.op === 'Identity') ? ones : null;
}
