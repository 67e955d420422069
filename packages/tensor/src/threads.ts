export { ThreadError } from './thread-error.ts';
export { createThreadedHost, type ThreadedHost, type ThreadedHostOptions } from './threaded-host.ts';
