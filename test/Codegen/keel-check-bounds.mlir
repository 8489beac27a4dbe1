// RUN: keel-opt %s --keel-check-bounds --split-input-file --verify-diagnostics | FileCheck %s

// CHECK: llvm.mlir.global internal constant @[[TEXT:keel_out_of_bounds_[0-9]+_message]]("error: memref.load in scalar is out of bounds\0A")
// CHECK: llvm.func internal @[[FAIL:keel_out_of_bounds_[0-9]+]]() {
// CHECK: %[[ERR:.*]] = llvm.mlir.constant(2 : i32)
// CHECK: %[[START:.*]] = llvm.mlir.addressof @[[TEXT]]
// CHECK: llvm.call @write(%[[ERR]], %[[START]], %{{.*}})
// CHECK: llvm.call @abort()
// CHECK-LABEL: func.func @scalar(
// CHECK-SAME: %[[M:.*]]: memref<4x?xf32>, %[[I:.*]]: index, %[[J:.*]]: index
func.func @scalar(%m: memref<4x?xf32>, %i: index, %j: index) -> f32 {
  // CHECK: %[[FOUR:.*]] = arith.constant 4
  // CHECK: %[[GOOD:.*]] = arith.cmpi ult, %[[I]], %[[FOUR]]
  // CHECK: %[[WRONG:.*]] = arith.xori %[[GOOD]], %true
  // CHECK: scf.if %[[WRONG]] {
  // CHECK:   llvm.call @[[FAIL]]()
  // CHECK: %[[SIZE:.*]] = memref.dim %[[M]], %c1
  // CHECK: arith.cmpi ult, %[[J]], %[[SIZE]]
  // CHECK: memref.load
  %e = memref.load %m[%i, %j] : memref<4x?xf32>
  return %e : f32
}

// -----

// CHECK-LABEL: func.func @vector(
// CHECK-SAME: %[[M:.*]]: memref<4x20xf32>, %[[I:.*]]: index,
func.func @vector(%m: memref<4x20xf32>, %i: index, %v: vector<8xf32>) {
  // CHECK: arith.cmpi ult, %[[I]], %c4
  // CHECK: arith.cmpi ult, %[[I]], %c20
  // CHECK: %[[END:.*]] = arith.addi %[[I]], %c8
  // CHECK: arith.cmpi ule, %[[END]], %c20
  // CHECK: vector.store
  vector.store %v, %m[%i, %i] : memref<4x20xf32>, vector<8xf32>
  return
}

// -----

// CHECK-LABEL: func.func @masked(
// CHECK-SAME: %[[M:.*]]: memref<20xf32>, %[[I:.*]]: index, %[[MASK:.*]]: vector<8xi1>
func.func @masked(%m: memref<20xf32>, %i: index, %mask: vector<8xi1>,
                  %v: vector<8xf32>) -> vector<8xf32> {
  // CHECK: %[[FIRST:.*]] = vector.broadcast %[[I]]
  // CHECK: %[[STEP:.*]] = vector.step
  // CHECK: %[[LIMIT:.*]] = vector.broadcast %c20
  // CHECK: %[[LANES:.*]] = arith.addi %[[FIRST]], %[[STEP]]
  // CHECK: %[[BEYOND:.*]] = arith.cmpi uge, %[[LANES]], %[[LIMIT]]
  // CHECK: %[[WRONG:.*]] = arith.andi %[[BEYOND]], %[[MASK]]
  // CHECK: vector.reduction <or>, %[[WRONG]]
  // CHECK: vector.maskedload
  %r = vector.maskedload %m[%i], %mask, %v
      : memref<20xf32>, vector<8xi1>, vector<8xf32> into vector<8xf32>
  return %r : vector<8xf32>
}

// -----

// CHECK-LABEL: func.func @views(
// CHECK-SAME: %[[M:.*]]: memref<640xi8>, %[[SHIFT:.*]]: index, %[[ROWS:.*]]: index
func.func @views(%m: memref<640xi8>, %shift: index, %rows: index) {
  // CHECK: %[[ROW:.*]] = arith.muli %{{.*}}, %[[ROWS]]
  // CHECK: %[[BYTES:.*]] = arith.muli %[[ROW]], %c5
  // CHECK: arith.cmpi ule, %[[SHIFT]], %c640
  // CHECK: %[[LEFT:.*]] = arith.subi %{{.*}}, %[[SHIFT]]
  // CHECK: arith.cmpi ule, %[[BYTES]], %[[LEFT]]
  // CHECK: memref.view
  %v = memref.view %m[%shift][%rows] : memref<640xi8> to memref<?x5xf32>
  // CHECK: memref.subview
  %s = memref.subview %v[%shift, 0] [%rows, 5] [1, 1]
      : memref<?x5xf32> to memref<?x5xf32, strided<[5, 1], offset: ?>>
  return
}

// -----

// CHECK-LABEL: func.func @reshaped(
// CHECK-NOT: scf.if
// CHECK: return
func.func @reshaped(%m: memref<12xf32>) {
  %e = memref.expand_shape %m [[0, 1]] output_shape [3, 4]
      : memref<12xf32> into memref<3x4xf32>
  return
}

// -----

// CHECK-LABEL: func.func @expanded(
// CHECK-SAME: %[[M:.*]]: memref<?x12xf32>, %[[ROWS:.*]]: index
func.func @expanded(%m: memref<?x12xf32>, %rows: index) {
  // CHECK: %[[WHOLE:.*]] = arith.muli %{{.*}}, %[[ROWS]]
  // CHECK: %[[COUNT:.*]] = arith.muli %[[WHOLE]], %c2
  // CHECK: %[[SIZE:.*]] = memref.dim %[[M]], %c0
  // CHECK: arith.cmpi eq, %[[COUNT]], %[[SIZE]]
  // CHECK: scf.if
  // CHECK-NOT: scf.if
  // CHECK: memref.expand_shape
  %e = memref.expand_shape %m [[0, 1], [2, 3]] output_shape [%rows, 2, 3, 4]
      : memref<?x12xf32> into memref<?x2x3x4xf32>
  // CHECK-NOT: scf.if
  // CHECK: return
  %c = memref.collapse_shape %e [[0, 1], [2], [3]]
      : memref<?x2x3x4xf32> into memref<?x3x4xf32>
  return
}

// -----

// CHECK-LABEL: func.func @selected(
// CHECK-NOT: scf.if
// CHECK: arith.select
// CHECK: scf.if
// CHECK: memref.load
func.func @selected(%m: memref<4xf32>, %n: memref<4xf32>, %which: i1,
                    %i: index) -> f32 {
  %s = arith.select %which, %m, %n : memref<4xf32>
  %e = memref.load %s[%i] : memref<4xf32>
  return %e : f32
}

// -----

func.func @unknown(%m: memref<4xf32>, %n: memref<4xf32>) {
  // expected-error@+1 {{'memref.copy' takes a memref, and how to check its bounds is not known}}
  memref.copy %m, %n : memref<4xf32> to memref<4xf32>
  return
}
