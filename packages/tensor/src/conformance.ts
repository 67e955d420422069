export { ConformanceError } from './conformance-error.ts';
export { type ConformanceLine, conformanceReport } from './conformance-report.ts';
export { conformanceSuite, type TestRunner } from './conformance-suite.ts';
export type { BackendUnderTest } from './conformance-trials.ts';
