/**
 * The file of the shop: its tables, and connections to it.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import { EDITION, PRINTS } from "./prints.ts";

const TABLES = `
  create table if not exists prints (
    id integer primary key,
    title text not null,
    price integer not null,
    edition integer not null,
    "left" integer not null check ("left" >= 0),
    re real not null, im real not null, radius real not null,
    hue real not null, pace real not null
  );
  create table if not exists orders (
    id integer primary key autoincrement,
    print integer not null references prints,
    quantity integer not null,
    customer integer not null
  );
`;

/** Opens the file to write, and makes what is not there. A transaction is on the disk when it is over. */
export function openToWrite(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  database.exec(`pragma journal_mode = wal; pragma synchronous = full;`);
  database.exec(TABLES);
  const { count } = database.prepare("select count(*) as count from prints")
    .get() as { count: number };
  if (count === 0) stock(database);
  return database;
}

/** Opens the file to read: what is written meanwhile disturbs nobody. */
export function openToRead(path: string): DatabaseSync {
  return new DatabaseSync(path, { readOnly: true });
}

function stock(database: DatabaseSync): void {
  const insert = database.prepare(`
    insert into prints (title, price, edition, "left", re, im, radius, hue, pace)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?)
  `);
  for (const { title, price, re, im, radius, hue, pace } of PRINTS) {
    insert.run(title, price, EDITION, EDITION, re, im, radius, hue, pace);
  }
}
