/** What the conformance run needs to know of a backend; each module of `backends/` registers one and exports this. */
export interface BackendUnderTest {
  /** Its name in tfjs. */
  name: string;
  /** Whether `dataSync` works: specs that need it are left out where not. */
  isDataSync: boolean;
  /** How often each kernel has run on tfjs-cpu instead, since the start of the process. */
  fallbacks(): ReadonlyMap<string, number>;
}
