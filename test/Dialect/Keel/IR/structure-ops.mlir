// The text of shortcuts.
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
