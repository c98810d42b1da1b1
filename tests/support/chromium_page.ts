/**
 * A page of the browser, for tests.
 *
 * Source: https://chromedevtools.github.io/devtools-protocol/.
 *
 * @module
 */

/** What methods and events of the protocol have. */
export type Fields = Record<string, unknown>;

/** Calls a method of the protocol, for one page. */
type Call = (method: string, params?: Fields) => Promise<Fields>;

/** How long something may take to come true, in ms. */
const PATIENCE = 60_000;

/** How large a page is to be seen, in pixels. */
export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
}

/** A page of the browser. */
export class Page {
  /** What was wrong so far: errors in its console, exceptions, requests that failed. */
  readonly faults: string[] = [];
  readonly #call: Call;

  /** Made by `Chromium.open()`. */
  constructor(call: Call) {
    this.#call = call;
  }

  /** Begins to listen, and has the size that is wanted. */
  async prepare(
    { width = 1280, height = 900 }: PageOptions,
  ): Promise<void> {
    for (const domain of ["Page", "Runtime", "Log"]) {
      await this.#call(`${domain}.enable`);
    }
    await this.#call("Emulation.setScrollbarsHidden", { hidden: true });
    await this.#call("Emulation.setDeviceMetricsOverride", {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
  }

  /** Goes to an address. */
  async goTo(url: string): Promise<void> {
    const { errorText } = await this.#call("Page.navigate", { url });
    if (errorText) throw new Error(`Cannot load ${url}: ${errorText}`);
  }

  /**
   * The value of an expression in the page; a promise is awaited.
   *
   * @throws {Error} If it throws.
   */
  async evaluate<T>(expression: string): Promise<T> {
    const { result, exceptionDetails } = await this.#call("Runtime.evaluate", {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails === undefined) return (result as { value: T }).value;
    throw new Error(`In the page: ${JSON.stringify(exceptionDetails)}`);
  }

  /**
   * Resolves when an expression is true.
   *
   * @throws {Error} If it takes too long.
   */
  async until(expression: string): Promise<void> {
    const start = performance.now();
    while (performance.now() - start < PATIENCE) {
      if (await this.evaluate(`Boolean(${expression})`)) return;
      await new Promise((next) => setTimeout(next, 50));
    }
    throw new Error(
      [`Never came true: ${expression}`, ...this.faults].join("\n"),
    );
  }

  /** Moves the mouse to a point of what is seen. */
  async moveMouse(x: number, y: number): Promise<void> {
    await this.#call("Input.dispatchMouseEvent", { type: "mouseMoved", x, y });
  }

  /** Sets what the person likes who looks at the page. */
  async setColours(colours: "light" | "dark"): Promise<void> {
    await this.#call("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: colours }],
    });
  }

  /** A picture of what is seen, as PNG. */
  async picture(): Promise<Uint8Array<ArrayBuffer>> {
    const { data } = await this.#call("Page.captureScreenshot");
    return Uint8Array.fromBase64(String(data));
  }

  /** An event of the page. */
  notice(method: string, params: Fields): void {
    if (method === "Runtime.exceptionThrown") {
      this.faults.push(JSON.stringify(params.exceptionDetails));
    } else if (method === "Runtime.consoleAPICalled") {
      if (params.type === "error" || params.type === "assert") {
        this.faults.push(JSON.stringify(params.args));
      }
    } else if (method === "Log.entryAdded") {
      const { level, text, url } = params.entry as Record<string, string>;
      if (level === "error") this.faults.push(`${text} ${url ?? ""}`);
    }
  }
}
