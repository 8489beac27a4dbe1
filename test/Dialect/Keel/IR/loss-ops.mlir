// The text of losses and accuracy.
// RUN: keel-opt --verify-roundtrip %s | FileCheck %s
// RUN: keel-opt -mlir-print-op-generic %s | keel-opt | FileCheck %s

// CHECK-LABEL: func.func @classification
// CHECK-SAME: (%[[Z:.*]]: tensor<?x10xf32>, %[[C:.*]]: tensor<?xi32>)
func.func @classification(%z: tensor<?x10xf32>, %c: tensor<?xi32>) -> (tensor<f64>, tensor<i64>) {
  // CHECK: %[[L:.*]] = keel.softmax_cross_entropy %[[Z]], %[[C]] : tensor<?x10xf32>, tensor<?xi32>
  %l = keel.softmax_cross_entropy %z, %c : tensor<?x10xf32>, tensor<?xi32>
  // CHECK: %[[N:.*]] = keel.count_correct %[[Z]], %[[C]] : tensor<?x10xf32>, tensor<?xi32>
  %n = keel.count_correct %z, %c : tensor<?x10xf32>, tensor<?xi32>
  // CHECK: return %[[L]], %[[N]] : tensor<f64>, tensor<i64>
  return %l, %n : tensor<f64>, tensor<i64>
}

// CHECK-LABEL: func.func @regression
// CHECK-SAME: (%[[Y:.*]]: tensor<8x2x3xf64>, %[[T:.*]]: tensor<8x2x3xf64>)
func.func @regression(%y: tensor<8x2x3xf64>, %t: tensor<8x2x3xf64>) -> tensor<f64> {
  // CHECK: %[[L:.*]] = keel.mean_squared_error %[[Y]], %[[T]] : tensor<8x2x3xf64>
  %l = keel.mean_squared_error %y, %t : tensor<8x2x3xf64>
  // CHECK: return %[[L]] : tensor<f64>
  return %l : tensor<f64>
}

// CHECK-LABEL: func.func @elements
// CHECK-SAME: (%[[Y:.*]]: tensor<?x3xf32>, %[[T:.*]]: tensor<?x3xf32>)
func.func @elements(%y: tensor<?x3xf32>, %t: tensor<?x3xf32>) {
  // CHECK: keel.sigmoid_cross_entropy %[[Y]], %[[T]] : tensor<?x3xf32>
  %a = keel.sigmoid_cross_entropy %y, %t : tensor<?x3xf32>
  // CHECK: keel.count_correct_signs %[[Y]], %[[T]] : tensor<?x3xf32>
  %b = keel.count_correct_signs %y, %t : tensor<?x3xf32>
  // CHECK: keel.mean_absolute_error %[[Y]], %[[T]] : tensor<?x3xf32>
  %c = keel.mean_absolute_error %y, %t : tensor<?x3xf32>
  // CHECK: keel.huber %[[Y]], %[[T]] {delta = 1.0} : tensor<?x3xf32>
  %d = keel.huber %y, %t : tensor<?x3xf32>
  // CHECK: keel.huber %[[Y]], %[[T]] {delta = 0.5} : tensor<?x3xf32>
  %e = keel.huber %y, %t {delta = 5e-1} : tensor<?x3xf32>
  return
}
