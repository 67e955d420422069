import {
  Abs,
  add,
  Cast,
  ClipByValue,
  Cos,
  cast,
  clone,
  cos,
  div,
  Elu,
  Erf,
  Exp,
  engine,
  exp,
  type GradConfig,
  greater,
  greaterEqual,
  Identity,
  Log,
  Log1p,
  lessEqual,
  logicalAnd,
  mul,
  Neg,
  neg,
  Reciprocal,
  Relu,
  Rsqrt,
  Sigmoid,
  Sin,
  Softplus,
  Sqrt,
  Square,
  sigmoid,
  sign,
  sin,
  square,
  sub,
  Tanh,
  type Tensor,
  where,
} from '@tensorflow/tfjs-core';
import { KERNELS } from '../kernels/kernel-names.ts';
import { gradient } from './gradient-table.ts';

const ofInput = (kernelName: string, dx: (dy: Tensor, x: Tensor) => Tensor) =>
  gradient(kernelName, { inputsToSave: ['x'] }, ({ dy, saved: [x] }) => ({ x: () => dx(dy, x) }));

const ofOutput = (kernelName: string, dx: (dy: Tensor, y: Tensor) => Tensor) =>
  gradient(kernelName, { outputsToSave: [true] }, ({ dy, saved: [y] }) => ({ x: () => dx(dy, y) }));

const TWO_OVER_ROOT_PI = 2 / Math.sqrt(Math.PI);

export const unaryGradients: GradConfig[] = [
  gradient(Identity, {}, ({ dy }) => ({ x: () => clone(dy) })),
  gradient(Cast, {}, ({ dy }) => ({ x: () => clone(dy) })),
  gradient(Neg, {}, ({ dy }) => ({ x: () => neg(dy) })),
  ofInput(Abs, (dy, x) => mul(dy, sign(x))),
  ofInput(Square, (dy, x) => mul(dy, mul(2, cast(x, 'float32')))),
  ofInput(Log, (dy, x) => div(dy, x)),
  ofInput(Log1p, (dy, x) => div(dy, add(1, x))),
  ofInput(Sin, (dy, x) => mul(dy, cos(x))),
  ofInput(Cos, (dy, x) => neg(mul(dy, sin(x)))),
  ofInput(Erf, (dy, x) => mul(dy, mul(TWO_OVER_ROOT_PI, exp(neg(square(x)))))),
  ofInput(Softplus, (dy, x) => mul(dy, sigmoid(x))),
  ofOutput(Exp, (dy, y) => mul(dy, y)),
  ofOutput(Sqrt, (dy, y) => div(mul(dy, 0.5), y)),
  ofOutput(Rsqrt, (dy, y) => mul(mul(dy, -0.5), mul(y, square(y)))),
  ofOutput(Reciprocal, (dy, y) => neg(mul(dy, square(y)))),
  ofOutput(Sigmoid, (dy, y) => mul(dy, mul(y, sub(1, y)))),
  ofOutput(Tanh, (dy, y) => mul(dy, sub(1, square(y)))),
  ofOutput(Elu, (dy, y) => where(greater(y, 0), dy, mul(dy, add(y, 1)))),
  ofOutput(Relu, (dy, y) => engine().runKernel(KERNELS.reluGradient, { dy, y })),
  gradient<{ clipValueMin: number; clipValueMax: number }>(
    ClipByValue,
    { inputsToSave: ['x'] },
    ({ dy, saved: [x], attributes: { clipValueMin, clipValueMax } }) => ({
      x: () =>
        mul(dy, cast(logicalAnd(greaterEqual(x, clipValueMin), lessEqual(x, clipValueMax)), 'float32')),
    }),
  ),
];
