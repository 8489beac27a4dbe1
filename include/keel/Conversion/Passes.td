//===- Passes.td - Conversions to other dialects -*- tablegen -*-----------===//
//
// Part of the Keel project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef KEEL_CONVERSION_PASSES_TD
#define KEEL_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertKeelToLinalg : Pass<"convert-keel-to-linalg", "::mlir::ModuleOp"> {
  let summary = "Lower Keel's ops to linalg on tensors";
  let description = [{
    Lowers each op of the dialect, by one pattern in the file of its family,
    and each op of another dialect that implements `LoweringOpInterface`, to
    linalg, tensor, arith and math ops in destination-passing style. An
    `arith.select` of tensors by one condition becomes element by element too.

    Preconditions: stage `graph`. Dynamic dimensions are the batch.

    Example: before

    ```mlir
    func.func @f(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
      %y = keel.relu %x : tensor<?x4xf32>
      return %y : tensor<?x4xf32>
    }
    ```

    and after

    ```mlir
    #map = affine_map<(d0, d1) -> (d0, d1)>
    func.func @f(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
      %c0 = arith.constant 0 : index
      %zero = arith.constant 0.0 : f32
      %rows = tensor.dim %x, %c0 : tensor<?x4xf32>
      %empty = tensor.empty(%rows) : tensor<?x4xf32>
      %y = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]}
          ins(%x : tensor<?x4xf32>) outs(%empty : tensor<?x4xf32>) {
      ^bb0(%in: f32, %out: f32):
        %max = arith.maximumf %in, %zero : f32
        linalg.yield %max : f32
      } -> tensor<?x4xf32>
      return %y : tensor<?x4xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"];
}

#endif // KEEL_CONVERSION_PASSES_TD
