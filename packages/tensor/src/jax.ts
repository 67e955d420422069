export { type Jax, jaxBackend } from './jax-backend.ts';
