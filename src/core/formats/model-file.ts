/** A model file of any kind -> Network. */
import { InputFault } from '../findings/types.ts';
import type { Network } from '../network/types.ts';
import type { ByteSource, Folder } from './files.ts';
import type { OpenHdf5 } from './keras/hdf5.ts';
import { readKerasArchive } from './keras/keras.ts';
import { modelKind } from './model-kind.ts';
import type { LayerChoices } from './weights/state-dict.ts';
import { keepTensor, withinSize, type TakeTensor } from './take-tensor.ts';
import { readTfjsLayersModel } from './tfjs/tfjs.ts';
import { readWeightFile } from './weights/weight-files.ts';

export interface ModelReading {
  readonly openHdf5: OpenHdf5;
  /** Of the specification, for files that say neither activations nor order. */
  readonly choices: LayerChoices | null;
  /** Keeps the tensors where it is left out. */
  readonly take?: TakeTensor;
}

/**
 * @param folder Where it lies; files that it names are opened there.
 * @throws InputFault `model-unreadable` or `weights-unreadable`; `specification-invalid` where the
 *   choices do not fit.
 */
export async function readModelFile(
  source: ByteSource,
  folder: Folder,
  { openHdf5, choices, take = keepTensor }: ModelReading,
): Promise<Network> {
  const model = await modelKind(source);
  if (choices && model.kind !== 'weights') throw needlessChoices(choices);
  const files = sized(folder, source.size);
  const bounded = withinSize(take, files.size, (words) => weightsFault(source.path, words));
  switch (model.kind) {
    case 'json':
      return readTfjsLayersModel(source.path, model.text, files.folder, bounded);
    case 'weights':
      return readWeightFile(model.opened, choices, bounded);
    case 'keras':
      return readKerasArchive(source, model.archive, openHdf5, bounded);
    case 'hdf5': {
      // Large, and few models need it.
      const { readHdf5Model } = await import('./keras/hdf5-model.ts');
      return readHdf5Model(source, openHdf5, bounded, files.folder);
    }
    case 'onnx': {
      const { readOnnx } = await import('./onnx/onnx.ts');
      return readOnnx(source, files.folder, bounded);
    }
  }
}

function weightsFault(file: string, words: string): InputFault {
  return new InputFault('weights-unreadable', file, words, { file: 'model', path: [] });
}

/** The same folder, and how many bytes the files of a model have so far. */
function sized(folder: Folder, first: number): { readonly folder: Folder; readonly size: () => number } {
  const sizes = new Map<string, number>();
  return {
    folder: {
      open: async (relative, place) => {
        const source = await folder.open(relative, place);
        sizes.set(source.path, source.size);
        return source;
      },
    },
    size: () => [...sizes.values()].reduce((sum, size) => sum + size, first),
  };
}

function needlessChoices({ file }: LayerChoices): InputFault {
  const words = 'has layers, but the model says itself which layers it has, and in which order';
  const path = ['layers'];
  return new InputFault('specification-invalid', file, words, { file: 'specification', path }, [
    { title: 'Remove layers', edits: [{ path, value: undefined }] },
  ]);
}
