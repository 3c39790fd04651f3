import type { TextField as TextFieldElement } from '@vscode/webview-ui-toolkit';
import { element } from './toolkit.ts';

interface TextFieldProps {
  /** Names it; it stands in the field while that is empty, too. */
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
}

export function TextField({ label, value, onInput }: TextFieldProps) {
  return element<TextFieldElement>(
    'text-field',
    { placeholder: label, value },
    {
      // When it is connected it gives itself a name that says nothing.
      ref: (field) => field?.setAttribute('aria-label', label),
      onInput: ({ currentTarget }) => {
        onInput(currentTarget.value);
      },
      onKeyDown: (event) => {
        if (event.key === 'Escape') onInput('');
      },
    },
  );
}
