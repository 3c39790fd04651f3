/** A picture whose values are read place by place along its axis, by arrow keys or the pointer. */
import type { Picture } from '../model/picture.ts';
import { cursorTarget } from '../model/chart-cursor.ts';
import { Drawing } from './drawing.tsx';

export interface ReadPlotProps {
  readonly picture: Picture;
  readonly label: string;
  /** Places along the axis. */
  readonly places: number;
  /** Where it is read; null: nowhere. */
  readonly cursor: number | null;
  readonly onCursor: (index: number | null) => void;
  /** The place nearest to x, in pixels of the picture; null beside it. */
  readonly placeAt: (x: number) => number | null;
}

export function ReadPlot({ picture, label, places, cursor, onCursor, placeAt }: ReadPlotProps) {
  return (
    <div
      class="plot"
      role="application"
      aria-roledescription="chart"
      aria-label={`${label}. Left and right arrow keys read values; "Show as table" gives all numbers.`}
      tabIndex={0}
      onKeyDown={(event) => {
        const index = cursorTarget(event.key, cursor, places);
        if (index === undefined) return;
        event.preventDefault();
        onCursor(index);
      }}
      onPointerMove={(event) => {
        const { left } = event.currentTarget.getBoundingClientRect();
        onCursor(placeAt(event.clientX - left));
      }}
      onPointerLeave={() => {
        onCursor(null);
      }}
    >
      <Drawing picture={picture} label={label} />
    </div>
  );
}
