import type { Normalisation, RgbImage } from '@excb/augment';
import { decodeImage, evaluationBatches, type ImageSource } from '@excb/data';
import { contactSheet } from '@excb/eval';
import { assignClusters, type TrainingRun } from '@excb/trainer';

const COLUMNS = 24;

/** A picture with one row a cluster: of the images the run assigns to it, those nearest to its centroid first. */
export async function drawClusters(
  { teacher, assigner }: TrainingRun,
  source: ImageSource,
  normalisation: Normalisation,
): Promise<Uint8Array> {
  const batches = evaluationBatches(source, { batch: 128, normalisation });
  const assigned = await assignClusters(teacher, batches, assigner);
  const rows: Promise<RgbImage[]>[] = Array.from({ length: assigner.clusters }, (_, cluster) =>
    Promise.all(
      assigned
        .filter((image) => image.cluster === cluster)
        .sort((a, b) => b.similarity - a.similarity)
        .slice(0, COLUMNS)
        .map(({ index }) => decodeImage(source.reference(index))),
    ),
  );
  return contactSheet({ rows: await Promise.all(rows), columns: COLUMNS });
}
