interface NumberFieldProps {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  /** Null: empty. */
  readonly value: number | null;
  /** Stands there while it is empty. */
  readonly placeholder: string;
  /** Null where it was emptied; not told of what is no number of the range. */
  readonly onInput: (value: number | null) => void;
}

/** Whole numbers. The browser's own: the toolkit has none. */
export function NumberField({ label, min, max, value, placeholder, onInput }: NumberFieldProps) {
  return (
    <label class="number-field">
      <span>{label}</span>
      <input
        type="number"
        min={min}
        max={max}
        step={1}
        placeholder={placeholder}
        value={value ?? ''}
        onInput={({ currentTarget }) => {
          if (currentTarget.value === '') onInput(null);
          else if (currentTarget.validity.valid) onInput(currentTarget.valueAsNumber);
        }}
      />
    </label>
  );
}
