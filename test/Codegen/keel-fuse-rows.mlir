// RUN: keel-opt %s --keel-fuse-rows --split-input-file | FileCheck %s
// RUN: keel-opt %s --keel-fuse-rows="stack-bytes=16 prefetch-bytes=1024" --split-input-file \
// RUN:   | FileCheck %s --check-prefix=LARGE

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#one = affine_map<(d0) -> (d0)>

// A softmax: the largest, powers and their sum in one loop over columns, the
// factor a number. The powers are on the stack until they are scaled.
// CHECK-LABEL: func.func @softmax
// CHECK-SAME: (%[[X:.*]]: memref<64x256xf32>, %[[Y:.*]]: memref<64x256xf32>)
// CHECK-NOT: memref.alloc()
// CHECK: scf.parallel
// CHECK: scf.for %[[I:.*]] =
// CHECK-DAG: %[[XI:.*]] = memref.subview %[[X]][%[[I]], 0] [1, 256] [1, 1]
// CHECK-DAG: %[[MAX:.*]] = memref.alloca() : memref<f32>
// CHECK-DAG: %[[POWERS:.*]] = memref.alloca() {alignment = 64 : i64} : memref<256xf32>
// CHECK-DAG: %[[YI:.*]] = memref.subview %[[Y]][%[[I]], 0]
// CHECK: linalg.fill
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction"]} ins(%[[XI]] : {{.*}}) outs(%[[MAX]] :
// CHECK: linalg.fill
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction"]} ins(%[[XI]], %[[MAX]], %[[POWERS]] : {{.*}}) outs(%[[POWERS]], %[[SUM:.*]] :
// CHECK: math.exp
// CHECK: arith.addf
// CHECK: linalg.generic {{.*}} iterator_types = []} ins(%[[SUM]] : {{.*}}) outs(%[[FACTOR:.*]] : memref<f32>)
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]} ins(%[[FACTOR]], %[[POWERS]] : {{.*}}) outs(%[[YI]] :
// CHECK-NOT: memref.store
// CHECK: return

// With a small stack the powers are where the result is; the next row is fetched
// with them, the row of the result before.
// LARGE-LABEL: func.func @softmax
// LARGE-SAME: (%[[X:.*]]: memref<64x256xf32>, %[[Y:.*]]: memref<64x256xf32>)
// LARGE: scf.for %[[I:.*]] =
// LARGE: %[[YI:.*]] = memref.subview %[[Y]][%[[I]], 0]
// LARGE: %[[NEXT:.*]] = arith.minui
// LARGE: linalg.generic {{.*}} attrs = {keel.prefetched = array<i1: true>}
// LARGE: %[[XN:.*]] = memref.subview %[[X]][%[[NEXT]], 0]
// LARGE: linalg.generic {{.*}} ins({{.*}}, %[[XN]] : {{.*}}) outs(%[[YI]], {{.*}} attrs = {keel.prefetched = array<i1: false>}
// LARGE: linalg.generic {{.*}} outs(%[[YI]] :
func.func @softmax(%x: memref<64x256xf32>, %y: memref<64x256xf32>) {
  %low = arith.constant 0xFF800000 : f32
  %zero = arith.constant 0.0 : f32
  %unit = arith.constant 1.0 : f32
  %max = memref.alloc() : memref<64xf32>
  linalg.fill ins(%low : f32) outs(%max : memref<64xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : memref<64x256xf32>) outs(%max : memref<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.maxnumf %o, %a : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x, %max : memref<64x256xf32>, memref<64xf32>) outs(%y : memref<64x256xf32>) {
  ^bb0(%a: f32, %m: f32, %o: f32):
    %0 = arith.subf %a, %m : f32
    %1 = math.exp %0 : f32
    linalg.yield %1 : f32
  }
  %sum = memref.alloc() : memref<64xf32>
  linalg.fill ins(%zero : f32) outs(%sum : memref<64xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%y : memref<64x256xf32>) outs(%sum : memref<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %o, %a : f32
    linalg.yield %0 : f32
  }
  %factor = memref.alloc() : memref<64xf32>
  linalg.generic {indexing_maps = [#one, #one], iterator_types = ["parallel"]}
      ins(%sum : memref<64xf32>) outs(%factor : memref<64xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.divf %unit, %a : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%factor : memref<64xf32>) outs(%y : memref<64x256xf32>) {
  ^bb0(%f: f32, %o: f32):
    %0 = arith.mulf %o, %f : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#column = affine_map<(d0, d1) -> (d1)>
#one = affine_map<(d0) -> (d0)>

// The sum of columns in between stays behind: it reads a number of each row, which
// is written for it. What it has written, the last operation may not move past.
// CHECK-LABEL: func.func @around
// CHECK-SAME: (%[[X:.*]]: memref<?x8xf32>, %[[C:.*]]: memref<8xf32>, %[[Y:.*]]: memref<?x8xf32>, %[[Z:.*]]: memref<?x8xf32>, %[[N:.*]]: index)
// CHECK: %[[S:.*]] = memref.alloc(%[[N]]) : memref<?xf32>
// CHECK: scf.parallel
// CHECK: scf.for %[[I:.*]] =
// CHECK: linalg.fill
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction"]}
// CHECK: linalg.index 0
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel"]}
// CHECK: arith.index_cast %[[I]]
// CHECK: memref.store %{{.*}}, %[[S]][%[[I]]]
// CHECK: scf.reduce
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]}
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]}
func.func @around(%x: memref<?x8xf32>, %c: memref<8xf32>, %y: memref<?x8xf32>, %z: memref<?x8xf32>, %n: index) {
  %zero = arith.constant 0.0 : f32
  %v = memref.alloc(%n) : memref<?x8xf32>
  %s = memref.alloc(%n) : memref<?xf32>
  linalg.fill ins(%zero : f32) outs(%s : memref<?xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%v : memref<?x8xf32>) outs(%s : memref<?xf32>) {
  ^bb0(%a: f32, %o: f32):
    %i = linalg.index 1 : index
    %j = arith.index_cast %i : index to i32
    %k = arith.sitofp %j : i32 to f32
    %0 = arith.mulf %a, %k : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  }
  linalg.generic {indexing_maps = [#id, #row, #column], iterator_types = ["reduction", "parallel"]}
      ins(%v, %s : memref<?x8xf32>, memref<?xf32>) outs(%c : memref<8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.subf %a, %b : f32
    %1 = arith.addf %o, %0 : f32
    linalg.yield %1 : f32
  }
  %w = memref.alloc(%n) : memref<?x8xf32>
  linalg.generic {indexing_maps = [#id, #row, #id], iterator_types = ["parallel", "parallel"]}
      ins(%v, %s : memref<?x8xf32>, memref<?xf32>) outs(%w : memref<?x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %i = linalg.index 0 : index
    %j = arith.index_cast %i : index to i32
    %k = arith.sitofp %j : i32 to f32
    %0 = arith.mulf %a, %b : f32
    %1 = arith.addf %0, %k : f32
    linalg.yield %1 : f32
  }
  linalg.generic {indexing_maps = [#id, #column, #id], iterator_types = ["parallel", "parallel"]}
      ins(%w, %c : memref<?x8xf32>, memref<8xf32>) outs(%w : memref<?x8xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %0 = arith.addf %a, %b : f32
    linalg.yield %0 : f32
  }
  return
}

// -----

#id = affine_map<(d0, d1) -> (d0, d1)>
#first = affine_map<(d0, d1) -> (0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// The second reads the first row of what the first writes: not by rows.
// CHECK-LABEL: func.func @other_row
// CHECK-NOT: scf.parallel
func.func @other_row(%x: memref<4x8xf32>, %y: memref<4x8xf32>, %s: memref<4xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<4x8xf32>) outs(%y : memref<4x8xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [#first, #row], iterator_types = ["parallel", "reduction"]}
      ins(%y : memref<4x8xf32>) outs(%s : memref<4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %0 = arith.addf %o, %a : f32
    linalg.yield %0 : f32
  }
  return
}
