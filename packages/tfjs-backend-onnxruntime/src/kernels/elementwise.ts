import { KERNELS } from '@excb/ops/kernels';
import * as tf from '@tensorflow/tfjs-core';
import type { ElementType, Value } from '../graph/graph.ts';
import { broadcastShape, type NativeKernel, type Recorder } from './recorder.ts';

const unary =
  (operator: string): NativeKernel =>
  ({ x }, _attributes, record) => {
    const value = record.value(x);
    if (value.type !== 'float32') record.decline();
    return record.op(operator, [value], value.shape);
  };

/** Unary operators that keep the type, for float32 and int32. */
const unaryOfNumbers =
  (operator: string): NativeKernel =>
  ({ x }, _attributes, record) => {
    const value = record.value(x);
    if (value.type === 'bool') record.decline();
    return record.op(operator, [value], value.shape);
  };

const composed =
  (compute: (x: Value, record: Recorder, attributes: Record<string, unknown>) => Value): NativeKernel =>
  ({ x }, attributes, record) => {
    const value = record.value(x);
    if (value.type !== 'float32') record.decline();
    return compute(value, record, attributes);
  };

function same(record: Recorder, operator: string, a: Value, b: Value, type?: ElementType): Value {
  return record.op(operator, [a, b], broadcastShape(a.shape, b.shape), { type });
}

/** Operators on two numbers of one type. */
const binary =
  (operator: string): NativeKernel =>
  ({ a, b }, _attributes, record) => {
    const [left, right] = [record.value(a), record.value(b)];
    if (left.type === 'bool' || left.type !== right.type) record.decline();
    return same(record, operator, left, right);
  };

const comparison =
  (operator: string): NativeKernel =>
  ({ a, b }, _attributes, record) => {
    let [left, right] = [record.value(a), record.value(b)];
    if (left.type !== right.type) record.decline();
    if (left.type === 'bool' && operator !== 'Equal') {
      [left, right] = [record.cast(left, 'int32'), record.cast(right, 'int32')];
    }
    return same(record, operator, left, right, 'bool');
  };

const logical =
  (operator: string): NativeKernel =>
  ({ a, b }, _attributes, record) =>
    same(record, operator, record.cast(record.value(a), 'bool'), record.cast(record.value(b), 'bool'));

const notEqual: NativeKernel = ({ a, b }, _attributes, record) => {
  const [left, right] = [record.value(a), record.value(b)];
  if (left.type !== right.type) record.decline();
  const equal = same(record, 'Equal', left, right, 'bool');
  return record.op('Not', [equal], equal.shape);
};

const logicalNot: NativeKernel = ({ x }, _attributes, record) => {
  const value = record.cast(record.value(x), 'bool');
  return record.op('Not', [value], value.shape);
};

/** tfjs floors the quotient of integers, and of floats for this kernel. */
const floorDivide: NativeKernel = ({ a, b }, _attributes, record) => {
  const [left, right] = [record.value(a), record.value(b)];
  if (left.type === 'bool' || left.type !== right.type) record.decline();
  if (left.type === 'int32') {
    const quotient = same(record, 'Div', record.cast(left, 'float32'), record.cast(right, 'float32'));
    return record.cast(record.op('Floor', [quotient], quotient.shape), 'int32');
  }
  const quotient = same(record, 'Div', left, right);
  return record.op('Floor', [quotient], quotient.shape);
};

/** The remainder has the sign of the divisor. */
const modulo: NativeKernel = ({ a, b }, _attributes, record) => {
  const [left, right] = [record.value(a), record.value(b)];
  if (left.type !== 'float32' || right.type !== 'float32') return record.decline();
  const quotient = same(record, 'Div', left, right);
  const floor = record.op('Floor', [quotient], quotient.shape);
  return same(record, 'Sub', left, same(record, 'Mul', floor, right));
};

const squaredDifference: NativeKernel = ({ a, b }, _attributes, record) => {
  const [left, right] = [record.value(a), record.value(b)];
  if (left.type === 'bool' || left.type !== right.type) record.decline();
  const difference = same(record, 'Sub', left, right);
  return same(record, 'Mul', difference, difference);
};

/** tfjs's power of integers is an integer's; ONNX takes the type of the base too. */
const power: NativeKernel = ({ a, b }, _attributes, record) => {
  const [left, right] = [record.value(a), record.value(b)];
  if (left.type === 'bool' || right.type === 'bool') record.decline();
  if (left.type !== right.type) record.decline();
  return same(record, 'Pow', left, right);
};

const addN: NativeKernel = (inputs, _attributes, record) => {
  const values = Object.values(inputs).map((tensor) => record.value(tensor));
  if (values.some(({ type }) => type !== values[0].type || type === 'bool')) record.decline();
  return values.reduce((sum, value) => record.op('Add', [sum, value], sum.shape));
};

const cast: NativeKernel = ({ x }, attributes, record) => {
  const { dtype } = attributes as unknown as { dtype: string };
  if (dtype === 'complex64' || dtype === 'string') record.decline();
  const value = record.value(x);
  const type = dtype as ElementType;
  if (type === value.type) return record.alias(x, x.shape);
  if (type === 'bool') {
    const zero = record.scalar(0, value.type);
    const equal = same(record, 'Equal', value, zero, 'bool');
    return record.op('Not', [equal], equal.shape);
  }
  return record.cast(value, type);
};

const select: NativeKernel = ({ condition, t, e }, _attributes, record) => {
  let test = record.cast(record.value(condition), 'bool');
  const [yes, no] = [record.value(t), record.value(e)];
  if (yes.type !== no.type) record.decline();
  // A vector chooses whole rows.
  if (test.shape.length === 1 && yes.shape.length > 1) {
    test = record.reshape(test, [test.shape[0], ...yes.shape.slice(1).map(() => 1)]);
  }
  const shape = broadcastShape(test.shape, broadcastShape(yes.shape, no.shape));
  if (yes.type === 'bool') {
    const [a, b] = [record.cast(yes, 'int32'), record.cast(no, 'int32')];
    return record.cast(record.op('Where', [test, a, b], shape, { type: 'int32' }), 'bool');
  }
  return record.op('Where', [test, yes, no], shape, { type: yes.type });
};

const clip: NativeKernel = ({ x }, attributes, record) => {
  const { clipValueMin, clipValueMax } = attributes as unknown as {
    clipValueMin: number;
    clipValueMax: number;
  };
  const value = record.value(x);
  if (value.type === 'bool') record.decline();
  const whole = Number.isInteger(clipValueMin) && Number.isInteger(clipValueMax);
  if (value.type === 'int32' && !whole) record.decline();
  const bounds = [record.scalar(clipValueMin, value.type), record.scalar(clipValueMax, value.type)];
  return record.op('Clip', [value, ...bounds], value.shape);
};

const float = (record: Recorder, value: number): Value => record.scalar(value);

const rsqrt = composed((x, record) => {
  const root = record.op('Sqrt', [x], x.shape);
  return record.op('Reciprocal', [root], x.shape);
});

/** tfjs: 0 for NaN. */
const sign: NativeKernel = ({ x }, _attributes, record) => {
  const value = record.value(x);
  if (value.type === 'bool') record.decline();
  const signs = record.sign(value);
  return value.type === 'int32' ? signs : whereNan(record, value, float(record, 0), signs);
};

/** `replacement` where x is NaN, else `other`. */
export function whereNan(record: Recorder, x: Value, replacement: Value, other: Value): Value {
  const nan = record.op('IsNaN', [x], x.shape, { type: 'bool' });
  return record.op('Where', [nan, replacement, other], x.shape, { type: other.type });
}

/** 1 where x > 0, else alpha; NaN stays. */
const step = composed((x, record, { alpha }) => {
  const slope = (alpha as number) ?? 0;
  if (slope === 0) return record.op('Relu', [record.sign(x)], x.shape);
  const positive = record.op('Greater', [x, float(record, 0)], x.shape, { type: 'bool' });
  const steps = record.op('Where', [positive, float(record, 1), float(record, slope)], x.shape, {
    type: 'float32',
  });
  return whereNan(record, x, x, steps);
});

const LARGEST = 3.4028234663852886e38;

/** The angle of (b, a): atan(a/b), turned by π where b < 0. Infinities are cut to numbers, for their quotient. */
const angle: NativeKernel = ({ a, b }, _attributes, record) => {
  const [y, x] = [a, b].map((tensor) => {
    const value = record.value(tensor);
    if (value.type !== 'float32') record.decline();
    return record.op('Clip', [value, float(record, -LARGEST), float(record, LARGEST)], value.shape);
  });
  const zero = float(record, 0);
  const test = (operator: string, value: Value) =>
    record.op(operator, [value, zero], value.shape, { type: 'bool' });
  const choose = (condition: Value, yes: Value, no: Value) =>
    record.op('Where', [condition, yes, no], broadcastShape(condition.shape, no.shape), { type: 'float32' });

  const quotient = same(record, 'Div', y, x);
  const near = record.op('Atan', [quotient], quotient.shape);
  const half = choose(
    test('Less', y),
    float(record, -Math.PI),
    record.expand(float(record, Math.PI), y.shape),
  );
  const turned = choose(test('Less', x), same(record, 'Add', near, half), near);
  return choose(same(record, 'And', test('Equal', y), test('Equal', x)), zero, turned);
};

/** dy · (y + 1) where y < 0, else dy: the derivative of eˣ − 1 by its result. */
const eluGradient: NativeKernel = ({ dy, y }, _attributes, record) => {
  const [gradient, output] = [record.value(dy), record.value(y)];
  if (gradient.type !== 'float32' || output.type !== 'float32') record.decline();
  const slope = record.op('Add', [output, float(record, 1)], output.shape);
  const capped = record.op('Min', [slope, float(record, 1)], output.shape);
  return record.op('Mul', [gradient, capped], gradient.shape);
};

const bitwiseAnd: NativeKernel = ({ a, b }, _attributes, record) => {
  const [left, right] = [record.value(a), record.value(b)];
  if (left.type !== 'int32' || right.type !== 'int32') record.decline();
  return same(record, 'BitwiseAnd', left, right);
};

const log1p = composed((x, record) =>
  record.op('Log', [record.op('Add', [x, float(record, 1)], x.shape)], x.shape),
);
const expm1 = composed((x, record) =>
  record.op('Sub', [record.op('Exp', [x], x.shape), float(record, 1)], x.shape),
);

const relu6 = composed((x, record) => record.op('Clip', [x, float(record, 0), float(record, 6)], x.shape));

const leakyRelu = composed((x, record, { alpha }) =>
  record.op('LeakyRelu', [x], x.shape, { attributes: { alpha: { float: alpha as number } } }),
);

const prelu: NativeKernel = ({ x, alpha }, _attributes, record) => {
  const [value, slope] = [record.value(x), record.value(alpha)];
  if (value.type !== 'float32' || slope.type !== 'float32') record.decline();
  const shape = broadcastShape(value.shape, slope.shape);
  const negative = record.op('Min', [value, float(record, 0)], value.shape);
  const positive = record.op('Relu', [value], value.shape);
  return record.op('Add', [positive, record.op('Mul', [negative, slope], shape)], shape);
};

const isNan = composed((x, record) => record.op('IsNaN', [x], x.shape, { type: 'bool' }));
const isInf = composed((x, record) => record.op('IsInf', [x], x.shape, { type: 'bool' }));
const isFinite_ = composed((x, record) => {
  const size = record.op('Abs', [x], x.shape);
  return record.op('Less', [size, float(record, Number.POSITIVE_INFINITY)], x.shape, { type: 'bool' });
});

/** dy where y > 0, for y that is never negative. */
const reluGradient: NativeKernel = ({ dy, y }, _attributes, record) => {
  const [gradient, output] = [record.value(dy), record.value(y)];
  return record.op('Mul', [gradient, record.isPositive(output)], gradient.shape);
};

const identity: NativeKernel = ({ x }, _attributes, record) => record.alias(x, x.shape);

export const elementwiseKernels: Record<string, NativeKernel> = {
  [tf.Abs]: unaryOfNumbers('Abs'),
  [tf.Neg]: unaryOfNumbers('Neg'),
  [tf.Sign]: sign,
  [tf.Relu]: unaryOfNumbers('Relu'),
  [tf.Exp]: unary('Exp'),
  [tf.Log]: unary('Log'),
  [tf.Sqrt]: unary('Sqrt'),
  [tf.Sigmoid]: unary('Sigmoid'),
  [tf.Tanh]: unary('Tanh'),
  [tf.Erf]: unary('Erf'),
  [tf.Ceil]: unary('Ceil'),
  [tf.Floor]: unary('Floor'),
  [tf.Round]: unary('Round'),
  [tf.Reciprocal]: unary('Reciprocal'),
  [tf.Sin]: unary('Sin'),
  [tf.Cos]: unary('Cos'),
  [tf.Tan]: unary('Tan'),
  [tf.Asin]: unary('Asin'),
  [tf.Acos]: unary('Acos'),
  [tf.Atan]: unary('Atan'),
  [tf.Sinh]: unary('Sinh'),
  [tf.Cosh]: unary('Cosh'),
  [tf.Asinh]: unary('Asinh'),
  [tf.Acosh]: unary('Acosh'),
  [tf.Atanh]: unary('Atanh'),
  [tf.Softplus]: unary('Softplus'),
  [tf.Elu]: unary('Elu'),
  [tf.Selu]: composed((x, record) =>
    record.op('Selu', [x], x.shape, {
      attributes: {
        alpha: { float: tf.backend_util.SELU_SCALEALPHA / tf.backend_util.SELU_SCALE },
        gamma: { float: tf.backend_util.SELU_SCALE },
      },
    }),
  ),
  [tf.Square]: ({ x }, _attributes, record) => {
    const value = record.value(x);
    if (value.type === 'bool') record.decline();
    return record.op('Mul', [value, value], value.shape);
  },
  [tf.Rsqrt]: rsqrt,
  [tf.Step]: step,
  [tf.EluGrad]: eluGradient,
  [tf.Log1p]: log1p,
  [tf.Expm1]: expm1,
  [tf.Relu6]: relu6,
  [tf.LeakyRelu]: leakyRelu,
  [tf.Prelu]: prelu,
  [tf.IsNan]: isNan,
  [tf.IsInf]: isInf,
  [tf.IsFinite]: isFinite_,
  [tf.Add]: binary('Add'),
  [tf.Sub]: binary('Sub'),
  [tf.Multiply]: binary('Mul'),
  [tf.RealDiv]: ({ a, b }, attributes, record) =>
    a.dtype === 'float32' ? binary('Div')({ a, b }, attributes, record) : record.decline(),
  [tf.Maximum]: binary('Max'),
  [tf.Minimum]: binary('Min'),
  [tf.Pow]: power,
  [tf.Atan2]: angle,
  [tf.BitwiseAnd]: bitwiseAnd,
  [tf.FloorDiv]: floorDivide,
  [tf.Mod]: modulo,
  [tf.SquaredDifference]: squaredDifference,
  [tf.Equal]: comparison('Equal'),
  [tf.NotEqual]: notEqual,
  [tf.Greater]: comparison('Greater'),
  [tf.GreaterEqual]: comparison('GreaterOrEqual'),
  [tf.Less]: comparison('Less'),
  [tf.LessEqual]: comparison('LessOrEqual'),
  [tf.LogicalAnd]: logical('And'),
  [tf.LogicalOr]: logical('Or'),
  [tf.LogicalNot]: logicalNot,
  [tf.AddN]: addN,
  [tf.Cast]: cast,
  [tf.Select]: select,
  [tf.ClipByValue]: clip,
  [tf.Identity]: identity,
  [KERNELS.reluGradient]: reluGradient,
};
