import { placement } from "../../harness/placement.ts";
import type {
  Area,
  Reading,
  Scenario,
  Subject,
} from "../../harness/scenario.ts";
import type { Unit } from "../../harness/unit.ts";
import { Grinder, turnsIn } from "../layout/grinder.ts";
import type { LoadFigures } from "./served.ts";
import {
  type App,
  BARE,
  CLUSTER,
  KINDRED,
  ONE_THREAD,
  PARALLEL,
  RELAY,
  SERVERS,
} from "./servers.ts";

const CPU = "us of processor";
const RATE = "requests/s";

function readings(label: string, better: Unit["better"]): Unit {
  return { label, better, of: (_, milliseconds) => milliseconds };
}

/** What a scenario shows of what wrk and the server tell: its unit first. */
function figures(
  unit: string,
  { cpu, requestsPerSecond, p50, p99 }: LoadFigures,
): Reading {
  const { [unit]: value = NaN, ...besides } = {
    [CPU]: cpu,
    [RATE]: requestsPerSecond,
    "p50 ms": p50,
    "p99 ms": p99,
  } as Record<string, number>;
  return { value, besides };
}

interface Load {
  readonly app: App;
  readonly unit: string;
  /** By their names, each with as many threads. */
  readonly servers: Readonly<Record<string, number>>;
  /** What is answered. */
  readonly body: string;
  readonly env?: Readonly<Record<string, string>>;
}

function underLoad({ app, unit, servers, body, env = {} }: Load): Subject[] {
  return Object.entries(servers).map(([name, threads]) => ({
    name,
    async setup() {
      const { loaded } = await import("./served.ts");
      const command = SERVERS[name]!(app, threads);
      return await loaded(
        { ...command, env: { ...command.env, ...env } },
        body,
        (found) => figures(unit, found),
      );
    },
  }));
}

const HELLO = {
  app: "hello",
  unit: CPU,
  body: "Hello, world!",
} as const;
const HELLO_NOTE = "hello world, asked by wrk with 64 connections";

function helloOnOneThread(quick: boolean): Scenario {
  const besides = quick ? {} : { "deno serve": 1, [BARE]: 1, [CLUSTER]: 1 };
  return {
    name: "hello/one-thread",
    unit: readings(CPU, "lower"),
    baseline: ONE_THREAD,
    note: `${HELLO_NOTE}; one worker, or one process`,
    subjects: underLoad({
      ...HELLO,
      servers: { [ONE_THREAD]: 1, [KINDRED]: 1, ...besides },
    }),
    bars: [{ subject: KINDRED, against: ONE_THREAD, atMost: 1.05 }],
  };
}

function onAllCores(cores: number): Readonly<Record<string, number>> {
  return {
    [BARE]: cores,
    [KINDRED]: cores,
    [RELAY]: cores,
    [PARALLEL]: cores,
    [CLUSTER]: cores,
  };
}

function helloOnAllCores(cores: number): Scenario {
  return {
    name: "hello/all-cores",
    unit: readings(CPU, "lower"),
    baseline: BARE,
    note: `${HELLO_NOTE}; ${cores} of each`,
    subjects: underLoad({ ...HELLO, servers: onAllCores(cores) }),
    bars: [{ subject: KINDRED, against: BARE, atMost: 1.05 }],
  };
}

/** How long the handler takes that calculates, in microseconds. */
const WORK = 300;

function work(cores: number): Scenario {
  const turns = turnsIn(WORK);
  return {
    name: `${WORK}us/all-cores`,
    unit: readings(RATE, "higher"),
    baseline: ONE_THREAD,
    note: `a handler that calculates for ${WORK} us, asked by wrk with 64 ` +
      `connections; ${cores} of each but one`,
    subjects: underLoad({
      app: "work",
      unit: RATE,
      servers: { [ONE_THREAD]: 1, ...onAllCores(cores) },
      body: `${new Grinder().grind(turns)}`,
      env: { KINDRED_TURNS: String(turns) },
    }),
    bars: cores === 2
      ? [{
        subject: KINDRED,
        against: ONE_THREAD,
        atLeast: 1.75,
        alwaysAtLeast: 1.65,
      }]
      : [],
  };
}

function spreading(cores: number): Scenario {
  return {
    name: "spread",
    unit: readings("% of 64 connections", "lower"),
    baseline: BARE,
    note: `what the busiest one of ${cores} has, when 64 come at once`,
    subjects: Object.keys(onAllCores(cores)).map((name) => ({
      name,
      async setup() {
        const { spreading } = await import("./served.ts");
        return await spreading(SERVERS[name]!("who", cores));
      },
    })),
    bars: cores === 2 ? [{ subject: KINDRED, atMost: 60 }] : [],
  };
}

/** Servers with a thread on each core, beside those that Deno and Node have. */
export const serve: Area = {
  name: "serve",
  summary: "servers under load, and how connections are spread",
  async scenarios(quick): Promise<Scenario[]> {
    const { cores } = await placement();
    const scenarios = [helloOnOneThread(quick)];
    if (cores > 1) {
      scenarios.push(helloOnAllCores(cores), work(cores), spreading(cores));
    }
    return scenarios;
  },
};
