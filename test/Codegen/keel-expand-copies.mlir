// RUN: keel-opt %s --keel-expand-copies | FileCheck %s

// CHECK-LABEL: func.func @columns
// CHECK-SAME: (%[[X:.*]]: memref<?x3xf32>, %[[Y:.*]]: memref<?x3xf32, strided<[8, 1]>>)
// CHECK: linalg.generic {{.*}} ins(%[[X]] : {{.*}}) outs(%[[Y]] :
// CHECK-NOT: memref.copy
func.func @columns(%x: memref<?x3xf32>, %y: memref<?x3xf32, strided<[8, 1]>>) {
  memref.copy %x, %y : memref<?x3xf32> to memref<?x3xf32, strided<[8, 1]>>
  return
}
