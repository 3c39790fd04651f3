/** Pictures made of shapes: on the page, as an SVG file, as a PNG. */
import type { RefObject } from 'preact';
import { createElement } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { framed, svgAttributes, toSvg, type Picture, type Shape } from '../model/picture.ts';
import { readPalette, themeFamily } from './theme.ts';
import { picturePng } from './png.ts';

export function Shapes({ shapes }: { readonly shapes: readonly Shape[] }) {
  return (
    <>
      {shapes.map((shape, index) =>
        createElement(
          shape.kind,
          { key: index, ...svgAttributes(shape) },
          shape.kind === 'text' ? shape.text : null,
        ),
      )}
    </>
  );
}

/** A picture that only shows; the table behind it has its numbers. */
export function Drawing({ picture, label }: { readonly picture: Picture; readonly label: string }) {
  const { width, height, shapes } = picture;
  return (
    <svg
      class="drawing"
      role="img"
      aria-label={label}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
    >
      <Shapes shapes={shapes} />
    </svg>
  );
}

/** The exports of a picture, with title and caption in it. */
export function pictureExports(picture: () => Picture, title: string, caption: string) {
  const whole = (): Picture => framed(picture(), title, caption, readPalette());
  return {
    svg: () => toSvg(whole(), title, themeFamily()),
    png: () => picturePng(whole()),
  };
}

/** Width of an element in CSS pixels, as it changes; at least 240. */
export function useWidth(): { readonly box: RefObject<HTMLDivElement>; readonly width: number } {
  const box = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(720);
  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const measure = () => {
      setWidth(Math.max(240, element.clientWidth));
    };
    measure();
    const resized = new ResizeObserver(measure);
    resized.observe(element);
    return () => {
      resized.disconnect();
    };
  }, []);
  return { box, width };
}
