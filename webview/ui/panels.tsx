import type { Panels as PanelsElement } from '@vscode/webview-ui-toolkit';
import { Fragment, type ComponentChildren } from 'preact';
import { element } from './toolkit.ts';

interface PanelsProps<Id extends string> {
  readonly label: string;
  readonly tabs: readonly {
    readonly id: Id;
    readonly title: string;
    /** Drawn while the tab is the active one. */
    readonly view: () => ComponentChildren;
  }[];
  readonly active: Id;
  readonly onChange: (id: Id) => void;
}

export function Panels<Id extends string>({ label, tabs, active, onChange }: PanelsProps<Id>) {
  return element<PanelsElement>(
    'panels',
    { 'aria-label': label, activeid: `tab-${active}` },
    {
      onChange: (event) => {
        // "change" of an element within a tab comes by here, too.
        if (event.target !== event.currentTarget) return;
        const tab = tabs.find(({ id }) => event.currentTarget.activeid === `tab-${id}`);
        if (tab !== undefined && tab.id !== active) onChange(tab.id);
      },
    },
    tabs.map(({ id, title, view }) => (
      <Fragment key={id}>
        {element('panel-tab', { id: `tab-${id}` }, {}, title)}
        {element('panel-view', { id: `view-${id}` }, {}, id === active ? view() : null)}
      </Fragment>
    )),
  );
}
