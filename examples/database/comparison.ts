/**
 * Requests for users, with one statement for each and with batches: how many of
 * either there are in a second.
 *
 * @module
 */

/** A row of the table. */
export interface User {
  readonly id: number;
  readonly name: string;
}

/** How many users the table has. */
export const USERS = 10_000;

/** Finds a user in one way. */
export interface Way {
  readonly name: string;
  readonly find: (id: number) => PromiseLike<User | undefined>;
  /** How many statements have run so far. */
  readonly statements: () => number;
}

/** What came of one way with so many clients. */
export interface Figure {
  readonly clients: number;
  readonly name: string;
  readonly requestsPerSecond: number;
  readonly statementsPerSecond: number;
}

/** How many clients ask at once, each for one user after the other. */
const CLIENTS: readonly number[] = [1, 16, 256];
/** How many rounds there are for each way; the median one counts. */
const ROUNDS = 5;

/**
 * Measures all ways in turns, so that what else the machine does disturbs them
 * alike.
 *
 * @param requests How many a round has.
 * @throws {Error} If a way finds the wrong user.
 */
export async function compare(
  ways: readonly Way[],
  requests: number,
): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const clients of CLIENTS) {
    const found = ways.map((): Figure[] => []);
    for (let round = 0; round < ROUNDS; round++) {
      for (const [k, way] of ways.entries()) {
        found[k]!.push(await measure(way, clients, requests));
      }
    }
    figures.push(...found.map(medianOf));
  }
  return figures;
}

/** The figures as a table. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = [
    ["clients", "", "requests/s", "statements/s", "requests per statement"],
    ...figures.map((figure) => [
      String(figure.clients),
      figure.name,
      figure.requestsPerSecond.toFixed(0),
      figure.statementsPerSecond.toFixed(0),
      (figure.requestsPerSecond / figure.statementsPerSecond).toFixed(1),
    ]),
  ];
  const widths = rows[0]!.map((_, column) =>
    Math.max(...rows.map((row) => row[column]!.length))
  );
  return rows.map((row) =>
    row.map((cell, column) => cell.padStart(widths[column]!)).join("  ")
  ).join("\n");
}

async function measure(
  { name, find, statements }: Way,
  clients: number,
  requests: number,
): Promise<Figure> {
  let next = 0;
  async function client(): Promise<void> {
    while (next < requests) {
      // A prime, so that neighbours in time are none in the table.
      const id = 1 + (next++ * 7919) % USERS;
      const user = await find(id);
      if (user?.id !== id || user.name !== `user ${id}`) {
        throw new Error(`Found ${JSON.stringify(user)} for user ${id}`);
      }
    }
  }
  const before = statements();
  const start = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - start) / 1000;
  return {
    clients,
    name,
    requestsPerSecond: requests / seconds,
    statementsPerSecond: (statements() - before) / seconds,
  };
}

function medianOf(figures: readonly Figure[]): Figure {
  const sorted = figures.toSorted((a, b) =>
    a.requestsPerSecond - b.requestsPerSecond
  );
  return sorted[sorted.length >> 1]!;
}
