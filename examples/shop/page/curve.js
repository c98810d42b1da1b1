/**
 * A curve of what was, in a box of 120 x 36.
 *
 * @module
 */

const [WIDTH, HEIGHT] = [120, 36];
/** A curve that is lower than this looks as low as it is. */
const LEAST = 20;

/** The paths of a curve and of what is below it. */
export function curveOf(values) {
  const top = Math.max(LEAST, ...values);
  const points = values.map((value, k) => {
    const x = WIDTH * k / (values.length - 1);
    const y = HEIGHT - 1 - (HEIGHT - 3) * value / top;
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  });
  const line = `M${points.join("L")}`;
  return { line, area: `${line}L${WIDTH} ${HEIGHT}L0 ${HEIGHT}Z` };
}
