// The text of what @fold computes with.
// RUN: keel-opt --verify-roundtrip %s | FileCheck %s
// RUN: keel-opt -mlir-print-op-generic %s | keel-opt | FileCheck %s

// CHECK-LABEL: func.func @fold
// CHECK-SAME: (%[[W:.*]]: tensor<4x3xf32>, %[[G:.*]]: tensor<3xf32>, %[[M:.*]]: tensor<2xf64>)
func.func @fold(%w: tensor<4x3xf32>, %g: tensor<3xf32>, %m: tensor<2xf64>) -> (tensor<4x3xf64>, tensor<3xf64>) {
  // CHECK: %[[S:.*]], %[[T:.*]] = keel.fold_norm %[[G]], %[[G]] affine %[[G]], %[[G]] {epsilon = 1.0e-5} : tensor<3xf32>
  %s, %t = keel.fold_norm %g, %g affine %g, %g : tensor<3xf32>
  // CHECK: %[[S2:.*]], %[[T2:.*]] = keel.fold_norm %[[M]], %[[M]] {epsilon = 0.0} : tensor<2xf64>
  %s2, %t2 = keel.fold_norm %m, %m {epsilon = 0} : tensor<2xf64>
  // CHECK: %[[W2:.*]], %[[B2:.*]] = keel.fold_columns %[[W]], %[[S]], %[[T]] : tensor<4x3xf32>, tensor<3xf64>
  %w2, %b2 = keel.fold_columns %w, %s, %t : tensor<4x3xf32>, tensor<3xf64>
  // CHECK: %[[W3:.*]], %[[B3:.*]] = keel.fold_columns %[[W2]], %[[G]], %[[G]] bias %[[B2]] : tensor<4x3xf64>, tensor<3xf32>, tensor<3xf64>
  %w3, %b3 = keel.fold_columns %w2, %g, %g bias %b2 : tensor<4x3xf64>, tensor<3xf32>, tensor<3xf64>
  // CHECK: %[[W4:.*]], %[[B4:.*]] = keel.fold_rows %[[W3]], %[[S2]], %[[T2]] {first = 0} : tensor<4x3xf64>, tensor<2xf64>
  %w4, %b4 = keel.fold_rows %w3, %s2, %t2 : tensor<4x3xf64>, tensor<2xf64>
  // CHECK: %[[W5:.*]], %[[B5:.*]] = keel.fold_rows %[[W4]], %[[S2]], %[[T2]] bias %[[B3]] {first = 2} : tensor<4x3xf64>, tensor<2xf64>, tensor<3xf64>
  %w5, %b5 = keel.fold_rows %w4, %s2, %t2 bias %b3 {first = 2} : tensor<4x3xf64>, tensor<2xf64>, tensor<3xf64>
  // CHECK: return %[[W5]], %[[B5]]
  return %w5, %b5 : tensor<4x3xf64>, tensor<3xf64>
}
