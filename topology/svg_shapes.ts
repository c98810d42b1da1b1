/**
 * Boxes of a picture that know their size before they are drawn, and the
 * elements of SVG that they are made of.
 *
 * @module
 */

/** Something of a known size that can be drawn anywhere; sizes are in pixels. */
export interface Shape {
  readonly width: number;
  readonly height: number;
  /** The SVG elements, with the upper left corner at a point. */
  draw(x: number, y: number): string[];
}

/** Width to height of a picture that is good to look at. */
const RATIO = 1.6;

/** The room between boxes, and between a box and what is in it. */
const GAP = 6;

/** The height of a line of text. */
const LINE = 16;

/** The width of a letter by the class of its text: wide enough for any font that a browser may take. */
const LETTERS: Readonly<Record<string, number>> = {
  fact: 7.4,
  heading: 10,
  note: 7,
  title: 8.4,
};

/** An element. Numbers are rounded; attributes that are undefined are left out. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>>,
  content = "",
): string {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${escaped(String(value))}"`).join("");
  return content === ""
    ? `<${name}${written}/>`
    : `<${name}${written}>${content}</${name}>`;
}

/** Text that stands for itself within an element or an attribute. */
export function escaped(text: string): string {
  return text.replace(
    /[&<>"]/g,
    (sign) => `&#${sign.charCodeAt(0)};`,
  );
}

/** A line of text of the given class. */
export function textLine(
  text: string,
  className: "fact" | "heading" | "note" | "title",
): Shape {
  return {
    width: Math.ceil(text.length * LETTERS[className]!),
    height: LINE,
    draw: (x, y) => [
      element(
        "text",
        { class: className, x, y: y + LINE - 4, "xml:space": "preserve" },
        escaped(text),
      ),
    ],
  };
}

/** Shapes below each other. */
export function stacked(shapes: readonly Shape[]): Shape {
  return rows(shapes.map((shape) => [shape]), GAP);
}

/** Lines of text below each other. */
export function textLines(
  lines: readonly string[],
  className: "fact" | "note",
): Shape {
  return rows(lines.map((line) => [textLine(line, className)]), 0);
}

/** Shapes beside each other, in rows of that length that makes the whole good to look at. */
export function arranged(shapes: readonly Shape[]): Shape {
  const area = shapes.reduce((sum, each) => sum + each.width * each.height, 0);
  let best = rows([shapes], GAP);
  let least = oddness(best, area);
  let width = -GAP;
  for (const shape of shapes.slice(0, -1)) {
    width += shape.width + GAP;
    const candidate = rows(wrapped(shapes, width), GAP);
    const odd = oddness(candidate, area);
    if (odd >= least) continue;
    best = candidate;
    least = odd;
  }
  return best;
}

/** A box around a shape, with a title above it if there is one. */
export function framed(
  inner: Shape,
  options: { readonly className: string; readonly title: string },
): Shape {
  const { className, title } = options;
  const heading = title === "" ? undefined : textLine(title, "title");
  const top = GAP + (heading?.height ?? 0);
  const width = Math.max(inner.width, heading?.width ?? 0) + 2 * GAP;
  const height = top + inner.height + GAP;
  return {
    width,
    height,
    draw: (x, y) => [
      element("rect", { class: className, x, y, width, height, rx: 5 }),
      ...heading?.draw(x + GAP, y + GAP / 2) ?? [],
      ...inner.draw(x + GAP, y + top),
    ],
  };
}

/** How far a shape is from good to look at: too wide, too high, or with much of it empty. */
function oddness({ width, height }: Shape, area: number): number {
  const shape = Math.abs(Math.log(width / Math.max(1, height) / RATIO));
  return shape + 2 * (1 - area / Math.max(1, width * height));
}

/** Shapes in rows, none of them longer than a width if that can be. */
function wrapped(shapes: readonly Shape[], width: number): Shape[][] {
  const grid: Shape[][] = [];
  let left = 0;
  for (const shape of shapes) {
    const row = grid.at(-1);
    if (row === undefined || shape.width > left) {
      grid.push([shape]);
      left = width - shape.width - GAP;
    } else {
      row.push(shape);
      left -= shape.width + GAP;
    }
  }
  return grid;
}

function rows(grid: readonly (readonly Shape[])[], gap: number): Shape {
  const lines = grid.filter((row) => row.length > 0);
  const heights = lines.map((row) =>
    Math.max(...row.map((each) => each.height))
  );
  const widths = lines.map((row) =>
    row.reduce((sum, each) => sum + each.width + GAP, -GAP)
  );
  return {
    width: Math.max(0, ...widths),
    height: heights.reduce((sum, height) => sum + height + gap, -gap),
    draw(x, y) {
      const drawn: string[] = [];
      let top = y;
      for (const [index, row] of lines.entries()) {
        let left = x;
        for (const shape of row) {
          drawn.push(...shape.draw(left, top));
          left += shape.width + GAP;
        }
        top += heights[index]! + gap;
      }
      return drawn;
    },
  };
}
