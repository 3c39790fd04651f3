/** The host's end of a webview that shows a model. The page is gone while it is hidden, so it is told all again. */
import * as vscode from 'vscode';
import { layerEdits } from '../core/formats/weights/layer-choices.ts';
import type { LayerChoice } from '../core/formats/weights/state-dict.ts';
import type { FromModelView, ToModelView } from '../protocol/model-view.ts';
import type { Context } from './context.ts';
import { openFindingPage } from './finding-pages.ts';
import { applyFix } from './fixes.ts';
import type { LookedAt, ModelChange } from './models.ts';
import { specificationOf } from './specification-files.ts';
import { openPage, saveExport } from './webview-page.ts';

export class ModelView {
  readonly #model: LookedAt;
  /** The page listens. */
  #ready = false;
  /** Layer to be shown once it does. */
  #selected: number | null = null;

  constructor(
    private readonly context: Context,
    readonly panel: vscode.WebviewPanel,
    private readonly file: vscode.Uri,
  ) {
    this.#model = context.models.lookAt(file);
    const { webview } = panel;
    const changes = this.#model.onDidChange((change) => {
      this.#tell(change);
    });
    panel.onDidDispose(() => {
      this.#ready = false;
      changes.dispose();
      this.#model.dispose();
    });
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.#ready = false;
    });
    webview.onDidReceiveMessage((message: FromModelView) => this.receive(message));
    openPage(context, webview, 'model-view');
  }

  select(layer: number): void {
    this.#selected = layer;
    if (this.#ready) this.#tellSelected();
  }

  /** Public for the tests, which have no page to click in. */
  async receive(message: FromModelView): Promise<void> {
    await this.context.guard(vscode.workspace.asRelativePath(this.file), () => this.#handle(message));
  }

  async #handle(message: FromModelView): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        this.#tell('state');
        this.#tellSelected();
        return;
      case 'painted':
        this.context.tests.modelPainted(this.file);
        return;
      case 'convert':
        await vscode.commands.executeCommand('spikewise.convert', this.file);
        return;
      case 'chooseLayers':
        await this.#choose(message.layers);
        return;
      case 'readAgain':
        this.#post({ type: 'reading' });
        this.#model.readAgain();
        return;
      case 'openText':
        await vscode.commands.executeCommand('vscode.openWith', this.file, 'default');
        return;
      case 'openPage':
        await openFindingPage(this.context, message.code);
        return;
      case 'save':
        await saveExport(this.file, message.name, message.content);
    }
  }

  /** The change of the specification is seen by whoever watches it, and the model read again. */
  async #choose(layers: readonly LayerChoice[]): Promise<void> {
    const specification = await specificationOf(this.file, this.context.runs.workerFile);
    if (specification) await applyFix(specification, { edits: layerEdits(layers) });
  }

  #tell(change: ModelChange): void {
    if (change !== 'state') {
      this.#post({ type: 'weights', counted: change });
      return;
    }
    const { summary, counted, failure, offer } = this.#model.state;
    if (failure) {
      const code = failure.findings[0]?.code ?? null;
      this.#post({ type: 'failed', message: failure.message, code, offer });
    } else if (summary) this.#post({ type: 'model', summary, counted, offer });
    else this.#post({ type: 'reading' });
  }

  #tellSelected(): void {
    if (this.#selected === null) return;
    this.#post({ type: 'select', layer: this.#selected });
    this.#selected = null;
  }

  #post(message: ToModelView): void {
    if (this.#ready) void this.panel.webview.postMessage(message);
  }
}
