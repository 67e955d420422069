export { type Agreement, agreement, type StepLabels } from './agreement.ts';
export { assignClusters, type ClusterAssignment } from './assign-clusters.ts';
export { buildNetwork, buildRun, loopConfig, recipeOfEpoch } from './build-run.ts';
export {
  type CentroidStartConfig,
  type CentroidStartOptions,
  type CentroidStartResult,
  startCentroids,
} from './centroid-start.ts';
export {
  type Checkpoint,
  type CheckpointDescription,
  loadCheckpoint,
  loadTeacher,
  saveCheckpoint,
} from './checkpoint.ts';
export { clipGradients } from './clip-gradients.ts';
export {
  checkTrainConfig,
  type TrainConfig,
  type TrainConfigOverrides,
  trainConfigSchema,
} from './config.ts';
export { createEmbeddingQueue, type EmbeddingQueue } from './embedding-queue.ts';
export {
  CheckpointError,
  ConfigError,
  EmptyClustersError,
  LossShapeError,
  NonFiniteError,
  TooFewSamplesError,
} from './errors.ts';
export { clusterLoss } from './loss.ts';
export { type MatchTable, matchedPairs, matchTable } from './match-table.ts';
export { createNetwork, type Network } from './network.ts';
export { createOptimiser, type Optimiser, type OptimiserConfig } from './optimisers.ts';
export { type PresetName, presetNames, trainConfig } from './presets.ts';
export { createProgressBar, type ProgressBar } from './progress-bar.ts';
export { createRunLog, type LogLine, type RunLog } from './run-log.ts';
export {
  groupSettings,
  halfCosine,
  type ParameterSettings,
  type ScheduleConfig,
  type StepSettings,
  stepSettings,
} from './schedules.ts';
export { clusterMeans, type KMeansOptions, type KMeansResult, sphericalKMeans } from './spherical-k-means.ts';
export { type StepFigures, stepFigures } from './step-figures.ts';
export { copyVariables, updateTeacher } from './teacher-update.ts';
export {
  type EpochRecord,
  type LoopConfig,
  startRun,
  type TrainingRun,
  type TrainOptions,
  train,
} from './train.ts';
export { type TrainImagesOptions, type TrainImagesResult, trainImages } from './train-images.ts';
export {
  type StepOptions,
  type StepQuantities,
  type StepRecord,
  type StepState,
  trainStep,
} from './train-step.ts';
