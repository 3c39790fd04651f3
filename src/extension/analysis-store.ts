/** The last explanation, sweep, calibration and retraining of each specification, over a reload of the window. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type * as vscode from 'vscode';
import { prune } from '../node/prune.ts';
import { writeWhole } from '../node/write.ts';
import type { AnalysisName } from '../protocol/analyses.ts';
import type { Computed } from './analysis-tasks.ts';

export interface StoredAnalysis {
  readonly result: Computed;
  /** Text of the specification that it was made from. */
  readonly text: string;
  /** Whether the specification has run again since. */
  readonly ranSince: boolean;
}

/** Of all together; they can be computed again. */
const mostBytes = 20_000_000;

export class AnalysisStore {
  readonly #folder: string;

  /**
   * @param storage the extension's own
   * @param version results of another are not shown: their form may be another, too
   */
  constructor(
    storage: vscode.Uri,
    private readonly version: string,
  ) {
    this.#folder = path.join(storage.fsPath, 'analyses');
  }

  /** Null where there is none, or none that this version has written. */
  async read(name: AnalysisName, specification: vscode.Uri): Promise<StoredAnalysis | null> {
    try {
      const text = await readFile(this.#file(name, specification), 'utf8');
      const { version, ...stored } = JSON.parse(text) as StoredAnalysis & { readonly version: string };
      return version === this.version ? stored : null;
    } catch {
      return null;
    }
  }

  /** @throws Error of the file system */
  async write(name: AnalysisName, specification: vscode.Uri, stored: StoredAnalysis): Promise<void> {
    await writeWhole(this.#file(name, specification), JSON.stringify({ version: this.version, ...stored }));
    await prune(this.#folder, mostBytes);
  }

  #file(name: AnalysisName, specification: vscode.Uri): string {
    const hash = createHash('sha256').update(`${name} ${specification.toString()}`).digest('hex');
    return path.join(this.#folder, `${hash}.json`);
  }
}
