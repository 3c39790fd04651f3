/** From what was thrown to what a person is told. */
import { InputFault } from '../core/findings/types.ts';
import type { Report } from '../core/report/types.ts';
import { noFiles, type Failure, type Files } from '../protocol/worker.ts';

/** The model was read and listed, but cannot become spiking: its findings say why. */
export class NotConvertible extends Error {
  constructor(
    readonly report: Report,
    readonly files: Files,
  ) {
    const first = report.findings.find((finding) => finding.severity === 'error');
    super(`${report.model.file}: ${first?.message ?? 'the model cannot be converted'}`);
    this.name = 'NotConvertible';
  }
}

/** What was asked for cannot be done with what is there, and no one file is at fault. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}

export function describeFailure(error: unknown): Failure {
  if (error instanceof NotConvertible) {
    const { report, files } = error;
    const { findings } = report;
    return { exitCode: 1, message: error.message, file: files.model, findings, files, report };
  }
  if (error instanceof InputFault) {
    const { code, place, fixes, file } = error;
    return {
      exitCode: 2,
      message: error.message,
      file,
      findings: [{ code, severity: 'error', layer: null, message: error.message, place, fixes }],
      files: 'files' in error ? (error.files as Files) : noFiles,
      report: null,
    };
  }
  if (error instanceof Refusal) {
    return {
      exitCode: 2,
      message: error.message,
      file: null,
      findings: [],
      files: noFiles,
      report: null,
    };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { exitCode: 3, message: reason, file: null, findings: [], files: noFiles, report: null };
}
