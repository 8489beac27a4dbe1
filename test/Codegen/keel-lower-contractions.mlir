// RUN: keel-opt %s --keel-lower-contractions --canonicalize --cse | FileCheck %s
// RUN: keel-opt %s --keel-lower-contractions="vector-bits=512 vector-registers=32" --canonicalize --cse | FileCheck %s --check-prefix=WIDE

module attributes {keel.layout = {
    params = [], states = [], slots = [], inputs = [], outputs = [], labels = [], folded = [],
    params_bytes = 0 : i64, states_bytes = 0 : i64, slots_bytes = 0, folded_bytes = 0 : i64,
    grads_bytes = 0 : i64, grads_used = 0 : i64, pending_offset = 0 : i64,
    tail_offset = 0 : i64, scratch_bytes = 0 : i64, init_scratch_bytes = 0 : i64,
    max_rows = 16 : i64}} {

// Four rows of two vectors; the fill is where the sums start from.
// CHECK-LABEL: func.func @product
// CHECK-SAME: (%[[A:.*]]: memref<4x8xf32>, %[[B:.*]]: memref<8x16xf32>, %[[C:.*]]: memref<4x16xf32>)
// CHECK-NOT: linalg.fill
// CHECK: %[[ZERO:.*]] = arith.constant dense<0.000000e+00> : vector<8xf32>
// CHECK: %[[SUMS:.*]]:8 = scf.for %[[K:.*]] = %c0 to %c8 step %c1 iter_args(%[[SUM:[a-z0-9]*]] = %[[ZERO]]
// CHECK: %[[B0:.*]] = vector.load %[[B]][%[[K]], %c0] : memref<8x16xf32>, vector<8xf32>
// CHECK: %[[B1:.*]] = vector.load %[[B]][%[[K]], %c8] : memref<8x16xf32>, vector<8xf32>
// CHECK: %[[S:.*]] = memref.load %[[A]][%c0, %[[K]]] : memref<4x8xf32>
// CHECK: %[[V:.*]] = vector.broadcast %[[S]] : f32 to vector<8xf32>
// CHECK: vector.fma %[[V]], %[[B0]], %[[SUM]]
// CHECK: scf.yield
// CHECK: vector.store %[[SUMS]]#0, %[[C]][%c0, %c0]
// CHECK: vector.store %[[SUMS]]#7, %[[C]][%c3, %c8]

// WIDE-LABEL: func.func @product
// WIDE: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
func.func @product(%a: memref<4x8xf32>, %b: memref<8x16xf32>, %c: memref<4x16xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<4x16xf32>)
  linalg.matmul ins(%a, %b : memref<4x8xf32>, memref<8x16xf32>) outs(%c : memref<4x16xf32>)
  return
}

// Blocks of rows and columns are independent; what rows are left over is known
// only when it runs. The last columns are a masked vector.
// CHECK-LABEL: func.func @rows
// CHECK: scf.parallel
// CHECK: scf.if
// CHECK: scf.for
// CHECK: scf.index_switch
// CHECK: vector.maskedload
// CHECK: vector.maskedstore
func.func @rows(%a: memref<?x8xf64>, %b: memref<8x15xf64>, %c: memref<?x15xf64>) {
  linalg.matmul ins(%a, %b : memref<?x8xf64>, memref<8x15xf64>) outs(%c : memref<?x15xf64>)
  return
}

}
