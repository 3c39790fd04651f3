import type { Dropdown as DropdownElement } from '@vscode/webview-ui-toolkit';
import { element } from './toolkit.ts';

interface DropdownProps {
  /** Stands before it, and names it. */
  readonly label: string;
  readonly options: readonly { readonly value: string; readonly text: string }[];
  readonly value: string;
  readonly onChange: (value: string) => void;
}

export function Dropdown({ label, options, value, onChange }: DropdownProps) {
  return (
    <span class="dropdown">
      <span aria-hidden="true">{label}</span>
      {element<DropdownElement>(
        'dropdown',
        { 'aria-label': label, value },
        {
          // Options that come later than the value would not be selected: other options, another element.
          key: options.map((option) => option.value).join('\n'),
          onChange: (event) => {
            event.stopPropagation();
            onChange(event.currentTarget.value);
          },
        },
        options.map((option) =>
          element(
            'option',
            { value: option.value, selected: option.value === value },
            { key: option.value },
            option.text,
          ),
        ),
      )}
    </span>
  );
}
