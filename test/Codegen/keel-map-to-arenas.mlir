// RUN: keel-opt %s --keel-map-to-arenas=max-rows=16 --canonicalize | FileCheck %s

// CHECK: module attributes {keel.layout = {{.*}}grads_used = 128 : i64{{.*}}inputs = [{name = "x", offset = 0 : i64, type = tensor<?x4xf32>}]{{.*}}params = [{name = "w", offset = 0 : i64, type = tensor<4x8xf32>}, {name = "frozen", offset = 128 : i64, type = tensor<8xf32>}]

// CHECK-LABEL: func.func @infer
// CHECK-SAME: (%{{.*}}: !llvm.ptr {keel.arena = "context"}, %[[PARAMS:.*]]: memref<192xi8> {keel.arena = "params"}, %{{.*}}: memref<0xi8> {keel.arena = "states"}, %{{.*}}: memref<0xi8> {keel.arena = "scratch"}, %[[X:.*]]: memref<256xi8> {keel.arena = "input"}, %[[Y:.*]]: memref<512xi8> {keel.arena = "output"}, %[[ROWS:.*]]: index {keel.arena = "rows"})
func.func @infer(%frozen: tensor<8xf32> {keel.role = "param", keel.name = "frozen"},
                 %w: tensor<4x8xf32> {keel.role = "param", keel.name = "w"},
                 %x: tensor<?x4xf32> {keel.role = "input", keel.name = "x"})
    -> (tensor<?x8xf32> {keel.role = "output", keel.name = "y"}) {
  // CHECK-DAG: %[[X_VIEW:.*]] = memref.view %[[X]][%c0][%[[ROWS]]] : memref<256xi8> to memref<?x4xf32>
  // CHECK-DAG: %[[XT:.*]] = bufferization.to_tensor %[[X_VIEW]] restrict
  // CHECK-DAG: %[[Y_VIEW:.*]] = memref.view %[[Y]][%c0][%[[ROWS]]] : memref<512xi8> to memref<?x8xf32>
  // CHECK-DAG: %[[YT:.*]] = bufferization.to_tensor %[[Y_VIEW]] restrict writable
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x4xf32>
  // CHECK: tensor.empty(%[[ROWS]])
  %e = tensor.empty(%n) : tensor<?x8xf32>
  %init = linalg.broadcast ins(%frozen : tensor<8xf32>) outs(%e : tensor<?x8xf32>) dimensions = [0]
  // CHECK: %[[RESULT:.*]] = linalg.matmul
  %y = linalg.matmul ins(%x, %w : tensor<?x4xf32>, tensor<4x8xf32>)
                     outs(%init : tensor<?x8xf32>) -> tensor<?x8xf32>
  // CHECK: %[[PLACED:.*]] = bufferization.materialize_in_destination %[[RESULT]] in %[[YT]]
  // CHECK: bufferization.materialize_in_destination %[[PLACED]] in writable %[[Y_VIEW]]
  // CHECK: return
  return %y : tensor<?x8xf32>
}

// Parameters are updated where they are; a gradient may be overwritten.
// CHECK-LABEL: func.func @apply_step
// CHECK-SAME: %[[P:[a-z0-9]+]]: memref<192xi8> {keel.arena = "params"}
func.func @apply_step(%frozen: tensor<8xf32> {keel.role = "param", keel.name = "frozen"},
                      %w: tensor<4x8xf32> {keel.role = "param", keel.name = "w"},
                      %g: tensor<4x8xf32> {keel.role = "grad", keel.name = "w"})
    -> (tensor<8xf32> {keel.role = "param", keel.name = "frozen"},
        tensor<4x8xf32> {keel.role = "param", keel.name = "w"}) {
  // CHECK: %[[WV:.*]] = memref.view %[[P]][%c0][] : memref<192xi8> to memref<4x8xf32>
  // CHECK: %[[WT:.*]] = bufferization.to_tensor %[[WV]] restrict writable
  %e = tensor.empty() : tensor<4x8xf32>
  %w1 = linalg.sub ins(%w, %g : tensor<4x8xf32>, tensor<4x8xf32>) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  // CHECK: bufferization.materialize_in_destination %{{.*}} in %[[WT]]
  // CHECK-NEXT: bufferization.materialize_in_destination %{{.*}} in writable %[[WV]]
  // CHECK-NEXT: return
  return %frozen, %w1 : tensor<8xf32>, tensor<4x8xf32>
}
