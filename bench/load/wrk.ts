/**
 * The load generator wrk, a package of Debian.
 *
 * @module
 */

/** What one run of wrk found. */
export interface WrkFigures {
  /** Requests that were answered. */
  readonly requests: number;
  readonly requestsPerSecond: number;
  /** Latency in milliseconds: half of the requests, and 99 of 100, took less. */
  readonly p50: number;
  readonly p99: number;
}

/** What is asked of it. */
export interface WrkOptions {
  readonly connections: number;
  /** Its threads. */
  readonly threads: number;
  /** For how long, in whole seconds. */
  readonly seconds: number;
}

/**
 * Asks a server of this machine for its `/` all the time.
 *
 * @throws {Error} If wrk is not there, a connection failed, or an answer was none of success.
 */
export async function runWrk(
  port: number,
  { connections, threads, seconds }: WrkOptions,
): Promise<WrkFigures> {
  const { success, stdout, stderr } = await new Deno.Command("wrk", {
    args: [
      `-t${threads}`,
      `-c${connections}`,
      `-d${seconds}s`,
      "--latency",
      `http://127.0.0.1:${port}/`,
    ],
  }).output();
  const decoder = new TextDecoder();
  const said = decoder.decode(stdout);
  if (!success) throw new Error(`wrk failed: ${decoder.decode(stderr)}`);
  return parseWrk(said);
}

/**
 * Reads what wrk prints.
 *
 * @throws {Error} If it tells of errors or of no answer, or is not what wrk prints.
 */
export function parseWrk(said: string): WrkFigures {
  const [errors] = /Socket errors.*|Non-2xx or 3xx responses.*/.exec(said) ??
    [];
  if (errors !== undefined) throw new Error(`wrk saw errors: ${errors}`);
  const requests = Number(read(said, /(\d+) requests in /)[1]);
  if (requests === 0) throw new Error("wrk got no answer at all");
  return {
    requests,
    requestsPerSecond: Number(read(said, /Requests\/sec:\s+([\d.]+)/)[1]),
    p50: milliseconds(read(said, /50%\s+([\d.]+)(us|ms|s|m)\n/)),
    p99: milliseconds(read(said, /99%\s+([\d.]+)(us|ms|s|m)\n/)),
  };
}

function read(said: string, what: RegExp): RegExpExecArray {
  const found = what.exec(said);
  if (found === null) {
    throw new Error(
      `Cannot read what wrk printed, as ${what} is not in ${said}`,
    );
  }
  return found;
}

const UNITS: Readonly<Record<string, number>> = {
  us: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
};

function milliseconds([, number, unit]: RegExpExecArray): number {
  return Number(number) * UNITS[unit!]!;
}
