// RUN: keel-opt %s --keel-fuse-epilogues | FileCheck %s

#id = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>

module attributes {keel.layout = {
    params = [], states = [], slots = [], inputs = [], outputs = [], labels = [], folded = [],
    params_bytes = 0 : i64, states_bytes = 0 : i64, slots_bytes = 0, folded_bytes = 0 : i64,
    grads_bytes = 0 : i64, grads_used = 0 : i64, pending_offset = 0 : i64,
    tail_offset = 0 : i64, scratch_bytes = 0 : i64, init_scratch_bytes = 0 : i64,
    max_rows = 16 : i64}} {

// The activation goes up to its product, over what has nothing to do with it;
// the output's memory goes before both.
// CHECK-LABEL: func.func @activation
// CHECK: %[[H:.*]] = memref.alloc{{.*}} {keel.transient}
// CHECK: %[[Y:.*]] = memref.alloc
// CHECK: linalg.fill {{.*}} outs(%[[H]]
// CHECK-NEXT: linalg.contract {{.*}} {keel.transient} {{.*}} outs(%[[H]]
// CHECK-NEXT: linalg.generic {{.*}} ins(%[[H]] : {{.*}} outs(%[[Y]] : {{.*}} {keel.epilogue}
// CHECK: linalg.fill
func.func @activation(%rows: index, %x: memref<?x8xf32>, %w: memref<8x16xf32>, %other: memref<16xf32>) -> memref<?x16xf32> {
  %zero = arith.constant 0.0 : f32
  %h = memref.alloc(%rows) : memref<?x16xf32>
  linalg.fill ins(%zero : f32) outs(%h : memref<?x16xf32>)
  linalg.contract indexing_maps = [#mk, #kn, #mn] ins(%x, %w : memref<?x8xf32>, memref<8x16xf32>) outs(%h : memref<?x16xf32>)
  linalg.fill ins(%zero : f32) outs(%other : memref<16xf32>)
  %y = memref.alloc(%rows) : memref<?x16xf32>
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%h : memref<?x16xf32>) outs(%y : memref<?x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %max = arith.maximumf %in, %zero : f32
    linalg.yield %max : f32
  }
  return %y : memref<?x16xf32>
}

// A product that is read again is stored, too.
// CHECK-LABEL: func.func @read_again
// CHECK-NOT: keel.transient
// CHECK: linalg.generic {{.*}} {keel.epilogue}
// CHECK-NOT: keel.epilogue
func.func @read_again(%x: memref<4x8xf32>, %w: memref<8x16xf32>, %y: memref<4x16xf32>, %z: memref<4x16xf32>) {
  %h = memref.alloc() : memref<4x16xf32>
  linalg.contract indexing_maps = [#mk, #kn, #mn] ins(%x, %w : memref<4x8xf32>, memref<8x16xf32>) outs(%h : memref<4x16xf32>)
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%h : memref<4x16xf32>) outs(%y : memref<4x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %square = arith.mulf %in, %in : f32
    linalg.yield %square : f32
  }
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%h : memref<4x16xf32>) outs(%z : memref<4x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %twice = arith.addf %in, %in : f32
    linalg.yield %twice : f32
  }
  return
}

// An update in place of what a later product still reads may not go before it.
// CHECK-LABEL: func.func @still_read
// CHECK-NOT: keel.epilogue
func.func @still_read(%x: memref<8x4xf32>, %w: memref<8x16xf32>, %g: memref<4x16xf32>, %p: memref<4x16xf32>, %y: memref<8x16xf32>) {
  %d = memref.alloc() : memref<4x16xf32>
  linalg.contract indexing_maps = [affine_map<(m, n, k) -> (k, m)>, #kn, #mn]
      ins(%x, %w : memref<8x4xf32>, memref<8x16xf32>) outs(%d : memref<4x16xf32>)
  linalg.contract indexing_maps = [#mk, #kn, #mn] ins(%x, %p : memref<8x4xf32>, memref<4x16xf32>) outs(%y : memref<8x16xf32>)
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%d : memref<4x16xf32>) outs(%p : memref<4x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %new = arith.subf %out, %in : f32
    linalg.yield %new : f32
  }
  return
}

// Nor may one that overwrites a factor, or reads the product by rows alone.
// CHECK-LABEL: func.func @refused
// CHECK-NOT: keel.epilogue
func.func @refused(%x: memref<16x16xf32>, %w: memref<16x16xf32>, %s: memref<16xf32>) {
  %h = memref.alloc() : memref<16x16xf32>
  linalg.contract indexing_maps = [#mk, #kn, #mn] ins(%x, %w : memref<16x16xf32>, memref<16x16xf32>) outs(%h : memref<16x16xf32>)
  linalg.generic {indexing_maps = [#id, #id], iterator_types = ["parallel", "parallel"]}
      ins(%h : memref<16x16xf32>) outs(%w : memref<16x16xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  %g = memref.alloc() : memref<16x16xf32>
  linalg.contract indexing_maps = [#mk, #kn, #mn] ins(%x, %w : memref<16x16xf32>, memref<16x16xf32>) outs(%g : memref<16x16xf32>)
  linalg.generic {indexing_maps = [#id, #row], iterator_types = ["parallel", "reduction"]}
      ins(%g : memref<16x16xf32>) outs(%s : memref<16xf32>) {
  ^bb0(%in: f32, %out: f32):
    %sum = arith.addf %in, %out : f32
    linalg.yield %sum : f32
  }
  return
}

}
