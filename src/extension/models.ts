/** Models that are looked at: read once for all views of a file, in a worker, and again when it changes. */
import { pathToFileURL } from 'node:url';
import * as vscode from 'vscode';
import type { LayerOffer } from '../core/formats/weights/layer-choices.ts';
import { withWeights } from '../core/inspect/summary.ts';
import type { ModelSummary, WeightsCounted } from '../core/inspect/types.ts';
import { startInspection, type RunningInspection } from '../node/inspection-client.ts';
import { noFiles, type Failure } from '../protocol/worker.ts';
import { isSpecification } from './specification-files.ts';

/** `counted`: no more is to come. */
export interface ModelState {
  readonly summary: ModelSummary | null;
  readonly counted: boolean;
  readonly failure: Failure | null;
  /** Of a file of weights alone: what may be chosen of its layers. */
  readonly offer: LayerOffer | null;
}

const unread: ModelState = { summary: null, counted: false, failure: null, offer: null };

/** All of the state, or one tensor of its summary. */
export type ModelChange = WeightsCounted | 'state';

/** One user's hold on a model; the last one that lets go ends the reading. */
export interface LookedAt {
  readonly file: vscode.Uri;
  readonly state: ModelState;
  readonly onDidChange: vscode.Event<ModelChange>;
  readAgain(): void;
  dispose(): void;
}

/** Writers take several steps to a file, of which each is told. In milliseconds. */
const settling = 250;

class OpenModel {
  state: ModelState = unread;
  users = 0;
  readonly changed = new vscode.EventEmitter<ModelChange>();
  #running: RunningInspection | null = null;
  #timer: NodeJS.Timeout | undefined;
  readonly #watcher: vscode.FileSystemWatcher;

  constructor(
    readonly file: vscode.Uri,
    private readonly workerFile: () => vscode.Uri,
  ) {
    const folder = vscode.Uri.joinPath(file, '..');
    this.#watcher = vscode.workspace.createFileSystemWatcher(new vscode.RelativePattern(folder, '*'));
    const listen = (uri: vscode.Uri): void => {
      if (uri.toString() !== file.toString() && !isSpecification(uri)) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => {
        this.read();
      }, settling);
    };
    this.#watcher.onDidChange(listen);
    this.#watcher.onDidCreate(listen);
    this.#watcher.onDidDelete(listen);
  }

  /** What is known stays until there is more. */
  read(): void {
    this.#running?.cancel();
    if (this.file.scheme !== 'file') {
      this.#become({ ...unread, counted: true, failure: notOnDisk(this.file) });
      return;
    }
    const url = pathToFileURL(this.workerFile().fsPath);
    let offer: LayerOffer | null = null;
    const running = startInspection(
      url,
      { file: this.file.fsPath },
      {
        onOffer: (offered) => {
          offer = offered;
        },
        onLayers: (summary) => {
          if (this.#running === running) this.#become({ ...unread, summary, offer });
        },
        onWeights: (counted) => {
          const { summary } = this.state;
          if (this.#running !== running || !summary) return;
          this.state = { ...this.state, summary: withWeights(summary, counted) };
          this.changed.fire(counted);
        },
      },
    );
    this.#running = running;
    void running.result.then((result) => {
      if (this.#running !== running) return;
      this.#running = null;
      if (result.outcome === 'done') this.#become({ ...this.state, counted: true });
      else if (result.outcome === 'failed') {
        this.#become({ ...unread, counted: true, failure: result.failure, offer });
      }
    });
  }

  #become(state: ModelState): void {
    this.state = state;
    this.changed.fire('state');
  }

  dispose(): void {
    const running = this.#running;
    this.#running = null;
    running?.cancel();
    clearTimeout(this.#timer);
    this.#watcher.dispose();
    this.changed.dispose();
  }
}

/** Such as the earlier version of a file in version control. */
function notOnDisk(file: vscode.Uri): Failure {
  const message = vscode.l10n.t('{0}: only models on disk are read, not from "{1}"', file.path, file.scheme);
  return { exitCode: 2, message, file: null, findings: [], files: noFiles, report: null };
}

export class Models {
  readonly #open = new Map<string, OpenModel>();

  constructor(private readonly workerFile: () => vscode.Uri) {}

  /** @param file A model file or a specification. */
  lookAt(file: vscode.Uri): LookedAt {
    const key = file.toString();
    let model = this.#open.get(key);
    if (!model) {
      model = new OpenModel(file, this.workerFile);
      this.#open.set(key, model);
      model.read();
    }
    const held = model;
    held.users += 1;
    let holding = true;
    return {
      file,
      get state() {
        return held.state;
      },
      onDidChange: held.changed.event,
      readAgain: () => {
        held.read();
      },
      dispose: () => {
        if (!holding) return;
        holding = false;
        held.users -= 1;
        if (held.users > 0) return;
        this.#open.delete(key);
        held.dispose();
      },
    };
  }

  /** What is known of a file that is looked at. */
  stateOf(file: vscode.Uri): ModelState | undefined {
    return this.#open.get(file.toString())?.state;
  }

  dispose(): void {
    for (const model of this.#open.values()) model.dispose();
    this.#open.clear();
  }
}
