import type { BarResult } from "./bar.ts";
import type { Measured, ScenarioResult } from "./measure.ts";
import type { Summary } from "./statistics.ts";

/** A scenario's table for a terminal, with an empty line after it. */
export function toTable(area: string, result: ScenarioResult): string {
  const { scenario, measured, notMeasured, bestRival, bars } = result;
  const { label, better } = scenario.unit;
  const lines = [
    `${area}/${scenario.name}: ${label}, ${better} is better; ratio to ${scenario.baseline}`,
  ];
  if (scenario.note !== undefined) lines.push(`  (${scenario.note})`);
  if (measured.length > 0) {
    const columns = ["subject", "median", "low", "high", "ratio"];
    if (bestRival !== undefined) columns.push(`to ${bestRival}`);
    const besides = [
      ...new Set(measured.flatMap(({ besides }) => Object.keys(besides))),
    ];
    columns.push(...besides, "");
    const rows = [
      columns,
      ...measured.map((subject) => cells(subject, better, besides)),
    ];
    const widths = columns.map((_, i) =>
      Math.max(...rows.map((row) => row[i]!.length))
    );
    for (const row of rows) {
      const aligned = row.map((cell, i) =>
        i === 0 || i === columns.length - 1
          ? cell.padEnd(widths[i]!)
          : cell.padStart(widths[i]!)
      );
      lines.push(`  ${aligned.join("  ").trimEnd()}`);
    }
  }
  for (const bar of bars) lines.push(`  ${inWords(bar)}`);
  for (const { subject, reason } of notMeasured) {
    lines.push(`  ${subject}: not measured: ${reason}`);
  }
  return lines.join("\n") + "\n\n";
}

/** One line of JSON for each subject that was measured. */
export function toJsonLines(
  area: string,
  { scenario, measured, bestRival }: ScenarioResult,
): string {
  return measured.map((
    { subject, median, low, high, ratio, toBestRival, besides },
  ) =>
    JSON.stringify({
      area,
      scenario: `${area}/${scenario.name}`,
      subject,
      unit: scenario.unit.label,
      median,
      low,
      high,
      ratio: ratio?.median ?? null,
      ...(bestRival === undefined
        ? {}
        : { bestRival, toBestRival: toBestRival?.median ?? null }),
      ...(Object.keys(besides).length === 0 ? {} : { besides }),
    }) + "\n"
  ).join("");
}

function cells(
  { subject, median, low, high, ratio, toBestRival, besides }: Measured,
  better: "lower" | "higher",
  whatBesides: readonly string[],
): string[] {
  return [
    subject,
    ...[median, low, high].map(format),
    ratio === undefined ? "-" : format(ratio.median),
    ...(toBestRival === undefined ? [] : [format(toBestRival.median)]),
    ...whatBesides.map((what) => format(besides[what] ?? NaN)),
    ratio === undefined ? "" : verdict(ratio, better),
  ];
}

/** A bar, and whether it is met. */
function inWords({ bar, against, found, least, isMet }: BarResult): string {
  const { subject, atMost, atLeast, atMostMore, alwaysAtLeast } = bar;
  const sign = atMostMore === undefined ? "/" : "-";
  const what = against === undefined
    ? subject
    : `${subject} ${sign} ${against}`;
  const always = alwaysAtLeast === undefined
    ? ""
    : `, and always ${format(alwaysAtLeast)}: the least is ${format(least)}`;
  const bound = atLeast === undefined
    ? `at most ${format(atMost ?? atMostMore ?? NaN)}`
    : `at least ${format(atLeast)}${always}`;
  const [middle, low, high] = [found.median, found.low, found.high].map(format);
  return `bar ${
    isMet ? "met" : "MISSED"
  }: ${what} is ${middle} (${low} to ${high}), wanted ${bound}`;
}

/** In words, unless the rounds do not agree which of the two is better. */
function verdict(
  { median, low, high }: Summary,
  better: "lower" | "higher",
): string {
  // Zeros have no ratio.
  if (!Number.isFinite(median)) return "";
  if (low <= 1 && high >= 1) return "";
  const isBetter = (median < 1) === (better === "lower");
  return `${format(median < 1 ? 1 / median : median)}x ${
    isBetter ? "better" : "worse"
  }`;
}

/** Three digits that mean something, and groups of three where there are more. */
function format(value: number): string {
  if (Number.isNaN(value)) return "-";
  if (!Number.isFinite(value)) return String(value);
  const magnitude = Math.abs(value);
  if (magnitude >= 100) return Math.round(value).toLocaleString("en-US");
  if (magnitude >= 10) return value.toFixed(1);
  if (magnitude >= 0.1) return value.toFixed(2);
  return value.toPrecision(2);
}
