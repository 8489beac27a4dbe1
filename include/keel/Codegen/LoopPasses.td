//===- LoopPasses.td - Fusion, products, vectors, math -*- tablegen -*-----===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_CODEGEN_LOOPPASSES_TD
#define KEEL_CODEGEN_LOOPPASSES_TD

include "mlir/Pass/PassBase.td"

def VectorOptions {
  list<Option> options = [
    Option<"vectorBits", "vector-bits", "int64_t", "256",
           "the width of a vector register">,
    Option<"vectorRegisters", "vector-registers", "int64_t", "16",
           "the number of vector registers">,
    Option<"maskedMemory", "masked-memory", "bool", "true",
           "whether masked loads and stores are instructions">
  ];
}

def TransposeContractions : Pass<"keel-transpose-contractions"> {
  let summary = "Transpose the second factor where a product needs it";
  let description = [{
    The micro-kernel of `keel-lower-contractions` reads the second factor by
    vectors along the result's last dimension n. Where n is not the factor's last
    dimension (A B^T, a dense layer's input gradient), this pass transposes the
    factor in memory first, while it is still a tensor, so that the memory plan
    gives the transposed one a place.

    Preconditions: contractions on tensors over one dimension, of one
    floating-point type. Other operations are left alone.

    Limits: the transposition is repeated in each call, also where the factor is a
    parameter that did not change.

    Example:

    ```
    %c = linalg.contract indexing_maps = [(m, n, k) -> (m, k), (m, n, k) -> (n, k), (m, n, k) -> (m, n)]
        ins(%a, %b : tensor<?x8xf32>, tensor<16x8xf32>) outs(%i : tensor<?x16xf32>)
    // becomes
    %t = linalg.transpose ins(%b : tensor<16x8xf32>) outs(%e : tensor<8x16xf32>) permutation = [1, 0]
    %c = linalg.contract indexing_maps = [(m, n, k) -> (m, k), (m, n, k) -> (k, n), (m, n, k) -> (m, n)]
        ins(%a, %t : tensor<?x8xf32>, tensor<8x16xf32>) outs(%i : tensor<?x16xf32>)
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect",
                           "mlir::tensor::TensorDialect"];
}

def LowerContractions : Pass<"keel-lower-contractions", "mlir::ModuleOp"> {
  let summary = "Turn contractions into micro-kernels";
  let description = [{
    Turns a product and sum of one floating-point type over one dimension into
    tiles held in registers.

    Preconditions: memrefs; n, the result's last dimension, is static and lies
    consecutively in the second factor and the result; `keel.layout` for the most
    rows. Other operations are left alone.

    Algorithm: a tile is one loop over k that carries rows x vectors
    one-dimensional accumulators: the second factor by vector loads, the first by
    scalar loads and broadcasts, `vector.fma`. With 16 registers it is 6 x 2
    vectors, with 32 it is 12 x 2; few rows get more vectors, for as many
    independent sums. Columns that do not fill a tile have a kernel of shorter or
    masked vectors, rows left over one for each count, chosen at run time if the
    rows are the batch. The sums start from the result's old value or, if a fill
    or a broadcast has just been written there, from that. Blocks of up to 96 rows
    by one tile's columns are iterations of an `scf.parallel`, rows outermost; k
    is never split, so the bits do not depend on threads. A block of many rows
    first copies its columns of the second factor to consecutive memory on the
    stack: without it, strides that are powers of two fall into few cache sets.

    Limits: k is not blocked: where the panel would pass 128 KiB (k of about 2000
    in f32 at 256 bits, 1000 at 512) the copy is left out and the
    first factor's rows leave the second-level cache.

    Example: for `linalg.matmul` of 4x8 and 8x16 (f32, 256 bits), rows 0 to 3 by
    vectors 0 and 1:

    ```
    %s:8 = scf.for %k = %c0 to %c8 step %c1 iter_args(...) {
      %b0 = vector.load %b[%k, %c0] : memref<8x16xf32>, vector<8xf32>
      %b1 = vector.load %b[%k, %c8] : memref<8x16xf32>, vector<8xf32>
      %a0 = memref.load %a[%c0, %k] : memref<4x8xf32>
      %v0 = vector.broadcast %a0 : f32 to vector<8xf32>
      %t0 = vector.fma %v0, %b0, %sum0 : vector<8xf32>
      ...
    }
    vector.store %s#0, %c[%c0, %c0] : memref<4x16xf32>, vector<8xf32>
    ```
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::memref::MemRefDialect",
    "mlir::scf::SCFDialect", "mlir::vector::VectorDialect"
  ];
  let options = VectorOptions.options;
}

def VectorizeGenerics : Pass<"keel-vectorize-generics"> {
  let summary = "Turn linalg operations into vector loops";
  let description = [{
    Turns linalg operations into loops over vectors.

    Preconditions: memrefs; indexing maps are projections; for one dimension v,
    every operand either does not depend on v or has it last over consecutive
    elements; the body is element-wise. v is the output's last dimension or else a
    reduced one. What does not fit is left for convert-linalg-to-loops.

    Algorithm: the body is repeated on vectors along v; what depends on scalars
    alone stays scalar. Columns that do not fill a vector are masked or shorter
    ones. Other parallel dimensions are loops, the outermost in chunks of about
    4096 elements as an `scf.parallel`; without one, chunks of columns are. Other
    reduced dimensions are loops inside, with the outputs carried in registers.
    If v itself is reduced, up to four vectors of partial results are combined
    pairwise, then their halves, in an order that the shape alone fixes. A matrix
    is transposed by square blocks of shuffles. Bits depend on the shape and the
    vector width, never on threads.

    Limits: a full reduction runs on one thread.

    Example:

    ```
    linalg.add ins(%x, %b : memref<?x8xf32>, memref<?x8xf32>) outs(%y : memref<?x8xf32>)
    // becomes
    scf.parallel (%chunk) = (%c0) to (%chunks) step (%c1) {
      scf.for %i = %begin to %end step %c1 {
        %0 = vector.load %x[%i, %c0] : memref<?x8xf32>, vector<8xf32>
        %1 = vector.load %b[%i, %c0] : memref<?x8xf32>, vector<8xf32>
        %2 = arith.addf %0, %1 : vector<8xf32>
        vector.store %2, %y[%i, %c0] : memref<?x8xf32>, vector<8xf32>
      }
    }
    ```
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::linalg::LinalgDialect",
    "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect",
    "mlir::vector::VectorDialect"
  ];
  let options = VectorOptions.options;
}

def FuseElementwise : Pass<"keel-fuse-elementwise"> {
  let summary = "Fuse element-wise operations on tensors";
  let description = [{
    Memory-bound work is won by reading and writing each array once. Names other
    than contractions, fills and transposes become generics, and a generic is
    fused into its only consumer.

    Preconditions: stage linalg.

    Limits: nothing is fused into a contraction, which would no longer be one, and
    nothing with a division or a function of math into a consumer that broadcasts
    it, which would compute it once for each element. A value with two consumers
    is not computed twice. Arithmetic does not change.

    Example: a multiplication, a broadcast and an addition become one

    ```
    %y = linalg.generic {...} ins(%x, %b : tensor<4x8xf32>, tensor<8xf32>) outs(%e : tensor<4x8xf32>) {
    ^bb0(%a: f32, %c: f32, %o: f32):
      %0 = arith.mulf %a, %a : f32
      %1 = arith.addf %0, %c : f32
      linalg.yield %1 : f32
    } -> tensor<4x8xf32>
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect",
                           "mlir::tensor::TensorDialect"];
}

def SplitReductions : Pass<"keel-split-reductions"> {
  let summary = "Reduce everything in two steps";
  let description = [{
    A reduction of a tensor of two or more dimensions to one element (a norm, a
    mean over all outputs) is done for each step of the first dimension, then
    over those partial results. The first step has independent rows, which
    `keel-vectorize-generics` makes parallel; the order of the additions follows
    from the shape alone.

    Preconditions: tensors, one result, one combining operation with a neutral
    element. Other operations are left alone.

    Example:

    ```
    %s = linalg.generic {iterator_types = ["reduction", "reduction"]}
        ins(%x : tensor<?x8xf32>) outs(%i : tensor<f64>) ...
    // becomes
    %rows = linalg.generic {iterator_types = ["parallel", "reduction"]}
        ins(%x : tensor<?x8xf32>) outs(%neutral : tensor<?xf64>) ...
    %s = linalg.generic {iterator_types = ["reduction"]}
        ins(%rows : tensor<?xf64>) outs(%i : tensor<f64>) ...
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect",
                           "mlir::linalg::LinalgDialect",
                           "mlir::tensor::TensorDialect"];
}

def FuseSiblings : Pass<"keel-fuse-siblings"> {
  let summary = "Fuse neighbors that work on the same elements";
  let description = [{
    An optimizer's update of a slot and of its parameter read the same arrays.
    Two element-wise generics that follow each other, have outputs of one shape
    and share an operand become one with the outputs of both, so that each array
    is read and written once.

    Preconditions: memrefs after bufferization, where two views of arenas that
    overlap are one value; outputs at the loops' own elements. What one writes, the other may
    access at the same element alone, and only one may write it. Between them
    stand only operations without effects on memory.

    Example:

    ```
    linalg.generic ins(%m, %g) outs(%m) { addf }
    linalg.generic ins(%p, %m) outs(%p) { subf }
    // becomes
    linalg.generic ins(%m, %g, %p, %m) outs(%m, %p) {
    ^bb0(%m0: f32, %g0: f32, %p0: f32, %unused: f32, %m1: f32, %p1: f32):
      %new = arith.addf %m0, %g0 : f32
      %step = arith.subf %p0, %new : f32
      linalg.yield %new, %step : f32, f32
    }
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect"];
}

def ApproximateMath : Pass<"keel-approximate-math"> {
  let summary = "Compute single-precision functions by polynomials";
  let description = [{
    Replaces exp, expm1, log, log1p, tanh, erf and erfc in single precision, on
    scalars and vectors, by MLIR's polynomial approximations: vectors need no
    call of libm for them, but for fmaf and floorf on a CPU without such
    instructions. Tests hold relative errors on sampled points below 1e-6; NaN,
    infinities and zeros are kept. Double precision and other functions are
    left to libm.

    Example: `math.exp %x : vector<8xf32>` becomes a reduction of the range, a
    polynomial of degree five in `math.fma` and a scaling by a power of two.
  }];
  let dependentDialects = ["mlir::arith::ArithDialect",
                           "mlir::math::MathDialect",
                           "mlir::vector::VectorDialect"];
}

def CallLibm : Pass<"keel-call-libm", "mlir::ModuleOp"> {
  let summary = "Call libm for what LLVM would expand with cancellation";
  let description = [{
    Makes expm1 and log1p calls of libm, element by element. The upstream
    conversion of math to the llvm dialect turns them into `exp(x) - 1` and
    `log(1 + x)`, which lose all digits near 0.

    Preconditions: `keel-approximate-math` has taken what it takes; what is left
    is double precision, or reference code.

    Example: `math.expm1 %x : f64` becomes `call @expm1(%x) : (f64) -> f64`.
  }];
  let dependentDialects = ["mlir::arith::ArithDialect",
                           "mlir::func::FuncDialect",
                           "mlir::vector::VectorDialect"];
}

#endif // KEEL_CODEGEN_LOOPPASSES_TD
