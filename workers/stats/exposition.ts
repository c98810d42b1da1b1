/**
 * Metric families as OpenMetrics text.
 *
 * Source: OpenMetrics 1.0, "Text format" (the Cloud Native Computing Foundation).
 *
 * @module
 */

import type { HistogramValue, Metric, MetricFamily } from "./metric_family.ts";

const NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Those that begin with an underscore are reserved. */
const LABEL = /^[a-zA-Z][a-zA-Z0-9_]*$/;
/** What the text adds to names: a family that ended with one could be taken for another. */
const SUFFIX = /_(total|created|count|sum|bucket|gcount|gsum|info)$/;
const ESCAPES: Readonly<Record<string, string>> = {
  "\n": "\\n",
  '"': '\\"',
  "\\": "\\\\",
};
/** From this exponent on, bounds are written with it; and below -4. */
const LONGEST_EXPONENT = 6;

/**
 * The text of families, each once: what several have of the same name comes
 * together.
 *
 * @throws {TypeError} If a name, a label or a value is none, families of the same
 * name differ, or two metrics of a family have the same labels.
 */
export function textOf(families: Iterable<MetricFamily>): string {
  const byName = new Map<string, MetricFamily>();
  for (const family of families) {
    const { name } = family;
    checkFamily(family);
    const known = byName.get(name);
    if (known === undefined) {
      byName.set(name, family);
    } else if (known.type === family.type && known.unit === family.unit) {
      const metrics = [...known.metrics, ...family.metrics];
      byName.set(name, { ...known, metrics });
    } else {
      throw new TypeError(
        `Cannot write metrics as families of one name must have the same type and unit: received ${known.type} and ${family.type} ${name}`,
      );
    }
  }
  const lines: string[] = [];
  for (const family of byName.values()) writeFamily(lines, family);
  lines.push("# EOF\n");
  return lines.join("\n");
}

/** A number as the standard wants it in labels: as Go prints it, and always a float. */
export function canonical(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === 0) return "0.0";
  const [digits, power] = value.toExponential().split("e");
  const exponent = Number(power);
  if (exponent < -4 || exponent >= LONGEST_EXPONENT) {
    const sign = exponent < 0 ? "-" : "+";
    return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

function checkFamily({ name, type, unit }: MetricFamily): void {
  if (typeof name !== "string" || !NAME.test(name) || SUFFIX.test(name)) {
    throw new TypeError(
      `Cannot write metrics as the name of a family must be letters, digits and '_', without a suffix as '_total': received ${
        String(name)
      }`,
    );
  }
  if (type !== "counter" && type !== "gauge" && type !== "histogram") {
    throw new TypeError(
      `Cannot write metric ${name} as its type must be counter, gauge or histogram: received ${
        String(type)
      }`,
    );
  }
  if (unit !== undefined && !name.endsWith(`_${unit}`)) {
    throw new TypeError(
      `Cannot write metric ${name} as its name must end with its unit: received ${unit}`,
    );
  }
}

function writeFamily(lines: string[], family: MetricFamily): void {
  const { name, type, unit, help, metrics } = family;
  lines.push(`# TYPE ${name} ${type}`);
  if (unit !== undefined) lines.push(`# UNIT ${name} ${unit}`);
  lines.push(`# HELP ${name} ${escaped(help)}`);
  const seen = new Set<string>();
  for (const metric of metrics) {
    const labels = labelsOf(name, metric);
    const key = labels.toSorted().join();
    if (seen.has(key)) {
      throw new TypeError(
        `Cannot write metric ${name} as labels must be there once: received ${key} twice`,
      );
    }
    seen.add(key);
    if (type === "histogram") {
      writeHistogram(lines, name, labels, metric.value);
    } else {
      const sample = type === "counter" ? `${name}_total` : name;
      const value = checkedValue(name, metric.value, type === "gauge");
      lines.push(`${sample}${inBraces(labels)} ${value}`);
    }
  }
}

function writeHistogram(
  lines: string[],
  name: string,
  labels: readonly string[],
  value: number | HistogramValue,
): void {
  if (typeof value === "number" || value.buckets.at(-1)?.le !== Infinity) {
    throw new TypeError(
      `Cannot write metric ${name} as the last bucket of a histogram must be up to Infinity: received ${
        typeof value === "number" ? value : value.buckets.at(-1)?.le
      }`,
    );
  }
  let [lastBound, lastCount] = [-Infinity, 0];
  for (const { le, count } of value.buckets) {
    if (!(le > lastBound) || !(count >= lastCount)) {
      throw new TypeError(
        `Cannot write metric ${name} as bounds must grow and counts not shrink: received ${count} up to ${le} after ${lastCount} up to ${lastBound}`,
      );
    }
    [lastBound, lastCount] = [le, count];
    const all = inBraces([...labels, `le="${canonical(le)}"`]);
    lines.push(`${name}_bucket${all} ${checkedValue(name, count, false)}`);
  }
  const all = inBraces(labels);
  lines.push(`${name}_count${all} ${lastCount}`);
  lines.push(`${name}_sum${all} ${checkedValue(name, value.sum, false)}`);
}

/** Only gauges may be negative, infinite, or not a number. */
function checkedValue(name: string, value: unknown, isGauge: boolean): string {
  if (
    typeof value !== "number" || !isGauge && !(value >= 0 && value < Infinity)
  ) {
    throw new TypeError(
      `Cannot write metric ${name} as its values must be numbers${
        isGauge ? "" : " from 0 on"
      }: received ${String(value)}`,
    );
  }
  if (Math.abs(value) === Infinity) return value > 0 ? "+Inf" : "-Inf";
  return String(value);
}

function labelsOf(name: string, { labels = {} }: Metric): string[] {
  const texts: string[] = [];
  for (const [label, value] of Object.entries(labels)) {
    if (value === undefined || value === "") continue;
    if (!LABEL.test(label) || label === "le") {
      throw new TypeError(
        `Cannot write metric ${name} as a label must be letters, digits and '_', from a letter on, and not 'le': received ${label}`,
      );
    }
    texts.push(`${label}="${escaped(String(value))}"`);
  }
  return texts;
}

function inBraces(labels: readonly string[]): string {
  return labels.length === 0 ? "" : `{${labels.join()}}`;
}

function escaped(text: string): string {
  return text.toWellFormed().replace(/[\n"\\]/g, (char) => ESCAPES[char]!);
}
