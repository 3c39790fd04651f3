/** The kept runs that this window knows of: where they lie, which is the newest, what is removed. */
import path from 'node:path';
import * as vscode from 'vscode';
import {
  clearRuns,
  defaultBounds,
  latestRunOf,
  listRuns,
  removeRun,
  reportName,
  runsFolderOf,
  type KeptRun,
} from '../node/runs-store.ts';
import type { Kept, KeepRequest } from '../protocol/worker.ts';
import type { StoredReport } from './report-store.ts';

/** Key of the folders of runs outside of the workspace, which no search would find. */
const foldersKey = 'runFolders';

/** Runs of all folders, newest first. */
export const runsPattern = '**/.spikewise/runs/*';

export class KeptRuns {
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChange = this.#changed.event;

  /** @param storage of the extension, for runs whose own folder cannot be written */
  constructor(
    private readonly storage: vscode.Uri,
    private readonly memory: vscode.Memento,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  /** What a run is to be kept with. */
  get request(): KeepRequest {
    const settings = vscode.workspace.getConfiguration('spikewise.runs');
    const whole = (key: string, otherwise: number) => {
      const value = settings.get<number>(key, otherwise);
      return Number.isFinite(value) && value >= 1 ? Math.floor(value) : otherwise;
    };
    return {
      fallback: this.#fallback,
      bounds: {
        runs: whole('keep', defaultBounds.runs),
        bytes: whole('megabytes', defaultBounds.bytes / 1e6) * 1e6,
      },
    };
  }

  get #fallback(): string {
    return vscode.Uri.joinPath(this.storage, 'runs').fsPath;
  }

  /** A run has just been kept. */
  async added(kept: Kept | null): Promise<void> {
    if (!kept || 'fault' in kept) return;
    const folder = path.dirname(kept.folder);
    const known = this.#remembered;
    if (!known.includes(folder) && folder !== this.#fallback) {
      await this.memory.update(foldersKey, [...known, folder]);
    }
    this.#changed.fire(undefined);
  }

  get #remembered(): readonly string[] {
    return this.memory.get<string[]>(foldersKey, []);
  }

  /** The report of the newest run of a specification. */
  async latestOf(specification: vscode.Uri): Promise<vscode.Uri | undefined> {
    const file = specification.fsPath;
    const found = await Promise.all(
      [runsFolderOf(file), this.#fallback].map((folder) => latestRunOf(file, folder)),
    );
    const [latest] = found.filter((run) => run !== null).sort(newestFirst);
    return latest && reportFileOf(latest);
  }

  /** The same of any specification of that name, for a panel of which nothing else is known. */
  async latestNamed(name: string): Promise<StoredReport | undefined> {
    for (const run of await this.all()) {
      const { manifest } = run;
      if (manifest?.name !== name || manifest.specification === null || run.owner === null) continue;
      return { file: reportFileOf(run), specification: vscode.Uri.file(run.owner) };
    }
    return undefined;
  }

  /** Every run of the workspace and of this window, newest first. */
  async all(): Promise<KeptRun[]> {
    const lists = await Promise.all((await this.#folders()).map((folder) => listRuns(folder)));
    return lists.flat().sort(newestFirst);
  }

  async #folders(): Promise<string[]> {
    const found = await this.#search();
    const folders = found.map(({ fsPath }) => path.dirname(path.dirname(fsPath)));
    return [...new Set([...folders, ...this.#remembered, this.#fallback])];
  }

  /** Without it there are still the folders of this window. */
  async #search(): Promise<vscode.Uri[]> {
    try {
      return await vscode.workspace.findFiles(`${runsPattern}/*.json`, '**/node_modules/**');
    } catch (error) {
      this.log.warn('The workspace could not be searched for kept runs', String(error));
      return [];
    }
  }

  async remove(runs: readonly KeptRun[]): Promise<void> {
    for (const { folder } of runs) await removeRun(folder);
    this.#changed.fire(undefined);
  }

  /** @returns how many there were */
  async clear(): Promise<number> {
    let count = 0;
    for (const folder of await this.#folders()) count += await clearRuns(folder);
    await this.memory.update(foldersKey, undefined);
    this.#changed.fire(undefined);
    return count;
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

function newestFirst(a: KeptRun, b: KeptRun): number {
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}

export function reportFileOf({ folder }: KeptRun): vscode.Uri {
  return vscode.Uri.file(path.join(folder, reportName));
}
