import {
  ArgMax,
  ArgMin,
  Ceil,
  Equal,
  Floor,
  type GradConfig,
  Greater,
  GreaterEqual,
  IsFinite,
  IsNan,
  Less,
  LessEqual,
  LogicalAnd,
  LogicalNot,
  LogicalOr,
  NotEqual,
  OneHot,
  OnesLike,
  Round,
  Sign,
  Step,
  ZerosLike,
} from '@tensorflow/tfjs-core';
import { flat } from './gradient-table.ts';

/** Kernels whose gradient is zero: so that `where(greater(x, 0), …)` differentiates as it should. */
export const flatGradients: GradConfig[] = [
  ...[Greater, GreaterEqual, Less, LessEqual, Equal, NotEqual, LogicalAnd, LogicalOr].map((name) =>
    flat(name, 'a', 'b'),
  ),
  ...[LogicalNot, IsFinite, IsNan, Step, Sign, Floor, Ceil, Round, ZerosLike, OnesLike, ArgMax, ArgMin].map(
    (name) => flat(name, 'x'),
  ),
  flat(OneHot, 'indices'),
];
