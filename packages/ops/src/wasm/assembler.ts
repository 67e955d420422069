/**
 * A small WebAssembly assembler: enough of the binary format (i32, f32, 128-bit SIMD, one imported memory) to
 * write loops over a heap. Expressions are byte arrays in stack order; statements are appended to a function.
 */
export type Code = readonly number[];
export type ValueType = 'i32' | 'f32' | 'v128';
/** A number stands for an i32 constant. */
export type Operand = Local | Code | number;

const TYPE_CODES: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };
const EMPTY_BLOCK = 0x40;

export class Local {
  constructor(
    readonly index: number,
    readonly type: ValueType,
  ) {}
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest ? low | 0x80 : low);
  } while (rest);
  return bytes;
}

function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const done = (rest === 0 && !(low & 0x40)) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

function code(operand: Operand): Code {
  if (typeof operand === 'number') return [0x41, ...signed(operand)];
  if (operand instanceof Local) return [0x20, ...unsigned(operand.index)];
  return operand;
}

const operation =
  (...opcode: number[]) =>
  (...operands: Operand[]): Code => [...operands.flatMap(code), ...opcode];
const simd = (opcode: number) => operation(0xfd, ...unsigned(opcode));
/** Loads and stores: alignment 0 (none promised) and a constant byte offset. */
const access =
  (...opcode: number[]) =>
  (address: Operand, offset = 0): Code => [...code(address), ...opcode, 0, ...unsigned(offset)];
const storing =
  (...opcode: number[]) =>
  (address: Operand, value: Operand, offset = 0): Code => [
    ...code(address),
    ...code(value),
    ...opcode,
    0,
    ...unsigned(offset),
  ];

/** 32-bit integers; comparisons are unsigned. */
export const i32 = {
  add: operation(0x6a),
  sub: operation(0x6b),
  mul: operation(0x6c),
  shl: operation(0x74),
  eq: operation(0x46),
  ne: operation(0x47),
  lt: operation(0x49),
  le: operation(0x4d),
  ge: operation(0x4f),
  and: operation(0x71),
  isZero: operation(0x45),
  load: access(0x28),
  /** `condition ? whenTrue : whenFalse` (both are evaluated). */
  select: (whenTrue: Operand, whenFalse: Operand, condition: Operand): Code => [
    ...code(whenTrue),
    ...code(whenFalse),
    ...code(condition),
    0x1b,
  ],
};

export const f32 = {
  const: (value: number): Code => [0x43, ...new Uint8Array(new Float32Array([value]).buffer)],
  add: operation(0x92),
  sub: operation(0x93),
  mul: operation(0x94),
  eq: operation(0x5b),
  gt: operation(0x5e),
  load: access(0x2a),
  store: storing(0x38),
  select: (whenTrue: Operand, whenFalse: Operand, condition: Operand): Code =>
    i32.select(whenTrue, whenFalse, condition),
};

/** Four floats. */
export const f32x4 = {
  zero: [0xfd, ...unsigned(12), ...new Array<number>(16).fill(0)] as Code,
  splat: simd(19),
  add: simd(228),
  sub: simd(229),
  mul: simd(230),
  eq: simd(0x41),
  gt: simd(0x44),
  and: simd(78),
  /** The bits of the first that the second does not have. */
  without: simd(79),
  or: simd(80),
  load: access(0xfd, 0),
  loadSplat: access(0xfd, 9),
  /** The first lane from memory, the others zero. */
  loadFirst: access(0xfd, ...unsigned(92)),
  store: storing(0xfd, 11),
  /** One lane from memory, the others kept. */
  loadLane: (address: Operand, vector: Operand, lane: number): Code => [
    ...code(address),
    ...code(vector),
    0xfd,
    ...unsigned(86),
    0,
    0,
    lane,
  ],
  /** Lanes 0-3 name the first vector's, 4-7 the second's. */
  shuffle: (a: Operand, b: Operand, lanes: readonly [number, number, number, number]): Code => [
    ...code(a),
    ...code(b),
    0xfd,
    13,
    ...lanes.flatMap((lane) => [0, 1, 2, 3].map((byte) => lane * 4 + byte)),
  ],
};

export class WasmFunction {
  readonly parameters: Local[];
  private readonly locals: ValueType[] = [];
  private readonly body: number[] = [];

  constructor(
    readonly name: string,
    readonly index: number,
    readonly types: readonly ValueType[],
  ) {
    this.parameters = types.map((type, i) => new Local(i, type));
  }

  local(type: ValueType = 'i32'): Local {
    this.locals.push(type);
    return new Local(this.types.length + this.locals.length - 1, type);
  }

  locals4(type: ValueType = 'i32'): Local[] {
    return [0, 1, 2, 3].map(() => this.local(type));
  }

  /** Appends an expression that leaves nothing on the stack (a store, a call). */
  run(expression: Code): void {
    for (const byte of expression) this.body.push(byte);
  }

  set(local: Local, value: Operand): void {
    this.run([...code(value), 0x21, ...unsigned(local.index)]);
  }

  increase(local: Local, by: Operand): void {
    this.set(local, i32.add(local, by));
  }

  call(target: WasmFunction, ...operands: Operand[]): void {
    this.run([...operands.flatMap(code), 0x10, ...unsigned(target.index)]);
  }

  if(condition: Operand, then: () => void, otherwise?: () => void): void {
    this.run([...code(condition), 0x04, EMPTY_BLOCK]);
    then();
    if (otherwise) {
      this.run([0x05]);
      otherwise();
    }
    this.run([0x0b]);
  }

  /** The body runs at least once, and again while the condition holds after it. */
  repeatWhile(body: () => void, condition: () => Operand): void {
    this.run([0x03, EMPTY_BLOCK]);
    body();
    this.run([...code(condition()), 0x0d, 0, 0x0b]);
  }

  while(condition: () => Operand, body: () => void): void {
    this.if(condition(), () => this.repeatWhile(body, condition));
  }

  /** Counts `counter` up from `from` (set here) while it is below `to`. */
  for(counter: Local, from: Operand, to: Operand, step: Operand, body: () => void): void {
    this.set(counter, from);
    this.while(
      () => i32.lt(counter, to),
      () => {
        body();
        this.increase(counter, step);
      },
    );
  }

  encode(): number[] {
    const declarations = this.locals.flatMap((type) => [1, TYPE_CODES[type]]);
    const bytes = [...unsigned(this.locals.length), ...declarations, ...this.body, 0x0b];
    return [...unsigned(bytes.length), ...bytes];
  }
}

/** A module with an imported memory (`env.memory`) whose functions return nothing and are all exported. */
export class WasmProgram {
  private readonly functions: WasmFunction[] = [];

  function(name: string, types: readonly ValueType[], write: (f: WasmFunction) => void): WasmFunction {
    const made = new WasmFunction(name, this.functions.length, types);
    this.functions.push(made);
    write(made);
    return made;
  }

  encode(options: { sharedPages?: number } = {}): Uint8Array<ArrayBuffer> {
    const text = (value: string) => [...unsigned(value.length), ...new TextEncoder().encode(value)];
    const section = (id: number, entries: number[][]) => {
      const bytes = [...unsigned(entries.length), ...entries.flat()];
      return [id, ...unsigned(bytes.length), ...bytes];
    };
    const limits = options.sharedPages ? [3, 1, ...unsigned(options.sharedPages)] : [0, 1];
    const types = this.functions.map((f) => [
      0x60,
      ...unsigned(f.types.length),
      ...f.types.map((type) => TYPE_CODES[type]),
      0,
    ]);
    return Uint8Array.from([
      ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      ...section(1, types),
      ...section(2, [[...text('env'), ...text('memory'), 2, ...limits]]),
      ...section(
        3,
        this.functions.map((f) => unsigned(f.index)),
      ),
      ...section(
        7,
        this.functions.map((f) => [...text(f.name), 0, ...unsigned(f.index)]),
      ),
      ...section(
        10,
        this.functions.map((f) => f.encode()),
      ),
    ]);
  }
}
