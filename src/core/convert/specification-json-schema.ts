/** The JSON Schema by which the editor completes and checks a specification. */
import { toJsonSchema } from '@valibot/to-json-schema';
import { specificationSchema } from './specification-schema.ts';

/**
 * As committed in media/specification.schema.json. What JSON Schema cannot say (low below high,
 * finite numbers) is only checked when the specification is read.
 */
export function specificationJsonSchema(): object {
  return {
    title: 'Spikewise specification',
    ...toJsonSchema(specificationSchema, {
      typeMode: 'input',
      ignoreActions: ['finite', 'raw_check', 'check'],
    }),
  };
}
