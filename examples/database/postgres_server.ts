/**
 * A PostgreSQL server of one's own: in a temporary folder, on a Unix socket, for
 * as long as the program runs.
 *
 * @module
 */

import { readdirSync } from "node:fs";

/** Where Debian and Ubuntu install it: a folder for each version. */
const DEBIAN = "/usr/lib/postgresql";

/**
 * Runs as the user who has the data, with the folder of the binaries as $1. The
 * server ends, and its folder goes, when the standard input does: also if the
 * program is killed, at any time. Signals are left to the program.
 */
const SCRIPT = `
trap '' INT HUP TERM PIPE
PATH="$1:$PATH"
folder=$(TMPDIR=/tmp mktemp -d --suffix=.postgres) || exit
trap 'kill -QUIT $server 2>/dev/null; wait; rm -rf "$folder"' EXIT
fail() { cat "$folder/log"; exit 1; }
initdb -D "$folder/data" -A trust -U postgres -N >"$folder/log" 2>&1 || fail
postgres -D "$folder/data" -k "$folder" -F -c listen_addresses= \
  </dev/null >>"$folder/log" 2>&1 &
server=$!
until pg_isready -q -h "$folder"; do
  kill -0 $server || fail
  sleep 0.05
done
echo "ready $folder"
cat >/dev/null
`;

/** A server that was started, until it is disposed. */
export class PostgresServer implements AsyncDisposable {
  /** The folder of its socket, which clients take as their host. */
  readonly host: string;
  readonly #shell: Deno.ChildProcess;

  private constructor(host: string, shell: Deno.ChildProcess) {
    this.host = host;
    this.#shell = shell;
  }

  /**
   * The folder of the newest server that Debian has installed; undefined if there
   * is none.
   */
  static installed(): string | undefined {
    try {
      const versions = readdirSync(DEBIAN).map(Number).sort((a, b) => b - a);
      return versions.map((version) => `${DEBIAN}/${version}/bin`)
        .find((folder) => readdirSync(folder).includes("initdb"));
    } catch {
      return undefined;
    }
  }

  /**
   * Starts a server with an empty database. As root it runs as the user postgres,
   * as PostgreSQL refuses root.
   *
   * @param binaries Where its programs are.
   * @throws {Error} If it is not installed, or does not start.
   */
  static async start(
    binaries: string | undefined = PostgresServer.installed(),
  ): Promise<PostgresServer> {
    if (binaries === undefined) {
      throw new Error(
        `Cannot start PostgreSQL as there is none in ${DEBIAN}: apt-get install postgresql`,
      );
    }
    const [command, ...args] = [
      ...(Deno.uid() === 0 ? AS_POSTGRES : []),
      ...["sh", "-c", SCRIPT, "postgres", binaries],
    ];
    const shell = new Deno.Command(command!, {
      args,
      cwd: "/",
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    let said = "";
    for await (
      const text of shell.stdout.pipeThrough(new TextDecoderStream())
    ) {
      said += text;
      const host = /^ready (.*)\n/m.exec(said)?.[1];
      if (host !== undefined) return new PostgresServer(host, shell);
    }
    const { code } = await shell.status;
    throw new Error(`Cannot start PostgreSQL: exit status ${code}\n${said}`);
  }

  /** Ends the server and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#shell.stdin.close();
    await this.#shell.status;
  }
}

/** Changes the user before a command runs. */
const AS_POSTGRES = [
  "setpriv",
  "--reuid=postgres",
  "--regid=postgres",
  "--init-groups",
];
