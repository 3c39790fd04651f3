/** What a calibration writes, looked at before it begins. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Calibration } from '../core/calibrate/types.ts';
import { isBuiltinChip } from '../core/chips/names.ts';
import { applyEdits } from '../core/convert/positions.ts';
import { defaultSpecification } from '../core/convert/specification.ts';
import { SPECIFICATION_LIMIT } from '../core/convert/types.ts';
import type { Fix } from '../core/findings/types.ts';
import { mapFiles } from '../core/formats/data/several-inputs.ts';
import { readTextFile } from '../node/files.ts';
import { nameOf, newSpecificationFile } from '../node/specifications.ts';
import { writeWhole } from '../node/write.ts';
import type { CalibrateRequest } from '../protocol/worker.ts';
import { Refusal } from './failure.ts';
import type { RunInputs } from './read.ts';

export interface PlannedFiles {
  /** As a specification in the place of the target names the chip that the command line gave. */
  readonly chip: string | undefined;
  /** @param fix null where nothing was kept: then the specification stays as it is */
  readonly written: (fix: Fix | null) => Calibration['written'];
  /**
   * @param given edits for what the command line gave; the fix has them too
   * @throws Refusal where the specification has changed since
   */
  readonly write: (calibration: Calibration, given: Fix['edits']) => Promise<void>;
}

const role = { code: 'specification-invalid', place: { file: 'specification', path: [] } } as const;

/** @throws Refusal where the specification of a model that has none cannot be made */
export async function planFiles(request: CalibrateRequest, run: RunInputs): Promise<PlannedFiles> {
  const { specification } = run.files;
  const target = specification ?? newSpecificationFile(request.file);
  const text = specification === null ? null : await readTextFile(specification, role, SPECIFICATION_LIMIT);
  if (request.write && text === null && (await isThere(target))) {
    throw new Refusal(`${target}: is there already and names another model; move it, or use --out`);
  }
  const { out } = request;
  const result = out === undefined ? null : path.join(out, `${nameOf(target)}.spikewise-calibrate.json`);
  const copy = out === undefined ? null : path.join(out, `${nameOf(target)}-calibrated.spikewise.json`);
  const written: PlannedFiles['written'] = (fix) => ({
    specification: request.write && fix ? target : copy,
    result,
  });
  const { chip } = request.overrides;
  return {
    written,
    chip: chip && namedFrom(path.dirname(target), chip),
    write: async (calibration, given) => {
      const edits = calibration.fix?.edits ?? given;
      if (copy && result) {
        const folder = path.dirname(copy);
        const there = chip ? [{ path: ['chip'], value: namedFrom(folder, chip) }] : [];
        await writeWhole(copy, applyEdits(movedTo(folder, text, run), [...edits, ...there]));
        await writeWhole(result, `${JSON.stringify(calibration)}\n`);
      }
      if (!request.write || !calibration.fix) return;
      if (text !== null && (await readTextFile(target, role, SPECIFICATION_LIMIT)) !== text) {
        throw new Refusal(
          `${target}: has changed while it was calibrated, so it was left as it is; run again`,
        );
      }
      await writeWhole(target, applyEdits(text ?? movedTo(path.dirname(target), null, run), edits));
    },
  };
}

/** @param chip a built-in one's name, or the absolute path of a chip file */
function namedFrom(folder: string, chip: string): string {
  return isBuiltinChip(chip) ? chip : path.relative(folder, chip).replaceAll('\\', '/');
}

function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

/** A specification of the same model and data for another folder; of a model that has none a new one. */
function movedTo(folder: string, text: string | null, { files, data, specification }: RunInputs): string {
  const relative = (file: string): string => path.relative(folder, file).replaceAll('\\', '/');
  const model = relative(files.model!);
  const inputs = mapFiles(data.inputs!, relative);
  const labels = files.labels === null ? undefined : relative(files.labels);
  const limit = data.limit === undefined ? {} : { limit: data.limit };
  const { chip } = specification;
  const moved = [
    { path: ['model'], value: model },
    { path: ['data'], value: { inputs, ...(labels !== undefined && { labels }), ...limit } },
    ...(isBuiltinChip(chip) ? [] : [{ path: ['chip'], value: namedFrom(folder, files.chip!) }]),
  ];
  const fresh = `${JSON.stringify(defaultSpecification(model, inputs, labels), null, 2)}\n`;
  return applyEdits(text ?? fresh, moved);
}
