import type { Checkbox as CheckboxElement } from '@vscode/webview-ui-toolkit';
import type { ComponentChildren } from 'preact';
import { element } from './toolkit.ts';

interface CheckboxProps {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly children: ComponentChildren;
}

export function Checkbox({ checked, onChange, children }: CheckboxProps) {
  return element<CheckboxElement>(
    'checkbox',
    { checked },
    {
      onChange: ({ currentTarget }) => {
        // The element also tells of changes that it was told of.
        if (currentTarget.checked !== checked) onChange(currentTarget.checked);
      },
    },
    children,
  );
}
