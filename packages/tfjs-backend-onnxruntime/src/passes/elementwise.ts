/** Operators that do the same to every element, wherever it stands. */
export const ELEMENTWISE: ReadonlySet<string> = new Set(
  `Abs Add And Cast Ceil Clip Cos Div Elu Equal Erf Exp Floor Gelu Greater GreaterOrEqual HardSigmoid Identity IsInf
   IsNaN LeakyRelu Less LessOrEqual Log Max Min Mul Neg Not Or Pow Reciprocal Relu Round Sigmoid Sign Sin Softplus
   Sqrt Sub Tanh Where`.split(/\s+/),
);
