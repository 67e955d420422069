/** The optimiser's parameter groups (method.md §5). */
export type ParameterGroup = 'backbone' | 'backbone_noreg' | 'projector' | 'projector_noreg' | 'centroids';

/**
 * Which group a trainable parameter belongs to. Biases and one-dimensional parameters have no weight decay
 * (`noreg`).
 *
 * @param name with its prefix: `backbone.…` or `classifier.…`
 */
export function parameterGroup(name: string, shape: readonly number[]): ParameterGroup {
  if (name.startsWith('classifier.centroid_layer.')) return 'centroids';
  const plain = name.endsWith('.bias') || shape.length <= 1;
  if (name.startsWith('classifier.')) return plain ? 'projector_noreg' : 'projector';
  return plain ? 'backbone_noreg' : 'backbone';
}
