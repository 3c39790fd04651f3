/** The JSON Schema by which the editor completes and checks a chip file. */
import { toJsonSchema } from '@valibot/to-json-schema';
import { chipSchema, grade, source } from './chip-schema.ts';

/**
 * As committed in media/chip.schema.json. What JSON Schema cannot say (lists that rise, a tile of the mesh) is
 * only checked when the file is read.
 */
export function chipJsonSchema(): object {
  return {
    title: 'Spikewise chip',
    ...toJsonSchema(chipSchema, {
      typeMode: 'input',
      ignoreActions: ['finite', 'raw_check', 'check'],
      // Written once each rather than with every figure.
      definitions: { source, grade },
    }),
  };
}
