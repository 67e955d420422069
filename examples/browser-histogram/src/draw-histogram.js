const full = 6; // the full height is a sixth of all rows

/**
 * A bar for each cluster, its latest member below, and a dashed line at an equal share.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number[]} shares of the clusters, 0 … 1
 * @param {(context: CanvasRenderingContext2D, cluster: number, x: number, y: number, size: number) => void} drawFace
 */
export function drawHistogram(canvas, shares, drawFace) {
  const scale = devicePixelRatio;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = width * scale;
  canvas.height = height * scale;
  const context = canvas.getContext('2d');
  context.scale(scale, scale);

  const pitch = width / shares.length;
  const floor = height - pitch;
  const top = (share) => floor - Math.min(1, share * full) * (floor - 4);
  context.fillStyle = getComputedStyle(canvas).color;
  shares.forEach((share, cluster) => {
    const x = cluster * pitch;
    context.beginPath();
    context.roundRect(x + 3, top(share), pitch - 6, floor - top(share), [4, 4, 0, 0]);
    context.fill();
    drawFace(context, cluster, x + 4, floor + 5, pitch - 8);
  });

  context.strokeStyle = getComputedStyle(canvas.parentElement).color;
  context.globalAlpha = 0.5;
  context.setLineDash([5, 4]);
  context.beginPath();
  context.moveTo(0, top(1 / shares.length));
  context.lineTo(width, top(1 / shares.length));
  context.stroke();
}
