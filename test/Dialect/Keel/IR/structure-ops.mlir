// The text of shortcuts, shapes and dropout.
// RUN: keel-opt --verify-roundtrip %s | FileCheck %s
// RUN: keel-opt -mlir-print-op-generic %s | keel-opt | FileCheck %s

// CHECK-LABEL: func.func @add
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>, %[[Y:.*]]: tensor<?x4xf32>, %[[B:.*]]: tensor<4xf32>)
func.func @add(%x: tensor<?x4xf32>, %y: tensor<?x4xf32>, %b: tensor<4xf32>) -> tensor<?x4xf32> {
  // CHECK: %[[S:.*]] = keel.add %[[X]], %[[Y]] : tensor<?x4xf32>
  %s = keel.add %x, %y : tensor<?x4xf32>
  // CHECK: %[[T:.*]] = keel.add %[[S]], %[[B]] : tensor<?x4xf32>, tensor<4xf32>
  %t = keel.add %s, %b : tensor<?x4xf32>, tensor<4xf32>
  // CHECK: %[[U:.*]] = keel.add %[[T]], %[[X]] : tensor<?x4xf32>{{$}}
  %u = keel.add %t, %x : tensor<?x4xf32>, tensor<?x4xf32>
  // CHECK: return %[[U]]
  return %u : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @sub
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf64>, %[[B:.*]]: tensor<4xf64>)
func.func @sub(%x: tensor<?x4xf64>, %b: tensor<4xf64>) -> tensor<?x4xf64> {
  // CHECK: %[[Y:.*]] = keel.sub %[[X]], %[[B]] : tensor<?x4xf64>, tensor<4xf64>
  %y = keel.sub %x, %b : tensor<?x4xf64>, tensor<4xf64>
  // CHECK: keel.sub %[[Y]], %[[X]] : tensor<?x4xf64>{{$}}
  %z = keel.sub %y, %x : tensor<?x4xf64>
  return %z : tensor<?x4xf64>
}

// CHECK-LABEL: func.func @mul
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>, %[[B:.*]]: tensor<4xf32>)
func.func @mul(%x: tensor<?x4xf32>, %b: tensor<4xf32>) -> tensor<?x4xf32> {
  // CHECK: %[[Y:.*]] = keel.mul %[[X]], %[[B]] : tensor<?x4xf32>, tensor<4xf32>
  %y = keel.mul %x, %b : tensor<?x4xf32>, tensor<4xf32>
  // CHECK: keel.mul %[[Y]], %[[X]] : tensor<?x4xf32>{{$}}
  %z = keel.mul %y, %x : tensor<?x4xf32>
  return %z : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @concat
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>, %[[Y:.*]]: tensor<?x1xf32>, %[[Z:.*]]: tensor<2x3x4xf32>)
func.func @concat(%x: tensor<?x4xf32>, %y: tensor<?x1xf32>, %z: tensor<2x3x4xf32>)
    -> (tensor<?x9xf32>, tensor<?x4xf32>, tensor<2x3x8xf32>) {
  // CHECK: keel.concat %[[X]], %[[Y]], %[[X]] : tensor<?x4xf32>, tensor<?x1xf32>, tensor<?x4xf32>
  %a = keel.concat %x, %y, %x : tensor<?x4xf32>, tensor<?x1xf32>, tensor<?x4xf32>
  // CHECK: keel.concat %[[X]] : tensor<?x4xf32>
  %b = keel.concat %x : tensor<?x4xf32>
  // CHECK: keel.concat %[[Z]], %[[Z]] : tensor<2x3x4xf32>, tensor<2x3x4xf32>
  %c = keel.concat %z, %z : tensor<2x3x4xf32>, tensor<2x3x4xf32>
  return %a, %b, %c : tensor<?x9xf32>, tensor<?x4xf32>, tensor<2x3x8xf32>
}

// CHECK-LABEL: func.func @flatten
// CHECK-SAME: (%[[X:.*]]: tensor<?x28x28xf32>, %[[Y:.*]]: tensor<2x3xf32>)
func.func @flatten(%x: tensor<?x28x28xf32>, %y: tensor<2x3xf32>)
    -> (tensor<?x784xf32>, tensor<2x3xf32>) {
  // CHECK: keel.flatten %[[X]] : tensor<?x28x28xf32>
  %a = keel.flatten %x : tensor<?x28x28xf32>
  // CHECK: keel.flatten %[[Y]] : tensor<2x3xf32>
  %b = keel.flatten %y : tensor<2x3xf32>
  return %a, %b : tensor<?x784xf32>, tensor<2x3xf32>
}

// CHECK-LABEL: func.func @dropout
// CHECK-SAME: (%[[X:.*]]: tensor<?x4xf32>, %[[SEED:.*]]: i64, %[[STEP:.*]]: i64, %[[ROW:.*]]: i64)
func.func @dropout(%x: tensor<?x4xf32>, %seed: i64, %step: i64, %row: i64)
    -> (tensor<?x4xf32>, tensor<?x4xf32>) {
  // CHECK: keel.dropout %[[X]] {rate = 0.1} : tensor<?x4xf32>
  %y = keel.dropout %x {rate = 0.1} : tensor<?x4xf32>
  // CHECK: keel.dropout_train %[[X]], %[[SEED]], %[[STEP]], %[[ROW]] {ordinal = 1, rate = 0.0} : tensor<?x4xf32>
  %z = keel.dropout_train %x, %seed, %step, %row {rate = 0, ordinal = 1} : tensor<?x4xf32>
  return %y, %z : tensor<?x4xf32>, tensor<?x4xf32>
}

// CHECK-LABEL: func.func @probe
// CHECK-SAME: %[[X:.*]]: tensor
func.func @probe(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // CHECK: keel.probe %[[X]] {index = 2} : tensor<?x4xf32>
  %y = keel.probe %x {index = 2} : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
