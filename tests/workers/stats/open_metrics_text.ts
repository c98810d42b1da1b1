/**
 * A strict reader of OpenMetrics 1.0 text: all that the standard says must be so
 * of the types that this library writes.
 *
 * @module
 */

/** A line with a value. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A family as it was read. */
export interface ReadFamily {
  readonly name: string;
  type?: string;
  unit?: string;
  help?: string;
  readonly samples: Sample[];
}

const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = `[a-zA-Z_][a-zA-Z0-9_]*="(?:[^\\n"\\\\]|\\\\[n"\\\\])*"`;
const NUMBER =
  "[+-]?(?:[0-9]+(?:\\.[0-9]*)?(?:e[+-]?[0-9]+)?|[0-9]*\\.[0-9]+(?:e[+-]?[0-9]+)?|inf|infinity)|nan";
const META = new RegExp(`^# (TYPE|UNIT|HELP) (${NAME}) ([^\\n]*)$`);
const SAMPLE = new RegExp(
  `^(${NAME})(?:\\{(${LABEL}(?:,${LABEL})*)?\\})? (${NUMBER})$`,
  "i",
);
const HELP = /^(?:[^\n"\\]|\\[n"\\])*$/;
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ["_total", "_created"],
  gauge: [""],
  histogram: ["_bucket", "_count", "_sum", "_created"],
};
/** Floats as Go prints them. */
const CANONICAL =
  /^(?:\+Inf|(?:0|[1-9][0-9]*)\.[0-9]+|[1-9](?:\.[0-9]+)?e[+-][0-9]{2,})$/;

/**
 * Reads a text.
 *
 * @returns The families, by name.
 * @throws {SyntaxError} If the standard does not allow it.
 */
export function readOpenMetrics(text: string): Map<string, ReadFamily> {
  if (!text.endsWith("\n# EOF\n") && text !== "# EOF\n") fail("end", text);
  const families = new Map<string, ReadFamily>();
  let open: ReadFamily | undefined;
  const begin = (name: string) => {
    if (families.has(name)) fail("a family is interleaved, or twice", name);
    open = { name, samples: [] };
    families.set(name, open);
    return open;
  };
  for (
    const line of text.slice(0, -"# EOF\n".length).split("\n").slice(0, -1)
  ) {
    const [, what, name, rest] = META.exec(line) ?? [];
    if (what !== undefined) {
      const into = open?.name === name ? open! : begin(name!);
      if (into.samples.length > 0) fail("metadata after samples", line);
      const field = what.toLowerCase() as "type" | "unit" | "help";
      if (into[field] !== undefined) fail("metadata is there twice", line);
      into[field] = unescaped(rest!);
      if (what === "HELP" && !HELP.test(rest!)) fail("help", line);
      if (what === "UNIT" && !name!.endsWith(`_${rest}`)) fail("unit", line);
      if (what === "TYPE" && !(rest! in SUFFIXES)) fail("type", line);
      continue;
    }
    const sample = readSample(line);
    const suffixes = SUFFIXES[open?.type ?? ""] ?? fail("no type", line);
    if (!suffixes.some((suffix) => sample.name === open!.name + suffix)) {
      fail("a sample of no family that is open", line);
    }
    open!.samples.push(sample);
  }
  for (const family of families.values()) checkFamily(family);
  return families;
}

function readSample(line: string): Sample {
  const [, name, labels = "", number] = SAMPLE.exec(line) ??
    fail("no sample", line);
  const read: Record<string, string> = {};
  for (const [whole] of labels.matchAll(new RegExp(LABEL, "g"))) {
    const at = whole.indexOf("=");
    const label = whole.slice(0, at);
    if (label in read) fail("a label is there twice", line);
    if (label.startsWith("_")) fail("a reserved label", line);
    read[label] = unescaped(whole.slice(at + 2, -1));
  }
  return { name: name!, labels: read, value: valueOf(number!) };
}

function unescaped(text: string): string {
  return text.replace(/\\(.)/g, (_, char) => char === "n" ? "\n" : char);
}

function valueOf(text: string): number {
  const sign = text.startsWith("-") ? -1 : 1;
  if (/inf/i.test(text)) return sign * Infinity;
  return /nan/i.test(text) ? NaN : Number(text);
}

function checkFamily({ name, type, samples }: ReadFamily): void {
  const seen = new Set<string>();
  for (const sample of samples) {
    const key = keyOf(sample);
    if (seen.has(key)) fail("a sample is there twice", key);
    seen.add(key);
    if (type !== "gauge" && !(sample.value >= 0)) fail("a count", key);
  }
  if (type === "histogram") checkHistograms(name, samples);
}

function checkHistograms(name: string, samples: readonly Sample[]): void {
  let buckets: Sample[] = [];
  let metric: string | undefined;
  let rest: string[] = [];
  const end = () => {
    if (metric === undefined) return;
    if (buckets.at(-1)?.labels.le !== "+Inf") fail("no bucket +Inf", metric);
    if (rest.join() !== "_count,_sum") fail("no count and sum", metric);
  };
  for (const sample of samples) {
    const { le, ...others } = sample.labels;
    const key = keyOf({ ...sample, name, labels: others });
    if (key !== metric) {
      end();
      [metric, buckets, rest] = [key, [], []];
    }
    const last = buckets.at(-1);
    if (sample.name === `${name}_bucket`) {
      if (!CANONICAL.test(le ?? "")) fail("a bound", String(le));
      if (rest.length > 0) fail("buckets after their count", key);
      if (!Number.isInteger(sample.value)) fail("a count", key);
      if (last !== undefined) {
        if (valueOf(le!) <= valueOf(last.labels.le!)) fail("order", key);
        if (sample.value < last.value) fail("not cumulative", key);
      }
      buckets.push(sample);
      continue;
    }
    if (le !== undefined) fail("a bound without a bucket", key);
    rest.push(sample.name.slice(name.length));
    if (sample.name === `${name}_count` && sample.value !== last?.value) {
      fail("the count is not that of +Inf", key);
    }
  }
  end();
}

function keyOf({ name, labels }: Sample): string {
  return name + JSON.stringify(Object.entries(labels).toSorted());
}

function fail(what: string, where: string): never {
  throw new SyntaxError(`${what}: ${where}`);
}
