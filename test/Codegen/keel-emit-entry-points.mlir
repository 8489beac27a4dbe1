// RUN: keel-opt %s --keel-emit-entry-points | FileCheck %s

module attributes {keel.model_name = "m", keel.layout = {
    params = [], states = [], slots = [], labels = [], folded = [],
    inputs = [{name = "x", type = tensor<?x4xf32>, offset = 0 : i64}],
    outputs = [{name = "y", type = tensor<?x4xf32>, offset = 0 : i64}],
    params_bytes = 0 : i64, states_bytes = 0 : i64, slots_bytes = 0, folded_bytes = 0 : i64,
    grads_bytes = 0 : i64, grads_used = 0 : i64, pending_offset = 0 : i64,
    tail_offset = 0 : i64, scratch_bytes = 0 : i64, init_scratch_bytes = 256 : i64,
    max_rows = 16 : i64}} {

// CHECK: llvm.func internal @helper
llvm.func @helper() {
  llvm.return
}

// CHECK-LABEL: llvm.func @m_infer(
// CHECK-SAME: %[[CTX:.*]]: !llvm.ptr, %[[P:.*]]: !llvm.ptr, %[[S:.*]]: !llvm.ptr, %[[T:.*]]: !llvm.ptr, %[[IN:.*]]: !llvm.ptr, %[[OUT:.*]]: !llvm.ptr, %[[ROWS:.*]]: i64)
// CHECK: %[[IN0:.*]] = llvm.getelementptr %[[IN]][0]
// CHECK: %[[X:.*]] = llvm.load %[[IN0]]
// CHECK: %[[OUT0:.*]] = llvm.getelementptr %[[OUT]][0]
// CHECK: %[[Y:.*]] = llvm.load %[[OUT0]]
// CHECK: llvm.call @infer_impl(%[[CTX]], %[[P]], %[[S]], %[[T]], %[[X]], %[[Y]], %[[ROWS]])
// CHECK: llvm.func internal @infer_impl
llvm.func @infer(%context: !llvm.ptr, %params: !llvm.ptr, %states: !llvm.ptr,
                 %scratch: !llvm.ptr, %x: !llvm.ptr, %y: !llvm.ptr, %rows: i64) {
  llvm.return
}

// Only init allocates: it has no scratch in its signature.
// CHECK-LABEL: llvm.func @m_init(
// CHECK: llvm.call @aligned_alloc
// CHECK: llvm.call @init_impl
// CHECK: llvm.call @free
llvm.func @init(%context: !llvm.ptr, %params: !llvm.ptr, %states: !llvm.ptr,
                %slots: !llvm.ptr, %scratch: !llvm.ptr, %seed: i64) {
  llvm.return
}

// What a step draws from comes in the context, behind the loop and the pool.
// CHECK-LABEL: llvm.func @m_grad_step(
// CHECK-SAME: %[[CTX:[^:]*]]: !llvm.ptr, {{.*}}, %[[ROWS:[^:]*]]: i64, %[[T:[^:]*]]: i64, %[[R:[^:]*]]: !llvm.ptr)
// CHECK: %[[SEED_AT:.*]] = llvm.getelementptr %[[CTX]][16]
// CHECK: %[[SEED:.*]] = llvm.load %[[SEED_AT]] : !llvm.ptr -> i64
// CHECK: %[[ROW_AT:.*]] = llvm.getelementptr %[[CTX]][24]
// CHECK: %[[ROW:.*]] = llvm.load %[[ROW_AT]] : !llvm.ptr -> i64
// CHECK: llvm.call @grad_step_impl({{.*}}, %[[ROWS]], %[[T]], %[[SEED]], %[[ROW]], %[[R]])
llvm.func @grad_step(%context: !llvm.ptr, %params: !llvm.ptr, %states: !llvm.ptr,
                     %grads: !llvm.ptr, %scratch: !llvm.ptr, %x: !llvm.ptr, %rows: i64,
                     %t: i64, %seed: i64, %row: i64, %result: !llvm.ptr) {
  llvm.return
}

// A result that is not written is zero.
// CHECK-LABEL: llvm.func @m_apply_step(
// CHECK-COUNT-2: llvm.store
// CHECK: llvm.call @apply_step_impl
llvm.func @apply_step(%context: !llvm.ptr, %params: !llvm.ptr, %states: !llvm.ptr,
                      %slots: !llvm.ptr, %grads: !llvm.ptr, %t: i64, %result: !llvm.ptr) {
  llvm.return
}

// CHECK: llvm.func @m_learning_rate
llvm.func @learning_rate(%t: i64) -> f64 {
  %0 = llvm.sitofp %t : i64 to f64
  llvm.return %0 : f64
}

}
