export { ConformanceError } from './conformance-error.ts';
export { type BackendUnderTest, conformanceSuite, type TestRunner } from './conformance-suite.ts';
