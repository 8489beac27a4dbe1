// RUN: keel-opt %s --keel-plan-memory --split-input-file --verify-diagnostics

// expected-error @below {{expected the module attribute 'keel.layout'}}
module {
}

// -----

module attributes {keel.layout = {
    params = [], states = [], slots = [], inputs = [], outputs = [], labels = [], folded = [],
    params_bytes = 0 : i64, states_bytes = 0 : i64, slots_bytes = 0, folded_bytes = 0 : i64,
    grads_bytes = 0 : i64, grads_used = 0 : i64, pending_offset = 0 : i64,
    tail_offset = 0 : i64, scratch_bytes = 0 : i64, init_scratch_bytes = 0 : i64,
    max_rows = 16 : i64}} {
func.func @infer(%scratch: memref<0xi8> {keel.arena = "scratch"}, %size: index) {
  // expected-error @below {{cannot bound the size of a temporary}}
  %a = memref.alloc(%size) : memref<?xf32>
  return
}
}
