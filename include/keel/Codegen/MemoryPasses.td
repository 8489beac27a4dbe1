//===- MemoryPasses.td - Arenas, buffers, functions -*- tablegen -*--------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_CODEGEN_MEMORYPASSES_TD
#define KEEL_CODEGEN_MEMORYPASSES_TD

include "mlir/Pass/PassBase.td"

def MapToArenas : Pass<"keel-map-to-arenas", "mlir::ModuleOp"> {
  let summary = "Give step functions their flat arenas";
  let description = [{
    Rewrites the step's functions from tensors with roles (keel/Interfaces/Roles.h)
    to functions of flat arenas. A step then has a handful of pointers however
    deep the net is, and the optimizer, a checkpoint or an all-reduce is one pass
    over one array.

    Preconditions: stage linalg. Every tensor argument and result has a role and,
    but for loss, correct, norm and flags, a name; a name has one type per role;
    each `?` is the batch. Functions of other names are left alone.

    Algorithm: `ArenaLayout` places the parameters that have a gradient first, so
    that the gradients and every block of optimizer slots repeat that layout, then
    the frozen ones; each tensor starts at a multiple of 64 bytes. The grads arena
    holds gradients, new states and apply_step's temporaries. A tensor becomes a
    `memref.view` at its offset, read through `to_tensor restrict`. A result is
    put into its place by two `materialize_in_destination`: on tensors, so that
    bufferization sees which reads of an old value precede its overwriting, then
    on the memref, which becomes nothing if the first happened in place. In
    apply_step old and new parameters share a place. What @fold makes (role
    `folded`) has an arena of its own, which @infer then takes for params.
    `tensor.dim` of the batch
    becomes the argument `rows`. A result that is a constant of one value is
    filled in. The layout is kept as the module attribute `keel.layout`.

    Limits: one block per function; a batch dimension in init or apply_step is
    an error.

    Example:

    ```
    func.func @infer(%w: tensor<4x8xf32> {keel.role = "param", keel.name = "w"},
                     %x: tensor<?x4xf32> {keel.role = "input", keel.name = "x"})
        -> (tensor<?x8xf32> {keel.role = "output", keel.name = "y"})
    // becomes, for max-rows=16,
    func.func @infer(%context: !llvm.ptr {keel.arena = "context"},
                     %params: memref<128xi8> {keel.arena = "params"},
                     %states: memref<0xi8> {keel.arena = "states"},
                     %scratch: memref<0xi8> {keel.arena = "scratch"},
                     %x: memref<256xi8> {keel.arena = "input"},
                     %y: memref<512xi8> {keel.arena = "output"},
                     %rows: index {keel.arena = "rows"})
    ```
  }];
  let dependentDialects = [
    "mlir::arith::ArithDialect", "mlir::bufferization::BufferizationDialect",
    "mlir::LLVM::LLVMDialect", "mlir::linalg::LinalgDialect",
    "mlir::memref::MemRefDialect", "mlir::tensor::TensorDialect"
  ];
  let options = [Option<"maxRows", "max-rows", "int64_t", "64",
                        "the most rows one call takes">];
}

def ExpandCopies : Pass<"keel-expand-copies"> {
  let summary = "Make copies linalg operations";
  let description = [{
    What bufferization still has to copy (a slice into its place in a
    concatenation, an argument that is a result) is element-wise work like any
    other: as a linalg operation it is vectorized and runs in parallel. A copy
    between memrefs with strides would otherwise call a function of MLIR's
    runtime, which a compiled program does not have.

    Preconditions: ranked memrefs.

    Example:

    ```
    memref.copy %x, %y : memref<?x3xf32> to memref<?x3xf32, strided<[8, 1]>>
    // becomes
    linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
        ins(%x : memref<?x3xf32>) outs(%y : memref<?x3xf32, strided<[8, 1]>>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    }
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect"];
}

def PlanMemory : Pass<"keel-plan-memory", "mlir::ModuleOp"> {
  let summary = "Give every temporary a place in the scratch arena";
  let description = [{
    Replaces every `memref.alloc` of a step function by a view of its scratch
    arena, so that a step allocates nothing: memory that is allocated in a call
    costs a good part of its time.

    Preconditions: `keel.layout`; sizes are static or follow `rows` by sums,
    products, quotients and minima, which bounds them by `max_rows`. Anything
    else is an error.

    Algorithm: a temporary lives from the first to the last operation of the
    function's block that touches it or an alias of it; one inside a region lives
    as long as the operation that holds the region. The largest is placed first,
    each at the lowest offset that is free over its whole life. apply_step has no
    scratch: its temporaries follow the new states in the grads arena. The bytes
    needed are recorded in `keel.layout`; but for init's, every scratch argument has
    them as its type. `memref.dealloc` is removed. What `keel-fuse-epilogues` made
    one kernel lives as one operation, and a `keel.transient` product, which is never
    stored, has one byte.

    Limits: lifetimes inside a loop are not told apart.

    Example:

    ```
    %a = memref.alloc(%rows) : memref<?x8xf32>
    // becomes, for max_rows = 16,
    %a = memref.view %scratch[%c0][%rows] : memref<512xi8> to memref<?x8xf32>
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect",
                           "mlir::memref::MemRefDialect"];
}

def SeparateDestinations : Pass<"keel-separate-destinations"> {
  let summary = "Give every operation a destination of its own";
  let description = [{
    CSE makes one `tensor.empty`, and one fill of it, of all that are equal. As
    destinations they are not: each operation writes memory of its own. Shared, they
    make bufferization copy a fill for each user, and take all their users for
    possible aliases of each other, which it then compares by pairs.

    Preconditions: linalg on tensors.

    Algorithm: an empty tensor or a fill that has other users is repeated right
    before an operation it is the destination of. What a contraction alone starts
    from, such as a broadcast bias, moves right before it.

    Example:

    ```
    %e = tensor.empty() : tensor<4x8xf32>
    %f = linalg.fill ins(%zero : f32) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
    %0 = linalg.matmul ins(%a, %b : ...) outs(%f : tensor<4x8xf32>) -> tensor<4x8xf32>
    %1 = linalg.matmul ins(%a, %c : ...) outs(%f : tensor<4x8xf32>) -> tensor<4x8xf32>
    // becomes
    %e0 = tensor.empty() : tensor<4x8xf32>
    %f0 = linalg.fill ins(%zero : f32) outs(%e0 : tensor<4x8xf32>) -> tensor<4x8xf32>
    %0 = linalg.matmul ins(%a, %b : ...) outs(%f0 : tensor<4x8xf32>) -> tensor<4x8xf32>
    %e1 = tensor.empty() : tensor<4x8xf32>
    %f1 = linalg.fill ins(%zero : f32) outs(%e1 : tensor<4x8xf32>) -> tensor<4x8xf32>
    %1 = linalg.matmul ins(%a, %c : ...) outs(%f1 : tensor<4x8xf32>) -> tensor<4x8xf32>
    ```
  }];
  let dependentDialects = ["mlir::linalg::LinalgDialect",
                           "mlir::tensor::TensorDialect"];
}

def OutlineKernels : Pass<"keel-outline-kernels", "mlir::ModuleOp"> {
  let summary = "Make linalg operations functions that equal ones share";
  let description = [{
    Makes a private function, a kernel, of each linalg operation, and of each loop of
    `keel-fuse-rows`, that stands in a step function's block, and calls it in its place. Equal operations at other
    places of the arenas share one. What is vectorized, lowered and optimized then
    grows with the number of distinct layers, not with depth, and no function that
    LLVM sees is long but for a list of calls.

    Preconditions: the context is the functions' first argument; memrefs are views
    of arenas, so `keel-plan-memory` has run.

    Algorithm: views, constants and arithmetic of sizes are made again in the
    kernel; arenas, the views' offsets, integer constants (what a random number is
    drawn by differs from parameter to parameter) and other values from outside are
    passed. A constant that all calls of a kernel then agree on is put back into it.
    An operation takes along the fills right before it of what it starts from, a
    contraction also another operation that writes it. Arguments keep `keel.arena`, which tells later passes of the rows.

    Limits: operations inside regions stay where they are. A kernel that differs in
    a floating-point constant is another one, since constants decide how some
    functions are computed.

    Example:

    ```
    %x = memref.view %scratch[%c0][%rows] : memref<512xi8> to memref<?x8xf32>
    %y = memref.view %scratch[%c256][%rows] : memref<512xi8> to memref<?x8xf32>
    linalg.exp ins(%x : memref<?x8xf32>) outs(%y : memref<?x8xf32>)
    // becomes, where another operation reads elsewhere but writes to the same place,
    call @infer_kernel(%context, %scratch, %rows, %c0)
        : (!llvm.ptr, memref<512xi8>, index, index) -> ()
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect",
                           "mlir::func::FuncDialect"];
}

def OutlineParallelLoops : Pass<"keel-outline-parallel-loops", "mlir::ModuleOp"> {
  let summary = "Make parallel loops functions on ranges";
  let description = [{
    Makes a private function of each outermost `scf.parallel` of a step's function
    or kernel that works on a range of its iterations, and calls a declaration, marked with
    `keel.parallel_body`, in its place.

    Preconditions: `keel.layout`; the context is the functions' first argument;
    memrefs that a loop uses are views of arguments.

    Algorithm: views, constants and arithmetic of sizes are made again in the outlined function; views'
    offsets and other values from outside are passed. A function that is equal to
    one outlined before is not made again, so that code grows with distinct
    layers. A loop whose estimated work (trip counts,
    with `max_rows` for the batch, times operations) is below `grain` becomes a
    sequential loop, as do loops with several dimensions, a step other than 1, or
    inside another parallel loop. Buffers on the stack move to the function's
    entry.

    Limits: the estimate counts operations, not their latency.

    Example:

    ```
    scf.parallel (%i) = (%c0) to (%n) step (%c1) { ... }
    // becomes
    call @infer_parallel_0_dispatch(%context, %arena, %offset, %c0, %n)
        : (!llvm.ptr, memref<512xi8>, index, index, index) -> ()
    func.func private @infer_parallel_0(%context: !llvm.ptr, %arena: memref<512xi8>,
                                        %offset: index, %begin: index, %end: index)
    ```
  }];
  let dependentDialects = ["mlir::arith::ArithDialect",
                           "mlir::func::FuncDialect", "mlir::scf::SCFDialect"];
  let options = [Option<"grain", "grain", "int64_t", "20000",
                        "the operations below which a loop stays sequential">];
}

def CheckBounds : Pass<"keel-check-bounds", "mlir::ModuleOp"> {
  let summary = "Check every access of generated code";
  let description = [{
    Puts a check before each load, store, masked load and store, view and subview:
    every index is below its dimension, a vector ends where its row ends, no lane
    that is on is beyond it, the bytes of a view are those of its arena. Where one
    fails, the process writes which op of which function it was to standard error,
    and aborts.

    The pass is not part of a pipeline unless `check-bounds` is set, as by
    `keel train --check-bounds`: code then takes several times longer. It is there
    to find faults of code generation.

    Preconditions: stage vector, after `keel-outline-parallel-loops`. An op that
    takes a memref and is not one of the above is an error, so that no access goes
    unchecked.

    Limits: an arena is as large as its type says; whether the caller's memory is,
    is not known. Prefetches, which cannot fault, are not checked.

    Example:

    ```
    %e = memref.load %m[%i] : memref<?xf32>
    // becomes
    %size = memref.dim %m, %c0 : memref<?xf32>
    %good = arith.cmpi ult, %i, %size : index
    %wrong = arith.xori %good, %true : i1
    scf.if %wrong {
      llvm.call @keel_out_of_bounds_1() : () -> ()
    }
    %e = memref.load %m[%i] : memref<?xf32>
    ```
  }];
  let dependentDialects = ["mlir::LLVM::LLVMDialect", "mlir::arith::ArithDialect",
                           "mlir::memref::MemRefDialect", "mlir::scf::SCFDialect",
                           "mlir::vector::VectorDialect"];
}

def LowerParallelCalls : Pass<"keel-lower-parallel-calls", "mlir::ModuleOp"> {
  let summary = "Call parallel loops through the context's parallel_for";
  let description = [{
    Gives each declaration that `keel-outline-parallel-loops` left a body: it
    packs its arguments into a struct on the stack and calls the context's
    `parallel_for` (keel/Runtime/Model.h), whose pointer stands at offset 0, with
    a thunk that unpacks them and calls the outlined function. All three become
    internal.

    Preconditions: stage llvm, memrefs as bare pointers; the declaration and the
    function it names have one signature that ends in the range.

    Limits: `parallel_for` must return before the stack frame does, as its
    contract says.

    Example:

    ```
    llvm.func @dispatch(!llvm.ptr, !llvm.ptr, i64, i64)
        attributes {keel.parallel_body = @body}
    // becomes
    llvm.func internal @dispatch(%context: !llvm.ptr, %arena: !llvm.ptr,
                                 %begin: i64, %end: i64) {
      %packed = ...
      %for = llvm.load %context : !llvm.ptr -> !llvm.ptr
      llvm.call %for(%context, @body_thunk, %packed, %begin, %end)
      llvm.return
    }
    ```
  }];
  let dependentDialects = ["mlir::LLVM::LLVMDialect"];
}

def EmitEntryPoints : Pass<"keel-emit-entry-points", "mlir::ModuleOp"> {
  let summary = "Give the step's functions their C signatures";
  let description = [{
    Wraps each step function in one that has the signature keel/Runtime/Model.h
    gives it: inputs, labels and outputs as arrays of pointers. The wrapper is
    named `<keel.model_name>_<function>` and is the only external symbol of the
    function; learning_rate is renamed in place. A result starts as zero. init has
    no scratch in its signature: its wrapper allocates and frees it, which no other
    function does.

    Preconditions: stage llvm, memrefs as bare pointers, `keel.layout`.

    Example:

    ```
    llvm.func @infer(%context, %params, %states, %scratch, %x, %y, %rows)
    // becomes
    llvm.func internal @infer_impl(%context, %params, %states, %scratch, %x, %y, %rows)
    llvm.func @model_infer(%context, %params, %states, %scratch, %inputs, %outputs, %rows)
    ```
  }];
  let dependentDialects = ["mlir::LLVM::LLVMDialect"];
}

#endif // KEEL_CODEGEN_MEMORYPASSES_TD
