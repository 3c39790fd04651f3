/**
 * The component toolkit's elements that the panel uses, registered once. This folder alone imports the
 * toolkit, so that another can take its place.
 */
import {
  provideVSCodeDesignSystem,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDataGrid,
  vsCodeDataGridCell,
  vsCodeDataGridRow,
  vsCodeDivider,
  vsCodeDropdown,
  vsCodeLink,
  vsCodeOption,
  vsCodePanels,
  vsCodePanelTab,
  vsCodePanelView,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import {
  createElement,
  type ClassAttributes,
  type ComponentChildren,
  type HTMLAttributes,
  type VNode,
} from 'preact';

provideVSCodeDesignSystem().register(
  vsCodeButton(),
  vsCodeCheckbox(),
  vsCodeDataGrid(),
  vsCodeDataGridCell(),
  vsCodeDataGridRow(),
  vsCodeDivider(),
  vsCodeDropdown(),
  vsCodeLink(),
  vsCodeOption(),
  vsCodePanels(),
  vsCodePanelTab(),
  vsCodePanelView(),
  vsCodeTextField(),
);

type Tag =
  | 'button'
  | 'checkbox'
  | 'data-grid'
  | 'data-grid-cell'
  | 'data-grid-row'
  | 'divider'
  | 'dropdown'
  | 'link'
  | 'option'
  | 'panels'
  | 'panel-tab'
  | 'panel-view'
  | 'text-field';

/** A toolkit element; `own` are the attributes that HTML does not know. */
export function element<E extends HTMLElement = HTMLElement>(
  tag: Tag,
  own: Readonly<Record<string, unknown>>,
  attributes: HTMLAttributes<E> & ClassAttributes<E>,
  ...children: ComponentChildren[]
): VNode {
  return createElement(`vscode-${tag}`, { ...attributes, ...own } as HTMLAttributes<E>, ...children);
}
