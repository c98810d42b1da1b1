/**
 * A page that shows a picture, and who drew which rows of it.
 *
 * @module
 */

/** What is on the page. */
export interface PageParts {
  /** Where the picture is, from the page. */
  readonly source: string;
  /** How wide it is, in pixels. */
  readonly width: number;
  /** Which processor drew each row. */
  readonly rows: Uint8Array;
}

/** How wide a strip of rows is, in pixels. */
const STRIP = 24;

/** Neighbouring rows that one processor drew. */
interface Run {
  readonly processor: number;
  readonly from: number;
  to: number;
}

/** The page, as HTML. */
export function picturePage({ source, width, rows }: PageParts): string {
  const height = rows.length;
  const processors = [...new Set(rows)].sort((a, b) => a - b);
  const colours = new Map(
    processors.map((processor, k) => [processor, colourOf(k)]),
  );
  const bars = runsOf(rows).map(({ processor, from, to }) =>
    `<rect y="${from}" width="${STRIP}" height="${to - from}" fill="${
      colours.get(processor)
    }"><title>rows ${from} to ${to - 1}, processor ${processor}</title></rect>`
  );
  const legend = processors.map((processor) => {
    const count = rows.filter((each) => each === processor).length;
    return `<li><span style="background: ${
      colours.get(processor)
    }"></span>processor ${processor}: ${count} of ${height} rows</li>`;
  });
  return `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>A Julia set, drawn in parallel</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: ${
    width + 2 * STRIP
  }px; padding: 0 1rem; }
  figure { margin: 0; display: flex; gap: ${STRIP / 3}px; }
  img, svg { display: block; }
  pre { overflow-x: auto; padding: 1rem; background: #8882; }
  ul { list-style: none; padding: 0; }
  li span { display: inline-block; width: 1em; height: 1em; margin-right: 0.5em; vertical-align: -0.1em; }
</style>
<h1>A Julia set, drawn in parallel</h1>
<figure>
  <img src="${
    inAttribute(source)
  }" width="${width}" height="${height}" alt="A Julia set in the colours of the rainbow">
  <svg width="${STRIP}" height="${height}" role="img" aria-label="Which processor drew which rows">
${bars.map((bar) => `    ${bar}`).join("\n")}
  </svg>
</figure>
<p>The strip says which processor drew which rows. Each thread takes rows for about a
quarter of a millisecond, draws them where they lie in shared memory, and takes more.</p>
<ul>
${legend.map((item) => `  ${item}`).join("\n")}
</ul>
<pre>par(pixels).chunks(3 * width).enumerate()
  .forEach(closure({ height }, drawRow));</pre>
</html>
`;
}

function runsOf(rows: Uint8Array): Run[] {
  const runs: Run[] = [];
  rows.forEach((processor, y) => {
    const last = runs.at(-1);
    if (last?.processor === processor) last.to = y + 1;
    else runs.push({ processor, from: y, to: y + 1 });
  });
  return runs;
}

/** Colours that are far from each other, however many there are. */
function colourOf(k: number): string {
  return `hsl(${(210 + 137.5 * k) % 360} 70% 50%)`;
}

function inAttribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
}
