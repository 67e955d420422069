export { NonFiniteError, ShapeError } from '@excb/tensor';
export type {
  Assigner,
  AssignerContext,
  AssignerOptions,
  AssignerState,
  Assignment,
  BalancerOptions,
} from './assigner.ts';
export { type BalancedSimilarities, balanceSimilarities } from './balance-similarities.ts';
export type { ClusterHealth, HealthVerdict } from './cluster-health.ts';
export { type ClusterWeights, clusterWeights } from './cluster-weights.ts';
export {
  type AssignerName,
  assignerNames,
  createAssigner,
  type OptionsByAssigner,
} from './create-assigner.ts';
export { createBalancer } from './create-balancer.ts';
export { type Centering, type CenteringOptions, createCentering } from './create-centering.ts';
export { createMira, type MiraOptions } from './create-mira.ts';
export { createSinkhorn, type SinkhornOptions } from './create-sinkhorn.ts';
export { createUnbalanced } from './create-unbalanced.ts';
export { DisposedError } from './disposed-error.ts';
export type { Balancer, SizeExtremes } from './make-balancer.ts';
export { autoMomentum, effectiveSamples } from './momentum.ts';
export { OptionError } from './option-error.ts';
export { StateError } from './state-error.ts';
export { updatedSizes } from './update-sizes.ts';
