/** One status bar item while something runs. */
import * as vscode from 'vscode';
import type { Runs } from './runs.ts';
import { nameOf } from './specification-files.ts';

export class RunStatus {
  readonly #item = vscode.window.createStatusBarItem('spikewise.run', vscode.StatusBarAlignment.Left);
  readonly #subscription: vscode.Disposable;
  #running = false;

  constructor(private readonly runs: Runs) {
    this.#item.name = 'Spikewise';
    this.#subscription = runs.onDidChange(() => {
      this.#update();
    });
  }

  #update(): void {
    const { running } = this.runs;
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
        : vscode.l10n.t('$(pulse) Spikewise: {0} conversions', running.length);
    this.#item.command = {
      command: 'spikewise.showResults',
      title: vscode.l10n.t('Show Results'),
      arguments: [last.specification.toString()],
    };
    const tooltip = new vscode.MarkdownString(
      vscode.l10n.t('Spikewise is converting. [Cancel](command:spikewise.cancel)'),
    );
    tooltip.isTrusted = { enabledCommands: ['spikewise.cancel'] };
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = {
      label: vscode.l10n.t('Spikewise is converting {0}. Show results.', name),
    };
    this.#item.show();
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#item.dispose();
  }
}
