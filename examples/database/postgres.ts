/**
 * Point queries against PostgreSQL, one by one and in batches:
 *
 * ```sh
 * deno run -A examples/database/postgres.ts
 * ```
 *
 * It starts a server of its own, which Debian's package `postgresql` brings, and
 * removes it at the end. An argument is the number of requests of a round.
 *
 * @module
 */

import postgres from "postgres";
import { compare, tableOf, type User, USERS } from "./comparison.ts";
import { PostgresServer } from "./postgres_server.ts";
import { type Database, inBatches, oneByOne } from "./ways.ts";

async function main(requests: number): Promise<void> {
  await using server = await PostgresServer.start();
  const connections = 4;
  const sql = postgres({
    host: server.host,
    username: "postgres",
    max: connections,
  });
  const database: Database = {
    connections,
    one: (id) => sql<User[]>`select id, name from users where id = ${id}`,
    several: (ids) =>
      sql<User[]>`select id, name from users where id = any(${ids})`,
  };
  try {
    await sql`create table users (id int primary key, name text not null)`;
    await sql`insert into users
      select id, 'user ' || id from generate_series(1, ${USERS}::int) id`;
    await sql`analyze users`;
    const ways = [oneByOne(database), inBatches(database)];
    console.log(tableOf(await compare(ways, requests)));
  } finally {
    await sql.end();
  }
}

if (import.meta.main) await main(Number(Deno.args[0] ?? 10_000));
