/** The parts of jasmine 5 that the conformance run uses: it brings no types of its own. */
declare module 'jasmine' {
  export interface RunnableResult {
    id: string;
    fullName: string;
    status: string;
    failedExpectations: { message: string; stack: string }[];
    /** Milliseconds. */
    duration: number | null;
  }

  /** A suite or, without children, a spec; in the order of declaration. */
  export interface JasmineTree {
    id: string;
    children?: JasmineTree[];
    getFullName(): string;
  }

  export interface Reporter {
    specStarted?(spec: RunnableResult): void;
    specDone?(spec: RunnableResult): void;
    suiteDone?(suite: RunnableResult): void;
    jasmineDone?(run: Pick<RunnableResult, 'failedExpectations'>): void;
  }

  export default class Jasmine {
    exitOnCompletion: boolean;
    readonly jasmine: { DEFAULT_TIMEOUT_INTERVAL: number };
    readonly env: {
      configure(configuration: {
        random?: boolean;
        seed?: number;
        specFilter?(spec: JasmineTree): boolean;
      }): void;
      topSuite(): JasmineTree;
    };
    clearReporters(): void;
    addReporter(reporter: Reporter): void;
    execute(): Promise<unknown>;
  }
}
