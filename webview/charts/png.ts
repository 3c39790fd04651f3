/** Charts as they are drawn, with what a reader of the picture alone needs: title, legend, caption. */
import type { Picture, Shape } from '../model/picture.ts';
import type { Series } from '../model/series.ts';
import { themeColour, themeFont } from './theme.ts';

/** Pixels of a PNG for one of the page, so that small print stays sharp. */
const density = 2;

/** Paints the shapes: the page's policy lets no image in, so its SVG could not be rasterised. */
export async function picturePng({ width, height, shapes }: Picture): Promise<Uint8Array> {
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(width * density);
  canvas.height = Math.ceil(height * density);
  const context = contextOf(canvas);
  context.scale(density, density);
  for (const shape of shapes) paint(context, shape);
  return encode(canvas);
}

export function paint(context: CanvasRenderingContext2D, shape: Shape): void {
  switch (shape.kind) {
    case 'rect': {
      const { x, y, width, height, fill, stroke, strokeWidth, dash } = shape;
      if (fill !== null) {
        context.fillStyle = fill;
        context.fillRect(x, y, width, height);
      }
      if (stroke === null) return;
      context.setLineDash([...dash]);
      context.strokeStyle = stroke;
      context.lineWidth = strokeWidth;
      context.strokeRect(x, y, width, height);
      return;
    }
    case 'text':
      context.fillStyle = shape.fill;
      context.font = themeFont(shape.size, shape.bold ? '600' : 'normal');
      context.textAlign = shape.anchor === 'middle' ? 'center' : shape.anchor;
      context.fillText(shape.text, shape.x, shape.y);
      return;
    case 'path': {
      const { x, y, d, fill, stroke, strokeWidth, dash } = shape;
      const drawn = new Path2D();
      drawn.addPath(new Path2D(d), { e: x, f: y });
      if (fill !== null) {
        context.fillStyle = fill;
        context.fill(drawn);
      }
      if (stroke === null) return;
      context.setLineDash([...dash]);
      context.strokeStyle = stroke;
      context.lineWidth = strokeWidth;
      context.stroke(drawn);
      return;
    }
    case 'line':
      context.setLineDash([]);
      context.strokeStyle = shape.stroke;
      context.lineWidth = shape.strokeWidth;
      context.beginPath();
      context.moveTo(shape.x1, shape.y1);
      context.lineTo(shape.x2, shape.y2);
      context.stroke();
  }
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('The browser gives no canvas to draw on.');
  return context;
}

async function encode(canvas: HTMLCanvasElement): Promise<Uint8Array> {
  const blob = await new Promise<Blob | null>((resolve) => {
    canvas.toBlob(resolve, 'image/png');
  });
  if (blob === null) throw new Error('The browser made no picture.');
  return new Uint8Array(await blob.arrayBuffer());
}

interface ChartPicture {
  readonly title: string;
  readonly caption: string;
  readonly kind: 'lines' | 'bars';
  readonly series: readonly Series[];
}

const margin = 12;
const line = 20;

export async function chartPng(chart: HTMLCanvasElement, picture: ChartPicture): Promise<Uint8Array> {
  const scale = devicePixelRatio;
  const width = chart.width / scale;
  const canvas = document.createElement('canvas');
  const context = contextOf(canvas);
  context.font = themeFont(12);
  const items = placeLegend(context, picture.series, width);
  const legendLines = (items.at(-1)?.row ?? -1) + 1;
  const chartTop = margin + line + 4;
  const legendTop = chartTop + chart.height / scale + 6;
  canvas.width = (width + 2 * margin) * scale;
  canvas.height = (legendTop + (legendLines + 1) * line + margin) * scale;

  context.scale(scale, scale);
  context.fillStyle = themeColour('background');
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(chart, margin, chartTop, width, chart.height / scale);
  context.textBaseline = 'middle';
  context.fillStyle = themeColour('foreground');
  context.font = themeFont(13, '600');
  context.fillText(picture.title, margin, margin + line / 2);
  context.font = themeFont(12);
  for (const { series, x, row } of items) {
    const y = legendTop + row * line + line / 2;
    drawSwatch(context, series, picture.kind, margin + x, y);
    context.fillStyle = themeColour('foreground');
    context.fillText(series.label, margin + x + swatchWidth + 6, y);
  }
  context.fillStyle = themeColour('muted');
  context.fillText(picture.caption, margin, legendTop + legendLines * line + line / 2, width);

  return encode(canvas);
}

const swatchWidth = 24;

/** From left to right, on as many rows as it takes. */
function placeLegend(context: CanvasRenderingContext2D, list: readonly Series[], width: number) {
  let x = 0;
  let row = 0;
  return list.map((series) => {
    const needed = swatchWidth + 6 + context.measureText(series.label).width + 16;
    if (x > 0 && x + needed > width) {
      x = 0;
      row += 1;
    }
    const item = { series, x, row };
    x += needed;
    return item;
  });
}

function drawSwatch(
  context: CanvasRenderingContext2D,
  series: Series,
  kind: ChartPicture['kind'],
  x: number,
  y: number,
): void {
  const colour = themeColour(series.colour);
  if (kind === 'bars') {
    context.fillStyle = colour;
    context.fillRect(x + 7, y - 5, 10, 10);
    return;
  }
  context.save();
  context.strokeStyle = colour;
  context.lineWidth = series.width + 0.75;
  context.setLineDash([...series.dash]);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + swatchWidth, y);
  context.stroke();
  context.restore();
}
