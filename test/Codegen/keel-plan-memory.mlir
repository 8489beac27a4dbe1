// RUN: keel-opt %s --keel-plan-memory --cse | FileCheck %s

// %a and %c are never alive together, %b is alive with both.
// CHECK: keel.infer_scratch_bytes = 768 : i64
// CHECK-SAME: init_scratch_bytes = 0 : i64{{.*}}scratch_bytes = 768 : i64
module attributes {keel.layout = {
    params = [], states = [], slots = [], inputs = [], outputs = [], labels = [], folded = [],
    params_bytes = 0 : i64, states_bytes = 0 : i64, slots_bytes = 0, folded_bytes = 0 : i64,
    grads_bytes = 0 : i64, grads_used = 0 : i64, pending_offset = 0 : i64,
    tail_offset = 0 : i64, scratch_bytes = 0 : i64, init_scratch_bytes = 0 : i64,
    max_rows = 16 : i64}} {

// CHECK-LABEL: func.func @infer
// CHECK-SAME: %[[SCRATCH:.*]]: memref<768xi8> {keel.arena = "scratch"}, %[[ROWS:.*]]: index
// CHECK-NOT: memref.alloc
// CHECK: memref.view %[[SCRATCH]][%c0{{.*}}][%[[ROWS]]] : memref<768xi8> to memref<?x8xf32>
// CHECK: memref.view %[[SCRATCH]][%c512{{.*}}][] : memref<768xi8> to memref<64xf32>
// CHECK: memref.view %[[SCRATCH]][%c0{{.*}}][] : memref<768xi8> to memref<64xf32>
func.func @infer(%scratch: memref<0xi8> {keel.arena = "scratch"},
                 %rows: index {keel.arena = "rows"}) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %a = memref.alloc(%rows) : memref<?x8xf32>
  linalg.fill ins(%zero : f32) outs(%a : memref<?x8xf32>)
  %b = memref.alloc() : memref<64xf32>
  linalg.fill ins(%zero : f32) outs(%b : memref<64xf32>)
  %x = memref.load %a[%c0, %c0] : memref<?x8xf32>
  %c = memref.alloc() : memref<64xf32>
  memref.copy %b, %c : memref<64xf32> to memref<64xf32>
  memref.dealloc %c : memref<64xf32>
  return
}

// The arena is one for all, so its type is.
// CHECK-LABEL: func.func @eval
// CHECK-SAME: memref<768xi8> {keel.arena = "scratch"}
// CHECK: memref.view {{.*}} to memref<16xf32>
func.func @eval(%scratch: memref<0xi8> {keel.arena = "scratch"}) {
  %zero = arith.constant 0.0 : f32
  %a = memref.alloc() : memref<16xf32>
  linalg.fill ins(%zero : f32) outs(%a : memref<16xf32>)
  return
}


// The product is in registers alone, and what its epilogue writes is alive with
// what the product reads: one kernel does both.
// CHECK-LABEL: func.func @grad_step
// CHECK: memref.view %{{.*}}[%c256{{.*}}][] : {{.*}} to memref<4x8xf32>
// CHECK: memref.view %{{.*}}[%c384{{.*}}][] : {{.*}} to memref<4x16xf32>
// CHECK: memref.view %{{.*}}[%c0{{.*}}][] : {{.*}} to memref<4x16xf32>
func.func @grad_step(%scratch: memref<0xi8> {keel.arena = "scratch"}, %w: memref<8x16xf32>) {
  %zero = arith.constant 0.0 : f32
  %x = memref.alloc() : memref<4x8xf32>
  linalg.fill ins(%zero : f32) outs(%x : memref<4x8xf32>)
  %h = memref.alloc() {keel.transient} : memref<4x16xf32>
  %y = memref.alloc() : memref<4x16xf32>
  linalg.fill ins(%zero : f32) outs(%h : memref<4x16xf32>)
  linalg.matmul {keel.transient} ins(%x, %w : memref<4x8xf32>, memref<8x16xf32>) outs(%h : memref<4x16xf32>)
  linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%h : memref<4x16xf32>) outs(%y : memref<4x16xf32>) attrs = {keel.epilogue} {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  }
  return
}

}
