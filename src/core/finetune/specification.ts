/** The specification that is written beside a retrained model. */
import type { Correction, Specification } from '../convert/types.ts';
import type { ActivationName, ClippedLinear } from '../network/types.ts';

/** Paths beside the specification. */
export interface WrittenNames {
  readonly model: string;
  readonly inputs: string;
  readonly labels: string;
  /** A built-in chip, or the path of a chip file from the specification. */
  readonly chip: string;
}

/**
 * @param used while training
 * @param activations what the names of the retrained network mean
 */
export function tunedSpecification(
  used: Omit<Specification, 'data'>,
  activations: Readonly<Record<ActivationName, ClippedLinear>>,
  { model, inputs, labels, chip }: WrittenNames,
): Specification {
  return { ...withoutTrained(used), model, data: { inputs, labels }, activations, chip };
}

/** Without what the weights of the retrained network have in them, or its file says. */
export function withoutTrained(used: Omit<Specification, 'data'>): Omit<Specification, 'data'> {
  const { corrections = [], ...kept } = withoutRead(used);
  const left = corrections.flatMap(unlessInWeights);
  return { ...kept, ...(left.length > 0 && { corrections: left }) };
}

/** The new file holds all of its layers, in their order, and the vectors of an embedding as they were used. */
function withoutRead(
  used: Omit<Specification, 'data'>,
): Omit<Specification, 'data' | 'layers' | 'embedding'> {
  const copy: { -readonly [Key in keyof typeof used]: (typeof used)[Key] } = { ...used };
  delete copy.layers;
  delete copy.embedding;
  return copy;
}

/** The new weights were trained from the corrected ones; ranges of values are still the specification's to say. */
function unlessInWeights({ layer, gate, low, high, inputRange, hiddenRange }: Correction): Correction[] {
  const left = {
    ...(low !== undefined && high !== undefined && { low, high }),
    ...(inputRange !== undefined && { inputRange }),
    ...(hiddenRange !== undefined && { hiddenRange }),
  };
  return Object.keys(left).length === 0 ? [] : [{ layer, ...(gate && { gate }), ...left }];
}
