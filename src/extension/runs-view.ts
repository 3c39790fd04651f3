/** The kept runs in the explorer, by specification. Nothing is read, and nothing watched, while it is not in sight. */
import path from 'node:path';
import * as vscode from 'vscode';
import { formatDate, formatRun, runDetails } from '../core/runs/format.ts';
import type { KeptRun } from '../node/runs-store.ts';
import type { Context } from './context.ts';
import { runsPattern } from './kept-runs.ts';

export interface RunNode {
  readonly kind: 'run';
  readonly run: KeptRun;
}

/** Runs of one specification or model. */
export interface RunGroup {
  readonly kind: 'group';
  /** Its path; the folder of runs where all are damaged. */
  readonly file: string;
  readonly name: string;
  readonly runs: readonly RunNode[];
}

export type RunsNode = RunGroup | RunNode;

/** Of several events in a row the last counts. In milliseconds. */
const settling = 150;

export class RunsView implements vscode.TreeDataProvider<RunsNode> {
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: vscode.TreeView<RunsNode>;
  readonly #disposables: vscode.Disposable[];
  #watcher: vscode.Disposable | null = null;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly context: Context) {
    this.#view = vscode.window.createTreeView('spikewise.runs', {
      treeDataProvider: this,
      showCollapseAll: true,
      canSelectMany: true,
    });
    this.#disposables = [
      this.#view,
      this.#view.onDidChangeVisibility(() => {
        this.#watch();
      }),
      context.keptRuns.onDidChange(() => {
        this.#refresh();
      }),
    ];
    this.#watch();
  }

  /** What is selected in it. */
  get selection(): readonly RunsNode[] {
    return this.#view.selection;
  }

  getTreeItem(node: RunsNode): vscode.TreeItem {
    return node.kind === 'group' ? groupItem(node) : runItem(node);
  }

  async getChildren(node?: RunsNode): Promise<RunsNode[]> {
    if (node) return node.kind === 'group' ? [...node.runs] : [];
    return groupsOf(await this.context.keptRuns.all());
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#watcher?.dispose();
    this.#changed.dispose();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  /** Runs of the command line come and go without a word. */
  #watch(): void {
    if (!this.#view.visible) {
      this.#watcher?.dispose();
      this.#watcher = null;
      return;
    }
    if (this.#watcher) return;
    const watcher = vscode.workspace.createFileSystemWatcher(runsPattern);
    const refresh = () => {
      this.#refresh();
    };
    watcher.onDidCreate(refresh);
    watcher.onDidDelete(refresh);
    this.#watcher = watcher;
    // Of what has come while nobody looked.
    refresh();
  }

  #refresh(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#changed.fire(undefined);
    }, settling);
  }
}

/** @param runs newest first; groups come in the order of their newest run */
function groupsOf(runs: readonly KeptRun[]): RunGroup[] {
  const groups = new Map<string, { name: string; runs: RunNode[] }>();
  for (const run of runs) {
    const { file, name } = groupOf(run);
    const group = groups.get(file) ?? { name, runs: [] };
    groups.set(file, group);
    group.runs.push({ kind: 'run', run });
  }
  return [...groups].map(([file, group]) => ({ kind: 'group', file, ...group }));
}

function groupOf({ folder, owner, manifest }: KeptRun): { readonly file: string; readonly name: string } {
  if (manifest && owner !== null) return { file: owner, name: manifest.name };
  return { file: path.dirname(folder), name: vscode.l10n.t('Damaged runs') };
}

function groupItem({ file, name }: RunGroup): vscode.TreeItem {
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Expanded);
  item.id = `group ${file}`;
  item.description = vscode.workspace.asRelativePath(path.dirname(file));
  item.tooltip = file;
  item.iconPath = new vscode.ThemeIcon('settings');
  item.contextValue = 'spikewise.runGroup';
  return item;
}

function runItem(node: RunNode): vscode.TreeItem {
  const { id, folder, manifest, fault } = node.run;
  const item = new vscode.TreeItem(manifest ? formatDate(manifest.createdAt) : id);
  item.id = folder;
  item.description = manifest ? formatRun(manifest) : vscode.l10n.t('damaged');
  item.tooltip = manifest ? runDetails(manifest).join('\n') : `${folder}: ${fault ?? ''}`;
  item.iconPath = new vscode.ThemeIcon(manifest ? 'graph' : 'warning');
  item.contextValue = manifest ? 'spikewise.run' : 'spikewise.damagedRun';
  const label = typeof item.label === 'string' ? item.label : id;
  item.accessibilityInformation = { label: `${label}, ${item.description}` };
  if (manifest) {
    item.command = {
      command: 'spikewise.openRun',
      title: vscode.l10n.t('Open Run'),
      arguments: [node],
    };
  }
  return item;
}
