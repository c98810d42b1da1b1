import type { Measured, ScenarioResult } from "./measure.ts";
import type { Summary } from "./statistics.ts";

const COLUMNS = ["subject", "median", "low", "high", "ratio", ""];

/** A scenario's table for a terminal, with an empty line after it. */
export function toTable(area: string, result: ScenarioResult): string {
  const { scenario, measured, notMeasured } = result;
  const { label, better } = scenario.unit;
  const lines = [
    `${area}/${scenario.name}: ${label}, ${better} is better; ratio to ${scenario.baseline}`,
  ];
  if (scenario.note !== undefined) lines.push(`  (${scenario.note})`);
  if (measured.length > 0) {
    const rows = [
      COLUMNS,
      ...measured.map((subject) => cells(subject, better)),
    ];
    const widths = COLUMNS.map((_, i) =>
      Math.max(...rows.map((row) => row[i]!.length))
    );
    for (const row of rows) {
      const aligned = row.map((cell, i) =>
        i === 0 || i === 5 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)
      );
      lines.push(`  ${aligned.join("  ").trimEnd()}`);
    }
  }
  for (const { subject, reason } of notMeasured) {
    lines.push(`  ${subject}: not measured: ${reason}`);
  }
  return lines.join("\n") + "\n\n";
}

/** One line of JSON for each subject that was measured. */
export function toJsonLines(
  area: string,
  { scenario, measured }: ScenarioResult,
): string {
  return measured.map(({ subject, median, low, high, ratio }) =>
    JSON.stringify({
      area,
      scenario: `${area}/${scenario.name}`,
      subject,
      unit: scenario.unit.label,
      median,
      low,
      high,
      ratio: ratio?.median ?? null,
    }) + "\n"
  ).join("");
}

function cells(
  { subject, median, low, high, ratio }: Measured,
  better: "lower" | "higher",
): string[] {
  const numbers = [median, low, high].map(format);
  if (ratio === undefined) return [subject, ...numbers, "-", ""];
  return [subject, ...numbers, format(ratio.median), verdict(ratio, better)];
}

/** In words, unless the rounds do not agree which of the two is better. */
function verdict(
  { median, low, high }: Summary,
  better: "lower" | "higher",
): string {
  if (low <= 1 && high >= 1) return "";
  const isBetter = (median < 1) === (better === "lower");
  return `${format(median < 1 ? 1 / median : median)}x ${
    isBetter ? "better" : "worse"
  }`;
}

/** Three digits that mean something, and groups of three where there are more. */
function format(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const magnitude = Math.abs(value);
  if (magnitude >= 100) return Math.round(value).toLocaleString("en-US");
  if (magnitude >= 10) return value.toFixed(1);
  if (magnitude >= 0.1) return value.toFixed(2);
  return value.toPrecision(2);
}
