export { type Tfjs, tfjsBackend } from './tfjs-backend.ts';
