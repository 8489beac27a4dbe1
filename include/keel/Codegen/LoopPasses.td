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

def TileOptions {
  list<Option> options = VectorOptions.options # [
    Option<"cacheBytes", "cache-bytes", "int64_t", "524288",
           "the size of a core's second-level cache">,
    Option<"cores", "cores", "int64_t", "2", "how many threads may share work">
  ];
}

def PackWeights : Pass<"keel-pack-weights", "mlir::ModuleOp"> {
  let summary = "Bring weights of inference into the order they are read in";
  let description = [{
    A tile of a product reads some columns of the weight for all k: lines that are
    a row apart. Inference reads the same weights in every call, so `@fold`, which
    runs once after weights are loaded, can lay the columns of each tile out one
    after the other: W[k, n] becomes P[n / T, k, n mod T]. One row then reads the
    weights as one stream.

    Preconditions: stage linalg; a weight is a 2-D argument of `@infer` with role
    `param` or `folded` that one contraction alone reads as its second factor, of
    64 KiB or more. If the module has no `@fold`, one is made that passes the other
    parameters on.

    Limits: weights whose columns T does not divide, or that are one tile wide,
    stay as they are.

    Example, for T = 64:

    ```
    func.func @infer(%w: tensor<256x512xf32> {keel.role = "param", keel.name = "w"}, ...)
      %y = linalg.contract indexing_maps = [(m, n, k) -> (m, k), (m, n, k) -> (k, n), (m, n, k) -> (m, n)] ins(%x, %w) ...
    // becomes
    func.func @fold(%w: tensor<256x512xf32> {keel.role = "param", keel.name = "w"})
        -> (tensor<8x256x64xf32> {keel.role = "folded", keel.name = "w"})
    func.func @infer(%w: tensor<8x256x64xf32> {keel.role = "folded", keel.name = "w"}, ...)
      %y = linalg.generic {indexing_maps = [(m, n, k) -> (m, k), (m, n, k) -> (n floordiv 64, k, n mod 64), (m, n, k) -> (m, n)]} ins(%x, %w) ...
    ```
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::func::FuncDialect",
    "mlir::linalg::LinalgDialect", "mlir::tensor::TensorDialect"
  ];
  let options = TileOptions.options # [
    Option<"maxRows", "max-rows", "int64_t", "64", "the most rows one call takes">
  ];
}

def FuseEpilogues : Pass<"keel-fuse-epilogues", "mlir::ModuleOp"> {
  let summary = "Mark what a product's tiles do before they are stored";
  let description = [{
    An activation behind a dense layer, the derivative behind an input gradient, a
    residual sum, an optimizer's update behind a weight gradient: each works on
    the elements of a product that is in registers when a tile is done. This pass
    moves such an operation right behind its contraction and marks it
    `keel.epilogue`; `keel-outline-kernels` makes the two one kernel, and
    `keel-lower-contractions` applies its body to the accumulators. A contraction
    whose result nothing else reads is marked `keel.transient`: its result is
    never stored.

    Preconditions: memrefs after bufferization, before `keel-plan-memory`, which
    keeps what the two touch apart; `keel.layout`. The operation is the
    contraction's first reader, a generic with parallel loops over C's elements,
    at which it writes; nothing between the two depends on it, and it does not
    overwrite a factor.

    Limits: one operation a contraction; none for a contraction whose sums are
    done in parts (see `keel-lower-contractions`).

    Example:

    ```
    linalg.contract ... ins(%x, %w : ...) outs(%h : memref<?x8xf32>)
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%h : memref<?x8xf32>) outs(%y : memref<?x8xf32>) { ... }
    // becomes
    linalg.contract ... ins(%x, %w : ...) outs(%h : memref<?x8xf32>) {keel.transient}
    linalg.generic {keel.epilogue, ...}
        ins(%h : memref<?x8xf32>) outs(%y : memref<?x8xf32>) { ... }
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect"];
  let options = TileOptions.options;
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
    scalar loads and broadcasts, `vector.fma`. The tile's shape is the one that a
    model of a core (two multiply-adds and two loads a cycle, four cycles of
    latency) finds fastest for the sizes among those that the registers hold: 6 x 4
    or 8 x 3 with 32 registers, 6 x 2 with 16. Columns that do not fill a tile have
    a kernel of shorter or masked vectors, rows left over tiles of powers of two,
    chosen at run time if the rows are the batch. The sums start from the
    result's old value or, if a fill or a broadcast has just been written there,
    from that. What `keel-fuse-epilogues` marked is applied to the sums: vector by
    vector if it is short, else in a loop over the tile's rows that finds them on
    the stack.

    A factor that `keel-pack-weights` has packed is read by panels, and tiles of
    several rows ask for the lines of the next one ahead. Else the second factor is
    read in place, or from a copy of a tile's columns on the stack: where n is not
    its last dimension (A B^T, a dense layer's input gradient; transposed by
    shuffles), or the first factor has many rows. A copy has at most a quarter of
    the second-level cache; longer sums are done in parts, which read and write the
    result. Blocks of rows by one tile's columns are iterations of an
    `scf.parallel`, rows fastest, so that columns stay in the second-level cache.
    Each element is one chain of multiply-adds over k, whatever tile it is in.

    Limits: A B^T with fewer than four rows is left to `keel-vectorize-generics`.
    A factor that is copied is copied again by every block of rows and in every
    call.

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
    "mlir::arith::ArithDialect", "mlir::LLVM::LLVMDialect",
    "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect",
    "mlir::vector::VectorDialect"
  ];
  let options = TileOptions.options;
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
    is transposed by square blocks of shuffles. In a loop of `keel-fuse-rows` nothing is
    split further, and results of elements may stand beside sums over v. Bits depend
    on the shape and the vector width, never on threads.

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
    it, which would compute it once for each element. What works in place is not
    fused into its consumer, and a value with two consumers is not computed twice.
    Arithmetic does not change.

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

def FuseRows : Pass<"keel-fuse-rows", "mlir::func::FuncOp"> {
  let summary = "Take each row through all operations that it needs";
  let description = [{
    A softmax or a layer norm is a handful of operations, each of which reads whole
    arrays. Row by row, all but the first find the row in the first-level cache.

    Preconditions: memrefs after bufferization, where two views of arenas that overlap
    are one value; linalg operations in the function's own block.

    Algorithm: a group is made of fills and generics whose first dimension is parallel
    and of one size: the rows. What one of them writes, the others touch as the same
    memref and in the same row alone; other operands do not depend on the row and are
    not written. The group stands where its first operation does. An operation further
    down joins it if neither it nor what it depends on is tied to what stands between.
    From the operations that reduce a row which another one touches, the group takes in
    all that share rows with it. It becomes an `scf.parallel` over chunks of rows with
    about `chunk-elements` elements in all of its operations, and a loop over a chunk's
    rows with the operations on one row. A number of a row is held in a
    register, and written at the row's end where others read it. A row that the group
    alone uses is on the stack if it takes at most `stack-bytes`; no array is
    planned for it then. Operations that go through the same columns, and touch each
    other's results at the column at hand alone, become one with a reduced loop and
    results of elements beside its sums. What the last operation updates in place is on the
    stack until then. Where a matrix takes `prefetch-bytes` or more, an operation that
    works in the first-level cache fetches a row of it ahead: the last one the row that
    is read next, the one before a row is written that row. The order of sums
    within a row does not change.

    Limits: contractions end a group. What starts a contraction stays with it, and so
    does what `keel-fuse-epilogues` has marked. Reductions over rows are not fused.

    Example: `y = x - max(x)` of each row

    ```
    %m = memref.alloc(%n) : memref<?xf32>
    linalg.fill ins(%low : f32) outs(%m : memref<?xf32>)
    linalg.generic {iterator_types = ["parallel", "reduction"]}
        ins(%x : memref<?x8xf32>) outs(%m : memref<?xf32>) { maximumf }
    linalg.generic {iterator_types = ["parallel", "parallel"]}
        ins(%x, %m : memref<?x8xf32>, memref<?xf32>) outs(%y : memref<?x8xf32>) { subf }
    // becomes
    scf.parallel (%chunk) = (%c0) to (%chunks) step (%c1) {
      scf.for %i = %begin to %end step %c1 {
        %xi = memref.subview %x[%i, 0] [1, 8] [1, 1] : ...
        %mi = memref.alloca() : memref<f32>
        %yi = memref.subview %y[%i, 0] [1, 8] [1, 1] : ...
        linalg.fill ins(%low : f32) outs(%mi : memref<f32>)
        linalg.generic {iterator_types = ["reduction"]} ins(%xi) outs(%mi) { maximumf }
        linalg.generic {iterator_types = ["parallel"]} ins(%xi, %mi) outs(%yi) { subf }
      }
    }
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect",
                           "mlir::linalg::LinalgDialect",
                           "mlir::memref::MemRefDialect",
                           "mlir::scf::SCFDialect"];
  let options = [Option<"chunkElements", "chunk-elements", "int64_t", "4096",
                        "about how many elements a chunk of rows has">,
                 Option<"stackBytes", "stack-bytes", "int64_t", "16384",
                        "the largest row that is held on the stack">,
                 Option<"prefetchBytes", "prefetch-bytes", "int64_t", "2097152",
                        "the smallest matrix whose rows are fetched ahead">];
}

def ApproximateMath : Pass<"keel-approximate-math"> {
  let summary = "Compute single-precision functions by polynomials";
  let description = [{
    Replaces exp, expm1, log, log1p, tanh, erf and erfc in single precision, on
    scalars and vectors, by polynomials, exp and expm1 by Keel's, the others by
    MLIR's: vectors need no call of libm for them, but for fmaf and floorf on a CPU
    without such instructions. Tests hold relative errors on sampled points below 1e-6; NaN,
    infinities and zeros are kept. Double precision and other functions are
    left to libm.

    Example: `math.exp %x : vector<8xf32>` becomes a reduction of the range, a
    polynomial of degree five in `math.fma` and an addition to the exponent.
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
