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

// Blocks of rows and columns are independent. How many rows are left over is known
// only when it runs: tiles of four, two and one. The last columns are a masked
// vector.
// CHECK-LABEL: func.func @rows
// CHECK: scf.parallel
// CHECK: scf.if
// CHECK: scf.for
// CHECK: scf.for {{.*}} -> (vector<4xf64>
// CHECK: llvm.loop_annotation
// CHECK-COUNT-3: scf.if
// CHECK: vector.maskedload
// CHECK: vector.maskedstore
func.func @rows(%a: memref<?x8xf64>, %b: memref<8x15xf64>, %c: memref<?x15xf64>) {
  linalg.matmul ins(%a, %b : memref<?x8xf64>, memref<8x15xf64>) outs(%c : memref<?x15xf64>)
  return
}

// Where n is not B's last dimension, a block copies its columns, transposed by
// shuffles; the steps of k that fill no square are masked.
// CHECK-LABEL: func.func @transposed
// CHECK: scf.parallel
// CHECK: %[[PANEL:.*]] = memref.alloca() {{.*}} : memref<11x16xf32>
// CHECK-COUNT-8: vector.load {{.*}} : memref<32x11xf32>, vector<8xf32>
// CHECK: vector.shuffle
// CHECK: vector.store {{.*}}, %[[PANEL]]
// CHECK: vector.maskedload {{.*}} : memref<32x11xf32>
// CHECK: vector.load %[[PANEL]]
// CHECK: vector.fma
func.func @transposed(%a: memref<6x11xf32>, %b: memref<32x11xf32>, %c: memref<6x32xf32>) {
  linalg.contract indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n, k)>, affine_map<(m, n, k) -> (m, n)>]
      ins(%a, %b : memref<6x11xf32>, memref<32x11xf32>) outs(%c : memref<6x32xf32>)
  return
}

// A long sum is done in parts, which read and write the result: 2000 columns of
// B are far apart, and a copy of all steps of k is too large.
// CHECK-LABEL: func.func @parts
// CHECK: memref.alloca() {{.*}} : memref<1672x16xf32>
// CHECK: scf.for %{{.*}} = %c0 to %c5000 step %c1672
// CHECK: vector.load %{{.*}} : memref<96x2048xf32>
func.func @parts(%a: memref<96x5000xf32>, %b: memref<5000x2048xf32>, %c: memref<96x2048xf32>) {
  linalg.matmul ins(%a, %b : memref<96x5000xf32>, memref<5000x2048xf32>) outs(%c : memref<96x2048xf32>)
  return
}

// A packed factor is read panel by panel; a tile of several rows asks for a line of
// the next one at every step.
// CHECK-LABEL: func.func @packed
// CHECK: scf.for %[[K:.*]] = %c0 to %c32 step %c1 iter_args
// CHECK: memref.prefetch %{{.*}}[%{{.*}}, %[[K]], %{{.*}}], read, locality<2>, data : memref<2x32x16xf32>
// CHECK: vector.load %{{.*}}[%{{.*}}, %[[K]], %c0] : memref<2x32x16xf32>, vector<8xf32>
// CHECK: vector.load %{{.*}}[%{{.*}}, %[[K]], %c8] : memref<2x32x16xf32>, vector<8xf32>
func.func @packed(%a: memref<6x32xf32>, %b: memref<2x32x16xf32>, %c: memref<6x32xf32>) {
  linalg.generic {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv 16, k, n mod 16)>, affine_map<(m, n, k) -> (m, n)>],
                  iterator_types = ["parallel", "parallel", "reduction"]}
      ins(%a, %b : memref<6x32xf32>, memref<2x32x16xf32>) outs(%c : memref<6x32xf32>) {
  ^bb0(%x: f32, %w: f32, %sum: f32):
    %product = arith.mulf %x, %w : f32
    %next = arith.addf %sum, %product : f32
    linalg.yield %next : f32
  }
  return
}

// An epilogue works on the sums: the product is not stored.
// CHECK-LABEL: func.func @epilogue
// CHECK-SAME: %[[A:.*]]: memref<4x8xf32>, %[[B:.*]]: memref<8x16xf32>, %[[C:.*]]: memref<4x16xf32>, %[[Y:.*]]: memref<4x16xf32>
// CHECK: %[[SUMS:.*]]:8 = scf.for
// CHECK-NOT: %[[C]]
// CHECK: %[[MAX:.*]] = arith.maximumf %[[SUMS]]#0
// CHECK: vector.store %[[MAX]], %[[Y]][%c0, %c0]
func.func @epilogue(%a: memref<4x8xf32>, %b: memref<8x16xf32>, %c: memref<4x16xf32>, %y: memref<4x16xf32>) {
  %zero = arith.constant 0.0 : f32
  linalg.fill ins(%zero : f32) outs(%c : memref<4x16xf32>)
  linalg.matmul {keel.transient} ins(%a, %b : memref<4x8xf32>, memref<8x16xf32>) outs(%c : memref<4x16xf32>)
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%c : memref<4x16xf32>) outs(%y : memref<4x16xf32>) attrs = {keel.epilogue} {
  ^bb0(%in: f32, %out: f32):
    %max = arith.maximumf %in, %zero : f32
    linalg.yield %max : f32
  }
  return
}

// A long one is a loop over the tile's rows.
// CHECK-LABEL: func.func @rolled
// CHECK: %[[TILE:.*]] = memref.alloca
// CHECK: vector.store {{.*}}, %[[TILE]]
// CHECK: scf.for
// CHECK: vector.load %[[TILE]]
// CHECK: math.sqrt
func.func @rolled(%a: memref<4x1024xf32>, %b: memref<4x128xf32>, %c: memref<1024x128xf32>, %p: memref<1024x128xf32>) {
  linalg.contract indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>] {keel.transient}
      ins(%a, %b : memref<4x1024xf32>, memref<4x128xf32>) outs(%c : memref<1024x128xf32>)
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%c : memref<1024x128xf32>) outs(%p : memref<1024x128xf32>) attrs = {keel.epilogue} {
  ^bb0(%in: f32, %out: f32):
    %root = math.sqrt %out : f32
    %new = arith.divf %in, %root : f32
    linalg.yield %new : f32
  }
  return
}

}
