/** Draws a floor plan: where everything lies, its colours, its legend. */
import { metricTitles, percentOnCore, type Plan, type PlanCore, type PlanMetric } from './plan.ts';
import { ink, mix, rect, text, textWidth, type Palette, type Picture, type Shape } from './picture.ts';

const cell = 34;
const cellGap = 2;
const tilePadding = 3;
/** Above a tile's cores, for its number. */
const tileHead = 13;
const tileGap = 4;

export interface DrawnCore {
  readonly plan: PlanCore;
  readonly x: number;
  readonly y: number;
  readonly shapes: readonly Shape[];
}

export interface PlanDrawing {
  readonly width: number;
  readonly height: number;
  /** Tiles, and the legend. */
  readonly ground: readonly Shape[];
  /** Cores by row of the mesh, then by column. */
  readonly rows: readonly (readonly DrawnCore[])[];
}

export const coreSize = cell;

interface PlanLook {
  readonly metric: PlanMetric;
  /** Core number on this chip; null: none. */
  readonly selected: number | null;
  /** What is outlined, in words; null: nothing. */
  readonly lit: string | null;
  readonly palette: Palette;
}

export function drawPlan(plan: Plan, look: PlanLook): PlanDrawing {
  const { mesh, tile, tileRows } = plan;
  const tileWidth = tile.across * (cell + cellGap) - cellGap + 2 * tilePadding;
  const tileHeight = tileHead + tile.down * (cell + cellGap) - cellGap + tilePadding;
  const corner = (index: number): [number, number] => [
    1 + (index % mesh.columns) * (tileWidth + tileGap),
    1 + Math.floor(index / mesh.columns) * (tileHeight + tileGap),
  ];
  const meshWidth = mesh.columns * (tileWidth + tileGap) - tileGap + 2;
  const meshHeight = tileRows * (tileHeight + tileGap) - tileGap + 2;
  const tiles = Array.from({ length: tileRows * mesh.columns }, (_, index) =>
    drawTile(index, [...corner(index), tileWidth, tileHeight], index === mesh.processorTile, look.palette),
  );
  const rows: DrawnCore[][] = [];
  for (const core of plan.cores) {
    const [left, top] = corner(core.tile);
    const x = left + tilePadding + (core.column % tile.across) * (cell + cellGap);
    const y = top + tileHead + (core.row % tile.down) * (cell + cellGap);
    (rows[core.row] ??= []).push({ plan: core, x, y, shapes: drawCore(core, [x, y], plan.full, look) });
  }
  const width = Math.max(meshWidth, 420);
  const legend = drawLegend(plan, look, meshHeight + 10, width);
  return {
    width,
    height: legend.bottom,
    ground: [...tiles.flat(), ...legend.shapes],
    rows,
  };
}

/** As one list of shapes, for export. */
export function planPicture({ width, height, ground, rows }: PlanDrawing): Picture {
  return { width, height, shapes: [...ground, ...rows.flat().flatMap(({ shapes }) => shapes)] };
}

function drawTile(
  index: number,
  box: readonly [number, number, number, number],
  processors: boolean,
  { grid, muted, foreground }: Palette,
): Shape[] {
  const [x, y, width] = box;
  return [
    rect(box, processors ? { stroke: foreground, strokeWidth: 2 } : { stroke: grid }),
    text([x + 4, y + 10], String(index), { fill: muted, size: 9 }),
    ...(processors
      ? [text([x + width - 4, y + 10], 'P', { fill: foreground, size: 10, anchor: 'end', bold: true })]
      : []),
  ];
}

function drawCore(
  { core, usage, value, lit }: PlanCore,
  [x, y]: readonly [number, number],
  full: number,
  { selected, palette }: PlanLook,
): Shape[] {
  const { background, muted, grid } = palette;
  if (usage === null) {
    return [
      rect([x, y, cell, cell], { fill: background, stroke: grid }),
      text([x + 5, y + 12], String(core), { fill: muted, size: 8 }),
      ...(selected === core ? [selectedOutline([x, y, cell], palette)] : []),
    ];
  }
  const fill = colourOf(value, full, palette);
  return [
    rect([x, y, cell, cell], { fill, stroke: muted }),
    text([x + 5, y + 12], String(core), { fill: ink(fill), size: 8 }),
    text([x + cell / 2, y + 26], percentOnCore(value), {
      fill: ink(fill),
      size: 13,
      anchor: 'middle',
      bold: true,
    }),
    ...(lit ? litOutline([x, y, cell], fill, palette) : []),
    ...(selected === core ? [selectedOutline([x, y, cell], palette)] : []),
  ];
}

type Square = readonly [x: number, y: number, size: number];

/** Around the core, so that it does not hide the other outline. */
function selectedOutline([x, y, size]: Square, { foreground }: Palette): Shape {
  return rect([x - 0.5, y - 0.5, size + 1, size + 1], { stroke: foreground, strokeWidth: 3 });
}

/** Dashes on black or white, whichever stands out: seen in every theme and without colours. */
function litOutline([x, y, size]: Square, ground: string, { orange }: Palette): Shape[] {
  const box = [x + 2, y + 2, size - 4, size - 4] as const;
  return [
    rect(box, { stroke: ink(ground), strokeWidth: 3 }),
    rect(box, {
      stroke: mix(orange, ink(ground) === '#000000' ? '#ffffff' : '#000000', 0.6),
      strokeWidth: 3,
      dash: [4, 3],
    }),
  ];
}

/** From a tint to the whole colour; without a number, only the ground. */
function colourOf(value: number | null, full: number, { blue, background }: Palette): string {
  if (value === null) return background;
  const part = full > 0 ? Math.min(1, Math.max(0, value / full)) : 0;
  return mix(blue, background, 0.12 + 0.88 * part);
}

const swatch = 14;
const lineHeight = 20;

/** The scale with its ends, then what the signs mean. */
function drawLegend(
  { full }: Plan,
  { metric, lit, selected, palette }: PlanLook,
  top: number,
  width: number,
): { readonly shapes: Shape[]; readonly bottom: number } {
  const { foreground, muted, grid, background } = palette;
  const words = (x: number, y: number, label: string): Shape =>
    text([x, y + 11], label, { fill: foreground, size: 11 });
  const parts = [0, 0.25, 0.5, 0.75, 1];
  const scale = parts.flatMap((part, index): Shape[] => {
    const x = 1 + index * 44;
    const fill = colourOf(part, 1, palette);
    return [
      rect([x, top, 44, 16], { fill, stroke: muted }),
      text([x + 22, top + 12], percentOnCore(part * full), { fill: ink(fill), size: 10, anchor: 'middle' }),
    ];
  });
  const title = words(1 + 44 * parts.length + 8, top, `%, ${metricTitles[metric]}`);
  const keys: { label: string; sign: (x: number, y: number) => Shape[] }[] = [
    {
      label: 'unused core',
      sign: (x, y) => [rect([x, y, swatch, swatch], { fill: background, stroke: grid })],
    },
    {
      label: 'P: tile of the processors',
      sign: (x, y) => [rect([x + 1, y + 1, swatch - 2, swatch - 2], { stroke: foreground, strokeWidth: 2 })],
    },
    ...(selected === null
      ? []
      : [
          {
            label: 'selected core',
            sign: (x: number, y: number) => [selectedOutline([x + 1.5, y + 1.5, swatch - 3], palette)],
          },
        ]),
    ...(lit === null
      ? []
      : [
          {
            label: lit,
            sign: (x: number, y: number) => litOutline([x - 2, y - 2, swatch + 4], background, palette),
          },
        ]),
  ];
  let [x, y] = [1, top + lineHeight + 4];
  const signs = keys.flatMap(({ label, sign }) => {
    const needed = swatch + 6 + textWidth(label, 11) + 16;
    if (x > 1 && x + needed > width) [x, y] = [1, y + lineHeight];
    const shapes = [...sign(x, y), words(x + swatch + 6, y, label)];
    x += needed;
    return shapes;
  });
  return { shapes: [...scale, title, ...signs], bottom: y + lineHeight };
}
