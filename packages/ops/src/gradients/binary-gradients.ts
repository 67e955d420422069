import {
  Add,
  AddN,
  cast,
  clone,
  div,
  type GradConfig,
  greater,
  greaterEqual,
  less,
  lessEqual,
  log,
  Maximum,
  Minimum,
  Multiply,
  mul,
  neg,
  Pow,
  pow,
  RealDiv,
  SquaredDifference,
  Sub,
  sub,
  type Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { gradient, sumTo } from './gradient-table.ts';

/** A kernel of a and b, with broadcasting: local gradients are multiplied by dy and summed back. */
function binary(
  kernelName: string,
  local: (a: Tensor, b: Tensor, dy: Tensor) => [() => Tensor, () => Tensor],
) {
  return gradient(kernelName, { inputsToSave: ['a', 'b'] }, ({ dy, saved: [a, b] }) => {
    const [da, db] = local(a, b, dy);
    return { a: () => sumTo(da(), a.shape), b: () => sumTo(db(), b.shape) };
  });
}

const where01 = (dy: Tensor, condition: Tensor): Tensor => mul(dy, cast(condition, 'float32'));

export const binaryGradients: GradConfig[] = [
  binary(Add, (_a, _b, dy) => [() => dy, () => dy]),
  binary(Sub, (_a, _b, dy) => [() => dy, () => neg(dy)]),
  binary(Multiply, (a, b, dy) => [() => mul(dy, cast(b, 'float32')), () => mul(dy, cast(a, 'float32'))]),
  binary(RealDiv, (a, b, dy) => [
    () => div(dy, cast(b, 'float32')),
    () => neg(div(mul(dy, cast(a, 'float32')), mul(cast(b, 'float32'), b))),
  ]),
  binary(SquaredDifference, (a, b, dy) => [
    () => mul(dy, mul(2, sub(a, b))),
    () => mul(dy, mul(2, sub(b, a))),
  ]),
  // Where both are equal, the first takes the gradient.
  binary(Maximum, (a, b, dy) => [() => where01(dy, greaterEqual(a, b)), () => where01(dy, less(a, b))]),
  binary(Minimum, (a, b, dy) => [() => where01(dy, lessEqual(a, b)), () => where01(dy, greater(a, b))]),
  gradient(
    Pow,
    { inputsToSave: ['a', 'b'], outputsToSave: [true] },
    ({ dy, saved: [base, exponent, y] }) => ({
      a: () => {
        const power = cast(exponent, 'float32');
        return sumTo(mul(dy, mul(power, pow(base, sub(power, 1)))), base.shape);
      },
      b: () => {
        const slope = where(greater(base, 0), log(base), zerosLike(base));
        return sumTo(mul(dy, mul(y, slope)), exponent.shape);
      },
    }),
  ),
  gradient(AddN, { saveAllInputs: true }, ({ dy, saved }) =>
    Object.fromEntries(saved.map((_, i) => [i, () => clone(dy)])),
  ),
];
