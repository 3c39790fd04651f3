interface SliderProps {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly value: number;
  readonly onInput: (value: number) => void;
}

/** The browser's own: arrow keys by one, Page keys by a tenth, Home and End. The toolkit has none. */
export function Slider({ label, min, max, value, onInput }: SliderProps) {
  return (
    <label class="slider">
      <span>{label}</span>
      <input
        type="range"
        min={min}
        max={max}
        step={1}
        value={value}
        onInput={({ currentTarget }) => {
          onInput(currentTarget.valueAsNumber);
        }}
      />
      <output>{`${value} of ${max}`}</output>
    </label>
  );
}
