// RUN: keel-opt %s --keel-outline-parallel-loops=grain=1000 | FileCheck %s

module attributes {keel.layout = {
    params = [], states = [], slots = [], inputs = [], outputs = [], labels = [], folded = [],
    params_bytes = 0 : i64, states_bytes = 0 : i64, slots_bytes = 0, folded_bytes = 0 : i64,
    grads_bytes = 0 : i64, grads_used = 0 : i64, pending_offset = 0 : i64,
    tail_offset = 0 : i64, scratch_bytes = 0 : i64, init_scratch_bytes = 0 : i64,
    max_rows = 16 : i64}} {

// The view is made again in the body; its offset and the loaded factor are
// passed. Equal loops share a function.
// CHECK-LABEL: func.func private @infer_parallel_0
// CHECK-SAME: (%{{.*}}: !llvm.ptr, %[[FACTOR:.*]]: f32, %[[ARENA:.*]]: memref<65536xi8>, %[[OFFSET:.*]]: index, %[[BEGIN:.*]]: index, %[[END:.*]]: index)
// CHECK: %[[VIEW:.*]] = memref.view %[[ARENA]][%[[OFFSET]]]
// CHECK: scf.for %[[I:.*]] = %[[BEGIN]] to %[[END]]
// CHECK: memref.store %[[FACTOR]], %[[VIEW]][%[[I]]]
// CHECK: func.func private @infer_parallel_0_dispatch({{.*}}) attributes {keel.parallel_body = @infer_parallel_0}

// CHECK-LABEL: func.func @infer(
// CHECK: call @infer_parallel_0_dispatch(%{{.*}}, %{{.*}}, %{{.*}}, %c0, %c0, %c16384)
// CHECK: call @infer_parallel_0_dispatch(%{{.*}}, %{{.*}}, %{{.*}}, %c64, %c0, %c16384)
// CHECK: scf.for
// CHECK-NOT: scf.parallel
func.func @infer(%context: !llvm.ptr {keel.arena = "context"},
                 %scratch: memref<65536xi8> {keel.arena = "scratch"}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c10 = arith.constant 10 : index
  %c16384 = arith.constant 16384 : index
  %view = memref.view %scratch[%c0][] : memref<65536xi8> to memref<16384xf32>
  %factor = memref.load %view[%c0] : memref<16384xf32>
  scf.parallel (%i) = (%c0) to (%c16384) step (%c1) {
    memref.store %factor, %view[%i] : memref<16384xf32>
  }
  %c64 = arith.constant 64 : index
  %view1 = memref.view %scratch[%c64][] : memref<65536xi8> to memref<16384xf32>
  scf.parallel (%i) = (%c0) to (%c16384) step (%c1) {
    memref.store %factor, %view1[%i] : memref<16384xf32>
  }
  scf.parallel (%i) = (%c0) to (%c10) step (%c1) {
    memref.store %factor, %view[%i] : memref<16384xf32>
  }
  return
}

}
