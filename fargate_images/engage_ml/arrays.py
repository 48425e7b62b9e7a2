"""Names for the array types. Matrices are feature-major: shape (columns, rows), one contiguous line per column."""

import numpy as np
import numpy.typing as npt

F32 = npt.NDArray[np.float32]
F64 = npt.NDArray[np.float64]
U8 = npt.NDArray[np.uint8]
U16 = npt.NDArray[np.uint16]
U64 = npt.NDArray[np.uint64]
Int = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
