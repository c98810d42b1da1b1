import { assertEquals, assertThrows } from "@std/assert";
import { readOpenMetrics } from "./open_metrics_text.ts";

const HISTOGRAM = [
  "# TYPE t_seconds histogram",
  "# UNIT t_seconds seconds",
  '# HELP t_seconds A \\"time\\"',
  't_seconds_bucket{le="0.1"} 1',
  't_seconds_bucket{le="1e+06"} 3',
  't_seconds_bucket{le="+Inf"} 3',
  "t_seconds_count 3",
  "t_seconds_sum 2.5",
  "# EOF",
  "",
];

/** The text with a line changed, or left out. */
function changed(at: number, ...lines: string[]): string {
  return HISTOGRAM.toSpliced(at, 1, ...lines).join("\n");
}

Deno.test("readOpenMetrics() reads what the standard allows", () => {
  const { type, unit, samples } = readOpenMetrics(HISTOGRAM.join("\n"))
    .get("t_seconds")!;
  assertEquals([type, unit, samples.length], ["histogram", "seconds", 5]);
  assertEquals(samples[1], {
    name: "t_seconds_bucket",
    labels: { le: "1e+06" },
    value: 3,
  });
  const [sample] = readOpenMetrics(
    '# TYPE g gauge\ng{a="x\\n\\"\\\\",b=""} -1.5e3\n# EOF\n',
  ).get("g")!.samples;
  assertEquals(sample!.labels, { a: 'x\n"\\', b: "" });
  assertEquals(sample!.value, -1500);
  assertEquals(readOpenMetrics("# EOF\n").size, 0);
});

Deno.test("readOpenMetrics() refuses what the standard does not allow", () => {
  const wrong: Record<string, string> = {
    "no end": HISTOGRAM.slice(0, -2).join("\n") + "\n",
    "no type": changed(0),
    "a type that there is not": changed(0, "# TYPE t_seconds histo"),
    "metadata twice": changed(1, HISTOGRAM[0]!),
    "metadata after samples": changed(6, HISTOGRAM[6]!, HISTOGRAM[1]!),
    "a unit that is not in the name": changed(1, "# UNIT t_seconds bytes"),
    "no bucket +Inf": changed(5),
    "no count": changed(6),
    "no sum": changed(7),
    "another count": changed(6, "t_seconds_count 4"),
    "counts that shrink": changed(3, 't_seconds_bucket{le="0.1"} 4'),
    "bounds out of order": changed(4, HISTOGRAM[3]!.replace("0.1", "0.01")),
    "a bound twice": changed(4, HISTOGRAM[3]!),
    "a bound that is no float": changed(3, 't_seconds_bucket{le="1"} 1'),
    "a bound of short exponent": changed(3, 't_seconds_bucket{le="1e-5"} 1'),
    "a negative sum": changed(7, "t_seconds_sum -1"),
    "a sample of another name": changed(7, "t_sum 1"),
    "a label twice": changed(3, 't_seconds_bucket{le="0.1",le="0.1"} 1'),
    "a reserved label": changed(3, 't_seconds_bucket{le="0.1",__a="1"} 1'),
    "an escape that there is not": changed(
      3,
      't_seconds_bucket{le="0.1",a="\\t"} 1',
    ),
    "an empty line": changed(3, "", HISTOGRAM[3]!),
    "a comment": changed(3, "# hello", HISTOGRAM[3]!),
    "two spaces": changed(7, "t_seconds_sum  2.5"),
    "a carriage return": changed(7, "t_seconds_sum 2.5\r"),
    "a total without suffix": "# TYPE c counter\nc 1\n# EOF\n",
    "a negative count": "# TYPE c counter\nc_total -1\n# EOF\n",
    "a family twice":
      "# TYPE c counter\nc_total 1\n# TYPE d gauge\nd 1\n# TYPE c counter\n# EOF\n",
    "a sample twice":
      '# TYPE g gauge\ng{a="1",b="2"} 1\ng{b="2",a="1"} 1\n# EOF\n',
  };
  for (const [what, text] of Object.entries(wrong)) {
    assertThrows(() => readOpenMetrics(text), SyntaxError, "", what);
  }
});
