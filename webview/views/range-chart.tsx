import { useMemo } from 'preact/hooks';
import { Drawing, pictureExports, useWidth } from '../charts/drawing.tsx';
import { Figure, type FigureProps } from '../charts/figure.tsx';
import { readPalette, usePalette } from '../charts/theme.ts';
import { rangeBars, type BarSection } from '../model/range-bars.ts';

interface RangeChartProps extends FigureProps {
  readonly sections: readonly BarSection[];
  /** What a screen reader says in place of the picture. */
  readonly description: string;
}

/** As wide as lines of text stay together. */
const widest = 1000;
/** Exported files are as wide as this even where the panel is narrow. */
const exported = 760;

export function RangeChart({ sections, description, ...figure }: RangeChartProps) {
  const { box, width } = useWidth();
  const colours = usePalette();
  const drawn = Math.min(width, widest);
  const picture = useMemo(() => rangeBars(sections, drawn, colours), [sections, drawn, colours]);
  const wide = () => rangeBars(sections, Math.max(drawn, exported), readPalette());
  return (
    <Figure {...figure} exports={pictureExports(wide, figure.title, figure.caption)}>
      <div class="drawing-box" ref={box}>
        <Drawing picture={picture} label={description} />
      </div>
    </Figure>
  );
}
