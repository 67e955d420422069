import type { Normalisation, RgbImage } from '@excb/augment';
import { decodeImage, evaluationBatches, type ImageSource } from '@excb/data';
import { contactSheet } from '@excb/eval';
import { assignClusters, type Network } from '@excb/trainer';

const COLUMNS = 24;

/** A picture with one row a cluster: the images nearest to its centroid, nearest first. */
export async function drawClusters(
  network: Network,
  source: ImageSource,
  normalisation: Normalisation,
  clusters: number,
): Promise<Uint8Array> {
  const assigned = await assignClusters(network, evaluationBatches(source, { batch: 128, normalisation }));
  const rows: Promise<RgbImage[]>[] = Array.from({ length: clusters }, (_, cluster) =>
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
