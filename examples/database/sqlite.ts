/**
 * Point queries against SQLite in this process, one by one and in batches:
 *
 * ```sh
 * deno run -A examples/database/sqlite.ts
 * ```
 *
 * An argument is the number of requests of a round.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { compare, tableOf, type User, USERS } from "./comparison.ts";
import { type Database, inBatches, oneByOne } from "./ways.ts";

async function main(requests: number): Promise<void> {
  using sqlite = new DatabaseSync(":memory:");
  sqlite.exec(`
    create table users (id integer primary key, name text not null);
    with recursive ids (id) as (
      select 1 union all select id + 1 from ids where id < ${USERS}
    )
    insert into users select id, 'user ' || id from ids;
  `);
  const one = sqlite.prepare("select id, name from users where id = ?");
  const several = sqlite.prepare(
    "select id, name from users where id in (select value from json_each(?))",
  );
  const database: Database = {
    connections: Infinity, // a statement is over when it has been called
    one: (id) => one.all(id) as unknown as User[],
    several: (ids) => several.all(JSON.stringify(ids)) as unknown as User[],
  };
  const ways = [oneByOne(database), inBatches(database)];
  console.log(tableOf(await compare(ways, requests)));
}

if (import.meta.main) await main(Number(Deno.args[0] ?? 100_000));
