export type { Assigner, AssignerContext, AssignerState, Assignment, BalancerOptions } from './assigner.ts';
export type { ClusterHealth, HealthVerdict } from './cluster-health.ts';
export { createBalancer } from './create-plain-balancer.ts';
export type { Balancer, SizeExtremes } from './make-balancer.ts';
