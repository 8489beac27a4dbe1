// RUN: keel-opt %s --keel-fuse-siblings | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>

// Momentum and parameter in one pass: the second takes the first one's result
// from a register.
// CHECK-LABEL: func.func @update
// CHECK-SAME: (%[[P:.*]]: memref<4x8xf32>, %[[M:.*]]: memref<4x8xf32>, %[[G:.*]]: memref<4x8xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[M]], %[[G]], %[[P]], %[[M]] : {{.*}}) outs(%[[M]], %[[P]] :
// CHECK: %[[NEW:.*]] = arith.addf
// CHECK: %[[STEP:.*]] = arith.subf %{{.*}}, %[[NEW]]
// CHECK: linalg.yield %[[NEW]], %[[STEP]]
// CHECK-NOT: linalg.generic
func.func @update(%p: memref<4x8xf32>, %m: memref<4x8xf32>, %g: memref<4x8xf32>) {
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%m, %g : memref<4x8xf32>, memref<4x8xf32>) outs(%m : memref<4x8xf32>) {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %0 = arith.addf %a, %c : f32
    linalg.yield %0 : f32
  }
  linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%p, %m : memref<4x8xf32>, memref<4x8xf32>) outs(%p : memref<4x8xf32>) {
  ^bb0(%a: f32, %c: f32, %o: f32):
    %0 = arith.subf %a, %c : f32
    linalg.yield %0 : f32
  }
  return
}

// The second needs the first to be done.
// CHECK-LABEL: func.func @transposed
// CHECK-COUNT-2: linalg.generic
func.func @transposed(%x: memref<4x4xf32>, %y: memref<4x4xf32>, %z: memref<4x4xf32>) {
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%x : memref<4x4xf32>) outs(%y : memref<4x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d1, d0)>, #id], iterator_types = ["parallel", "parallel"]}
      ins(%y : memref<4x4xf32>) outs(%z : memref<4x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    linalg.yield %a : f32
  }
  return
}
