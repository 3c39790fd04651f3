/** The layers of the active model in the explorer. It reads nothing while it is not in sight. */
import * as vscode from 'vscode';
import {
  formatActivations,
  formatBecomes,
  formatShape,
  formatShared,
  formatTensor,
} from '../core/inspect/format.ts';
import type { LayerSummary, ModelSummary } from '../core/inspect/types.ts';
import { formatCount, formatPopulation } from '../core/report/format.ts';
import type { Context } from './context.ts';
import type { LookedAt } from './models.ts';
import { activeFile, isModelFile, isSpecification } from './specification-files.ts';

/** A line; layers have lines below them. */
export interface OutlineNode {
  readonly label: string;
  readonly description: string;
  readonly icon: string;
  readonly tooltip?: string;
  readonly children: readonly OutlineNode[];
  /** Index of the layer that a press shows. */
  readonly layer?: number;
}

const icons: Readonly<Record<LayerSummary['runsAs'], string>> = {
  spiking: 'pulse',
  analog: 'graph-line',
  unsupported: 'error',
  nothing: 'circle-outline',
};

export class ModelOutline implements vscode.TreeDataProvider<OutlineNode> {
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #view: vscode.TreeView<OutlineNode>;
  readonly #disposables: vscode.Disposable[];
  #model: LookedAt | null = null;
  #changes: vscode.Disposable | null = null;

  constructor(private readonly context: Context) {
    this.#view = vscode.window.createTreeView('spikewise.model', {
      treeDataProvider: this,
      showCollapseAll: true,
    });
    const follow = () => {
      this.#follow();
    };
    this.#disposables = [
      this.#view,
      this.#view.onDidChangeVisibility(follow),
      vscode.window.tabGroups.onDidChangeTabs(follow),
      vscode.window.tabGroups.onDidChangeTabGroups(follow),
    ];
    follow();
  }

  getTreeItem({ label, description, icon, tooltip, children, layer }: OutlineNode): vscode.TreeItem {
    const { None, Collapsed } = vscode.TreeItemCollapsibleState;
    const item = new vscode.TreeItem(label, children.length > 0 ? Collapsed : None);
    item.description = description;
    item.iconPath = new vscode.ThemeIcon(icon);
    item.tooltip = tooltip ?? `${label} ${description}`.trim();
    item.accessibilityInformation = { label: `${label}, ${description}` };
    const summary = this.#model?.state.summary;
    if (layer !== undefined && summary) {
      item.command = {
        command: 'spikewise.showLayer',
        title: vscode.l10n.t('Show Layer'),
        arguments: [summary.file, layer],
      };
    }
    return item;
  }

  getChildren(node?: OutlineNode): OutlineNode[] {
    if (node) return [...node.children];
    const state = this.#model?.state;
    if (!state) return [];
    if (state.failure) {
      return [{ label: state.failure.message, description: '', icon: 'error', children: [] }];
    }
    return state.summary ? outlineOf(state.summary) : [];
  }

  dispose(): void {
    this.#forget();
    this.#changed.dispose();
    for (const disposable of this.#disposables) disposable.dispose();
  }

  #follow(): void {
    const file = this.#view.visible ? this.#active() : undefined;
    if (file?.toString() === this.#model?.file.toString()) return;
    this.#forget();
    if (file) {
      this.#model = this.context.models.lookAt(file);
      this.#changes = this.#model.onDidChange((change) => {
        // Weights are not among the lines.
        if (change === 'state') this.#show();
      });
    }
    this.#show();
  }

  #active(): vscode.Uri | undefined {
    const file = activeFile();
    if (file?.scheme === 'file' && (isModelFile(file) || isSpecification(file))) return file;
    return this.context.panels.active;
  }

  #show(): void {
    const state = this.#model?.state;
    this.#view.description = state?.summary?.name ?? '';
    // In the place of the welcome, which is for when there is no model.
    this.#view.message = state && !state.summary && !state.failure ? vscode.l10n.t('Reading the model…') : '';
    this.#changed.fire(undefined);
  }

  #forget(): void {
    this.#changes?.dispose();
    this.#model?.dispose();
    this.#changes = null;
    this.#model = null;
  }
}

function outlineOf({ layers, assumptions }: ModelSummary): OutlineNode[] {
  const lines = layers.map((layer, index): OutlineNode => ({
    label: layer.name,
    description: `${layer.kind}, ${formatBecomes(layer)}`,
    icon: icons[layer.runsAs],
    tooltip: layer.reasons.join('\n'),
    children: detailsOf(layer),
    layer: index,
  }));
  if (assumptions.length === 0) return lines;
  const assumed = assumptions.map((words): OutlineNode => line(words, '', 'info'));
  return [
    ...lines,
    { ...line(vscode.l10n.t('Assumed'), formatCount(assumed.length), 'question'), children: assumed },
  ];
}

function detailsOf(layer: LayerSummary): OutlineNode[] {
  const { input, output, activations, populations, tensors, weightsOf } = layer;
  return [
    line(
      `${formatShape(input)} → ${formatShape(output)}`,
      vscode.l10n.t('shape of a sample'),
      'symbol-array',
    ),
    ...(activations.length === 0
      ? []
      : [line(formatActivations(activations), vscode.l10n.t('activation'), 'symbol-function')]),
    ...populations.map(({ name, neurons }) =>
      line(formatPopulation(name), vscode.l10n.t('{0} neurons', formatCount(neurons)), 'pulse'),
    ),
    ...tensors.map(({ name, shape }) => line(formatTensor(name), formatShape(shape), 'symbol-numeric')),
    ...(weightsOf === undefined ? [] : [line(formatShared(weightsOf), '', 'symbol-numeric')]),
  ];
}

function line(label: string, description: string, icon: string): OutlineNode {
  return { label, description, icon, children: [] };
}
