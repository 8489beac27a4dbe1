// RUN: keel-opt %s --keel-vectorize-generics --canonicalize --cse | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>

// Rows in parallel; 16 columns are two vectors, 3 more are masked.
// CHECK-LABEL: func.func @elementwise
// CHECK-SAME: (%[[X:.*]]: memref<?x19xf32>, %[[S:.*]]: memref<?xf32>, %[[B:.*]]: memref<19xf32>
// CHECK: scf.parallel
// CHECK: scf.for %[[I:.*]] =
// CHECK: vector.load %[[X]][%[[I]], %c0] : memref<?x19xf32>, vector<8xf32>
// CHECK: memref.load %[[S]][%[[I]]]
// CHECK: vector.load %[[B]][%c0] : memref<19xf32>, vector<8xf32>
// CHECK: vector.maskedload %[[X]][%[[I]], %c16]
// CHECK: vector.maskedstore
func.func @elementwise(%x: memref<?x19xf32>, %s: memref<?xf32>, %b: memref<19xf32>, %y: memref<?x19xf32>) {
  linalg.generic {indexing_maps = [#id, #row, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %s, %b : memref<?x19xf32>, memref<?xf32>, memref<19xf32>) outs(%y : memref<?x19xf32>) {
  ^bb0(%a: f32, %c: f32, %d: f32, %o: f32):
    %0 = arith.mulf %a, %c : f32
    %1 = arith.addf %0, %d : f32
    linalg.yield %1 : f32
  }
  return
}

// The sum over a row: vectors first, then their halves.
// CHECK-LABEL: func.func @row_sum
// CHECK: scf.parallel
// CHECK: scf.for {{.*}} iter_args({{.*}}) -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>
// CHECK: vector.extract_strided_slice {{.*}} sizes = [4]
// CHECK: vector.extract_strided_slice {{.*}} sizes = [1]
// CHECK: memref.store
func.func @row_sum(%x: memref<?x64xf32>, %y: memref<?xf32>) {
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<?x64xf32>) outs(%y : memref<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %o, %a : f32
    linalg.yield %0 : f32
  }
  return
}

// The sum over the rows: blocks of columns in parallel, sums in registers.
// CHECK-LABEL: func.func @column_sum
// CHECK-SAME: (%[[X:.*]]: memref<?x64xf32>, %[[Y:.*]]: memref<64xf32>)
// CHECK: scf.parallel
// CHECK: vector.load %[[Y]]
// CHECK: scf.for {{.*}} -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK: vector.load %[[X]]
// CHECK: vector.store %{{.*}}, %[[Y]]
func.func @column_sum(%x: memref<?x64xf32>, %y: memref<64xf32>) {
  linalg.generic {indexing_maps = [#id, #column], iterator_types = ["reduction", "parallel"]}
      ins(%x : memref<?x64xf32>) outs(%y : memref<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %o, %a : f32
    linalg.yield %0 : f32
  }
  return
}

// Blocks of 8x8 in registers.
// CHECK-LABEL: func.func @transpose
// CHECK: scf.parallel
// CHECK-COUNT-8: vector.load
// CHECK-COUNT-24: vector.shuffle
// CHECK-COUNT-8: vector.store
func.func @transpose(%x: memref<16x24xf32>, %y: memref<24x16xf32>) {
  linalg.transpose ins(%x : memref<16x24xf32>) outs(%y : memref<24x16xf32>) permutation = [1, 0]
  return
}

// A value that is looked up is left to plain loops.
// CHECK-LABEL: func.func @lookup
// CHECK: linalg.generic
func.func @lookup(%x: memref<?x10xf32>, %l: memref<?xindex>, %y: memref<?xf32>) {
  linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%l : memref<?xindex>) outs(%y : memref<?xf32>) {
  ^bb0(%j: index, %o: f32):
    %i = linalg.index 0 : index
    %v = memref.load %x[%i, %j] : memref<?x10xf32>
    linalg.yield %v : f32
  }
  return
}
