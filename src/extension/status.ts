/** One status bar item while something runs. */
import * as vscode from 'vscode';
import type { Progress } from '../protocol/worker.ts';
import { nameOf } from './specification-files.ts';

/** Conversions, or what is computed beside them. */
interface Source {
  readonly running: readonly { readonly specification: vscode.Uri; readonly progress: Progress }[];
  readonly onDidChange: vscode.Event<unknown>;
}

export class RunStatus {
  readonly #item = vscode.window.createStatusBarItem('spikewise.run', vscode.StatusBarAlignment.Left);
  readonly #subscriptions: readonly vscode.Disposable[];
  #running = false;

  constructor(private readonly sources: readonly Source[]) {
    this.#item.name = 'Spikewise';
    this.#subscriptions = sources.map(({ onDidChange }) =>
      onDidChange(() => {
        this.#update();
      }),
    );
  }

  #update(): void {
    const running = this.sources.flatMap((source) => source.running);
    const last = running.at(-1);
    if (this.#running !== running.length > 0) {
      this.#running = running.length > 0;
      void vscode.commands.executeCommand('setContext', 'spikewise.running', this.#running);
    }
    if (!last) {
      this.#item.hide();
      return;
    }
    const name = nameOf(last.specification);
    // Nothing that turns: drawing it anew every frame takes time from the run.
    this.#item.text =
      running.length === 1
        ? `$(pulse) ${name}: ${last.progress.message}`
        : vscode.l10n.t('$(pulse) Spikewise: {0} tasks', running.length);
    this.#item.command = {
      command: 'spikewise.showResults',
      title: vscode.l10n.t('Show Results'),
      arguments: [last.specification.toString()],
    };
    const tooltip = new vscode.MarkdownString(
      vscode.l10n.t('Spikewise is computing. [Cancel](command:spikewise.cancel)'),
    );
    tooltip.isTrusted = { enabledCommands: ['spikewise.cancel'] };
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = {
      label: vscode.l10n.t('Spikewise is computing {0}. Show results.', name),
    };
    this.#item.show();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#item.dispose();
  }
}
