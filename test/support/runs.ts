/** Kept runs for tests. */
import { RUN_SCHEMA_VERSION, type RunManifest } from '../../src/core/runs/manifest.ts';
import { runId } from '../../src/core/runs/run-id.ts';
import { summary } from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';

/** @param random part of the id */
export function manifestOf(report: Report, random = '0a1b', name = 'mnist-rows'): RunManifest {
  const { timesteps, coding, arithmetic, chip, samples } = report.options;
  return {
    schemaVersion: RUN_SCHEMA_VERSION,
    id: runId(report.createdAt, name, random),
    name,
    createdAt: report.createdAt,
    versions: { spikewise: report.spikewiseVersion, node: '20.11.0', platform: 'linux x64' },
    specification:
      report.specification === null
        ? null
        : { path: report.specification, text: '{\n  // what is converted\n  "model": "model.json"\n}\n' },
    overrides: { timesteps: 8 },
    files: [
      { role: 'model', path: report.model.file, bytes: 1234, sha256: 'ab'.repeat(32) },
      { role: 'weights', path: '/models/mnist-rows/weights.bin', bytes: 97832, sha256: 'cd'.repeat(32) },
      { role: 'inputs', path: '/models/mnist-rows/digits.npy', bytes: null, sha256: null },
    ],
    options: { timesteps, coding, arithmetic, chip, samples },
    accuracy: report.accuracy,
    summary: summary(report),
  };
}
