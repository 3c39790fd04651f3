/** What becomes of skipped sequence steps depends on the version of Keras. */
import { isBackward } from '../../network/shapes.ts';
import type { Layer } from '../../network/types.ts';

/**
 * The layers as the version has them, where a layer skips any steps. Behind merging layers Keras 3 (since 3.4) skips
 * what all of them skip. In a bidirectional layer that gives every step, all but the oldest give zeros at skipped ones.
 * @param writer "Keras 3.15.1", "Keras 2.2.4-tf", "tfjs-layers 4.22.0"; null where the file does not say
 */
export function skippingAs(writer: string | null, layers: readonly Layer[]): readonly Layer[] {
  const skips = layers.some(
    (layer) => layer.kind === 'Masking' || (layer.kind === 'Embedding' && layer.maskZero),
  );
  if (!skips) return layers;
  const [together, zeros] = [isKeras3(writer), givesZeros(writer)];
  return layers.map((layer, index) => {
    if (layer.kind === 'Merge') return together ? { ...layer, skipsTogether: true } : layer;
    const after = layers[index + 1];
    const isEither = isBackward(layer) || (after && isBackward(after));
    return zeros && isEither && 'returnSequences' in layer && layer.returnSequences
      ? { ...layer, zeroSkipped: true }
      : layer;
  });
}

export function isKeras3(writer: string | null): boolean {
  return Number(/^Keras (\d+)/.exec(writer ?? '')?.[1]) >= 3;
}

/** tf.keras has it, Keras before it became that (2.4) and tfjs have not. */
function givesZeros(writer: string | null): boolean {
  if (writer === null) return true;
  const version = /^Keras (\d+)\.(\d+)(\S*)/.exec(writer);
  if (!version) return false;
  const [major, minor] = [Number(version[1]), Number(version[2])];
  return major > 2 || minor >= 4 || version[3]!.includes('-tf');
}
