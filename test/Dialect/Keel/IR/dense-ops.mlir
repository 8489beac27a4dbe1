// The text of dense layers.
// RUN: keel-opt --verify-roundtrip %s | FileCheck %s
// RUN: keel-opt -mlir-print-op-generic %s | keel-opt | FileCheck %s

// CHECK-LABEL: func.func @dense
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>, %[[W:.*]]: tensor<4x3xf32>, %[[B:.*]]: tensor<3xf32>)
func.func @dense(%x: tensor<?x4xf32>, %w: tensor<4x3xf32>, %b: tensor<3xf32>)
    -> (tensor<?x3xf32>, tensor<?x3xf32>) {
  // CHECK: keel.dense %[[X]], %[[W]], %[[B]] : tensor<?x4xf32>, tensor<4x3xf32>, tensor<3xf32>
  %y = keel.dense %x, %w, %b : tensor<?x4xf32>, tensor<4x3xf32>, tensor<3xf32>
  // CHECK: keel.dense %[[X]], %[[W]] : tensor<?x4xf32>, tensor<4x3xf32>
  %z = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x3xf32>
  return %y, %z : tensor<?x3xf32>, tensor<?x3xf32>
}

// CHECK-LABEL: func.func @dense_static
// CHECK-SAME: (%[[X:.*]]: tensor<8x4xf64>, %[[W:.*]]: tensor<4x3xf64>) -> tensor<8x3xf64>
func.func @dense_static(%x: tensor<8x4xf64>, %w: tensor<4x3xf64>) -> tensor<8x3xf64> {
  // CHECK: keel.dense %[[X]], %[[W]] {test.note = 5.000000e-01 : f32} : tensor<8x4xf64>, tensor<4x3xf64>
  %y = keel.dense %x, %w {test.note = 5.0e-1 : f32} : tensor<8x4xf64>, tensor<4x3xf64>
  return %y : tensor<8x3xf64>
}
