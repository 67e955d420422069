/** The file begins with the header's length, an unsigned 64-bit little-endian integer. */
export const LENGTH_BYTES = 8;

/** Headers above this are refused before any memory is taken: the limit of the format's own reader. */
export const MAX_HEADER_BYTES = 100_000_000;

/** The header is padded with spaces so that the data start at a multiple of this, as the format asks. */
export const ALIGNMENT = 8;

/** Largest file in bytes: what one typed array holds on every Node we support (4 GiB). */
export const MAX_FILE_BYTES = 2 ** 32;

/** Most axes of a tensor: what tfjs can hold. */
export const MAX_AXES = 6;

/** Bytes a value of every data type that is read takes. */
export const VALUE_BYTES: Readonly<Record<string, number>> = { F32: 4, I32: 4, I64: 8, F16: 2, BF16: 2 };

/** The key of the header that holds the metadata. */
export const METADATA_KEY = '__metadata__';

/** What the header says of a tensor; offsets are counted from the end of the header. */
export interface TensorHeader {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}
