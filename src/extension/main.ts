/** The extension's entry. Nothing is read, parsed or started before a command or a panel asks for it. */
import * as vscode from 'vscode';
import type { SpikewiseApi } from './api.ts';
import { registerCommands } from './commands.ts';
import { Context } from './context.ts';
import { registerFixes } from './fixes.ts';
import { registerModelEditors } from './model-editor.ts';
import { registerReportEditor } from './report-editor.ts';
import { registerPanelSerializer } from './results-panels.ts';
import { offerInterrupted } from './retraining.ts';
import { registerRunTexts } from './run-text-providers.ts';

export function activate(extension: vscode.ExtensionContext): SpikewiseApi {
  try {
    const context = new Context(extension);
    registerCommands(context);
    registerFixes(context);
    registerReportEditor(context);
    registerModelEditors(context);
    registerPanelSerializer(context);
    registerRunTexts(context);
    void context.guard('finetune', () => offerInterrupted(context));
    return context.tests;
  } catch (error) {
    // The editor itself only writes a failed activation to a log.
    void vscode.window.showErrorMessage(
      vscode.l10n.t('Spikewise could not start: {0}', error instanceof Error ? error.message : String(error)),
    );
    throw error;
  }
}
