/** Names of kept runs: "20261125T021619Z-mnist-rows-3fa9" sorts by time and can be typed. */

/**
 * @param createdAt ISO 8601
 * @param name of the specification or the model, of any language
 * @param random at least 4 letters or digits, so that two runs of one second differ
 */
export function runId(createdAt: string, name: string, random: string): string {
  const time = createdAt.replace(/\.\d+/, '').replaceAll(/[-:]/g, '');
  const words = name
    .replaceAll(/[^\w.]+/g, '-')
    .slice(0, 40)
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  return [time, words, random].filter((part) => part !== '').join('-');
}

/** Whether a folder of that name is meant to be a run: not one that is being written or removed, nor a stranger's. */
export function isRunId(name: string): boolean {
  return /^\d{8}T\d{6}Z-[\w.-]+$/.test(name);
}
