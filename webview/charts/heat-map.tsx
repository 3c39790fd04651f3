/**
 * A matrix as colours on a canvas, with a cursor on a second one above it: moving the cursor draws nothing but the
 * cursor, at most once a frame.
 */
import { useComputed, useSignal, useSignalEffect, type ReadonlySignal } from '@preact/signals';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import { moveOnHeat, type Heat, type HeatPlace } from '../model/heat.ts';
import { heatFrame, heatPixels, type HeatFrame } from '../model/heat-picture.ts';
import type { Palette } from '../model/picture.ts';
import { useWidth } from './drawing.tsx';
import { paint } from './png.ts';
import { usePalette } from './theme.ts';

interface HeatMapProps {
  readonly heat: Heat;
  /** What a screen reader says of the picture. */
  readonly label: string;
  readonly cursor: ReadonlySignal<HeatPlace>;
  readonly onMove: (place: HeatPlace) => void;
  /** In words, what is at a place. */
  readonly readOut: (place: HeatPlace) => string;
}

/** One tab stop; arrow keys, Page keys, Home and End move the cursor, a click does, too. */
export function HeatMap({ heat, label, cursor, onMove, readOut }: HeatMapProps) {
  const { box, width } = useWidth();
  const palette = usePalette();
  const frame = useMemo(() => heatFrame(heat, width, palette), [heat, width, palette]);
  const cells = useRef<HTMLCanvasElement>(null);
  const pointed = useSignal<HeatPlace | null>(null);
  // What the words are about changes with the matrix, without a signal of its own.
  const words = useSignal(readOut);
  words.value = readOut;
  const text = useComputed(() => words.value(pointed.value ?? cursor.value));

  useLayoutEffect(() => {
    if (cells.current) drawCells(cells.current, heat, frame, palette);
  }, [heat, frame, palette]);

  const placeOf = (event: MouseEvent): HeatPlace | null => placeAt(heat, frame, event.offsetX, event.offsetY);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey) return;
    const to = moveOnHeat(cursor.value, heat, event.key, event.ctrlKey || event.metaKey);
    if (to === undefined) return;
    event.preventDefault();
    pointed.value = null;
    onMove(to);
  };
  return (
    <div class="heat" ref={box}>
      <div
        class="heat-map"
        role="application"
        aria-roledescription="heat map"
        aria-label={label}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerMove={(event) => {
          pointed.value = placeOf(event);
        }}
        onPointerLeave={() => {
          pointed.value = null;
        }}
        onPointerDown={(event) => {
          const place = placeOf(event);
          if (place) onMove(place);
        }}
      >
        <canvas ref={cells} />
        <Cursor heat={heat} frame={frame} palette={palette} cursor={cursor} pointed={pointed} />
      </div>
      <p class="read-out" aria-live="polite">
        {text}
      </p>
    </div>
  );
}

interface CursorProps {
  readonly heat: Heat;
  readonly frame: HeatFrame;
  readonly palette: Palette;
  readonly cursor: ReadonlySignal<HeatPlace>;
  readonly pointed: ReadonlySignal<HeatPlace | null>;
}

function Cursor({ heat, frame, palette, cursor, pointed }: CursorProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const drawn = useRef(0);
  const draw = (place: HeatPlace, under: HeatPlace | null) => {
    cancelAnimationFrame(drawn.current);
    drawn.current = requestAnimationFrame(() => {
      if (canvas.current) drawCursor(canvas.current, { heat, frame, palette }, place, under);
    });
  };
  useLayoutEffect(() => {
    if (canvas.current) fit(canvas.current, frame);
    draw(cursor.peek(), pointed.peek());
  }, [heat, frame, palette]);
  useSignalEffect(() => {
    // Read here already, so that a change of either draws.
    draw(cursor.value, pointed.value);
  });
  return <canvas class="heat-cursor" ref={canvas} />;
}

/** As many pixels as the screen has there. @returns ready to be drawn on in CSS pixels */
function fit(canvas: HTMLCanvasElement, { width, height }: HeatFrame): CanvasRenderingContext2D {
  const density = devicePixelRatio;
  canvas.width = Math.round(width * density);
  canvas.height = Math.round(height * density);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = contextOf(canvas);
  context.setTransform(density, 0, 0, density, 0, 0);
  return context;
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('The browser gives no canvas to draw on.');
  return context;
}

function drawCells(canvas: HTMLCanvasElement, heat: Heat, frame: HeatFrame, palette: Palette): void {
  const context = fit(canvas, frame);
  const [left, top, width, height] = frame.plot;
  const density = devicePixelRatio;
  const { rows, columns, pixels } = heatPixels(heat, width * density, height * density, palette);
  const image = document.createElement('canvas');
  [image.width, image.height] = [columns, rows];
  contextOf(image).putImageData(new ImageData(pixels, columns, rows), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(image, left, top, width, height);
  for (const shape of frame.shapes) paint(context, shape);
}

function placeAt({ steps, neurons }: Heat, { plot }: HeatFrame, x: number, y: number): HeatPlace | null {
  const [left, top, width, height] = plot;
  const step = Math.floor(((x - left) / width) * steps);
  const neuron = Math.floor(((y - top) / height) * neurons);
  return step >= 0 && step < steps && neuron >= 0 && neuron < neurons ? { neuron, step } : null;
}

/** A cross over the whole map, around the cell: seen on every colour, because it is drawn in two. */
function drawCursor(
  canvas: HTMLCanvasElement,
  { heat, frame, palette }: Pick<CursorProps, 'heat' | 'frame' | 'palette'>,
  cursor: HeatPlace,
  pointed: HeatPlace | null,
): void {
  const context = contextOf(canvas);
  context.clearRect(0, 0, frame.width, frame.height);
  const [left, top, width, height] = frame.plot;
  const [cellWidth, cellHeight] = [width / heat.steps, height / heat.neurons];
  const cell = ({ neuron, step }: HeatPlace) =>
    [
      left + step * cellWidth,
      top + neuron * cellHeight,
      Math.max(3, cellWidth),
      Math.max(3, cellHeight),
    ] as const;
  const [x, y, w, h] = cell(cursor);
  const cross = new Path2D(
    `M${x + w / 2} ${top}V${y - 2}M${x + w / 2} ${y + h + 2}V${top + height}` +
      `M${left} ${y + h / 2}H${x - 2}M${x + w + 2} ${y + h / 2}H${left + width}`,
  );
  cross.rect(x - 1, y - 1, w + 2, h + 2);
  for (const [colour, thick] of [
    [palette.background, 3],
    [palette.foreground, 1],
  ] as const) {
    context.strokeStyle = colour;
    context.lineWidth = thick;
    context.stroke(cross);
  }
  if (pointed === null) return;
  context.strokeStyle = palette.orange;
  context.lineWidth = 2;
  const [px, py, pw, ph] = cell(pointed);
  context.strokeRect(px - 1, py - 1, pw + 2, ph + 2);
}
