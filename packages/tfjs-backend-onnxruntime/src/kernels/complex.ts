import * as tf from '@tensorflow/tfjs-core';
import type { ElementType, Value } from '../graph/graph.ts';
import { broadcastShape, type NativeKernel, type Recorder, sizeOf } from './recorder.ts';

/** A complex number in a graph: no operator knows it as one. */
interface Complex {
  real: Value;
  imag: Value;
}

const both = (record: Recorder, operator: string, a: Value, b: Value): Value =>
  record.op(operator, [a, b], broadcastShape(a.shape, b.shape));

const complex: NativeKernel = ({ real, imag }, _attributes, record) => {
  const [a, b] = [real, imag].map((tensor) => record.cast(record.value(tensor), 'float32'));
  return record.complex(a, b);
};

/** |x|: the larger part times √(1 + …), so that no square leaves the range of floats. */
const absolute: NativeKernel = ({ x }, _attributes, record) => {
  const { real, imag } = record.parts(x);
  const [a, b] = [real, imag].map((part) => record.op('Abs', [part], part.shape));
  const larger = both(record, 'Max', a, b);
  const [smallest, largest] = [1.1754943508222875e-38, 3.4028234663852886e38].map((one) =>
    record.scalar(one),
  );
  const scale = record.op('Clip', [larger, smallest, largest], larger.shape);
  const squares = [a, b].map((part) => {
    const ratio = both(record, 'Div', part, scale);
    return both(record, 'Mul', ratio, ratio);
  });
  const sum = both(record, 'Add', squares[0], squares[1]);
  return both(record, 'Mul', scale, record.op('Sqrt', [sum], sum.shape));
};

/** Over the last axis. */
const fourier =
  (inverse: 0 | 1): NativeKernel =>
  ({ input }, _attributes, record) => {
    const { real, imag } = record.parts(input);
    if (sizeOf(real.shape) === 0) record.decline();
    const length = real.shape[real.shape.length - 1];
    const rows = sizeOf(real.shape) / length;
    const columns = [real, imag].map((part) => record.reshape(part, [rows, length, 1]));
    const shape = [rows, length, 2];
    const pairs = record.op('Concat', columns, shape, { attributes: { axis: 2 } });
    const transformed = record.op('DFT', [pairs], shape, { attributes: { axis: 1, inverse } });
    const part = (i: number) =>
      record.reshape(record.slice(transformed, [0, 0, i], [rows, length, 1]), real.shape);
    return record.complex(part(0), part(1));
  };

const elementwise =
  (compute: (record: Recorder, a: Complex, b: Complex) => Complex): NativeKernel =>
  ({ a, b }, _attributes, record) => {
    const { real, imag } = compute(record, record.parts(a), record.parts(b));
    return record.complex(real, imag);
  };

/** The same operator on both parts. */
const byParts = (operator: string) =>
  elementwise((record, a, b) => ({
    real: both(record, operator, a.real, b.real),
    imag: both(record, operator, a.imag, b.imag),
  }));

const multiply = elementwise((record, a, b) => {
  const product = (x: Value, y: Value) => both(record, 'Mul', x, y);
  return {
    real: both(record, 'Sub', product(a.real, b.real), product(a.imag, b.imag)),
    imag: both(record, 'Add', product(a.real, b.imag), product(a.imag, b.real)),
  };
});

const filled =
  (number: number): NativeKernel =>
  ({ x }, _attributes, record) =>
    record.complex(record.expand(record.scalar(number), x.shape), record.expand(record.scalar(0), x.shape));

const concat: NativeKernel = (inputs, attributes, record) => {
  const tensors = Object.values(inputs);
  const shapes = tensors.map((tensor) => tensor.shape);
  const [axis] = tf.util.parseAxisParam((attributes as unknown as { axis: number }).axis, shapes[0]);
  tf.backend_util.assertParamsConsistent(shapes, axis);
  const shape = tf.backend_util.computeOutShape(shapes, axis);
  const parts = tensors.map((tensor) => record.parts(tensor));
  const join = (values: Value[]) => record.op('Concat', values, shape, { attributes: { axis } });
  return record.complex(join(parts.map(({ real }) => real)), join(parts.map(({ imag }) => imag)));
};

/** To a real type, the imaginary part is left out; from one, it is 0. */
function castWith(real: NativeKernel): NativeKernel {
  return ({ x }, attributes, record) => {
    const dtype = (attributes as unknown as { dtype: ElementType | 'complex64' }).dtype;
    if (x.dtype === 'complex64') {
      if (dtype === 'complex64') return record.alias(x, x.shape);
      const part = record.input(record.parts(x).real);
      return dtype === 'float32' ? record.value(part) : real({ x: part }, attributes, record);
    }
    if (dtype !== 'complex64') return real({ x }, attributes, record);
    const value = record.cast(record.value(x), 'float32');
    return record.complex(value, record.expand(record.scalar(0), value.shape));
  };
}

/** Versions of kernels for complex numbers. */
const versions: Record<string, NativeKernel> = {
  [tf.Add]: byParts('Add'),
  [tf.Sub]: byParts('Sub'),
  [tf.Multiply]: multiply,
  [tf.Concat]: concat,
  [tf.OnesLike]: filled(1),
  [tf.ZerosLike]: filled(0),
};

/** Kernels of real numbers, some of them with a version for complex ones. */
export function withComplex(kernels: Record<string, NativeKernel>): Record<string, NativeKernel> {
  const made: Record<string, NativeKernel> = { ...kernels, [tf.Cast]: castWith(kernels[tf.Cast]) };
  for (const [name, version] of Object.entries(versions)) {
    made[name] = (inputs, attributes, record) => {
      const isComplex = Object.values(inputs).some(({ dtype }) => dtype === 'complex64');
      return (isComplex ? version : kernels[name])(inputs, attributes, record);
    };
  }
  return made;
}

export const complexKernels: Record<string, NativeKernel> = {
  [tf.Complex]: complex,
  [tf.Real]: ({ input }, _attributes, record) => record.parts(input).real,
  [tf.Imag]: ({ input }, _attributes, record) => record.parts(input).imag,
  [tf.ComplexAbs]: absolute,
  [tf.FFT]: fourier(0),
  [tf.IFFT]: fourier(1),
};
