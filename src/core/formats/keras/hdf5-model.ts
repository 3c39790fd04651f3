/** What kind of model an HDF5 file holds, and the reader for it. */
import { InputFault } from '../../findings/types.ts';
import type { Network } from '../../network/types.ts';
import type { ByteSource, Folder } from '../files.ts';
import type { OpenHdf5 } from './hdf5.ts';
import { readKerasHdf5 } from './keras.ts';
import { isNir, readNir } from '../nir.ts';
import { keepTensor } from '../take-tensor.ts';

/**
 * @param folder Where it lies; null where nothing beside it is to be opened.
 * @throws InputFault `model-unreadable` where it holds no model that can be read, `weights-unreadable`
 */
export async function readHdf5Model(
  source: ByteSource,
  openHdf5: OpenHdf5,
  take = keepTensor,
  folder: Folder | null = null,
): Promise<Network> {
  const file = await openHdf5(
    source,
    (words) => new InputFault('model-unreadable', source.path, words, { file: 'model', path: [] }),
  );
  try {
    return await (isNir(file) ? readNir(file, take) : readKerasHdf5(file, folder, take));
  } finally {
    file.close();
  }
}
