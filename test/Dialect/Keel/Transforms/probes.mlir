// Probes behind each op, and what becomes of them in a step.
// RUN: keel-opt %s --split-input-file --keel-insert-probes | FileCheck %s
// RUN: keel-opt %s --pass-pipeline='builtin.module(keel.model(keel-insert-probes),keel-specialize{mode=train},keel-differentiate,keel-collect-probes)' | FileCheck --check-prefix=STEP %s

// CHECK-LABEL: keel.model @m
// CHECK-SAME: %[[X:.*]]: tensor
// STEP-NOT: keel.probe
// STEP-LABEL: func.func @grad_step
// STEP-SAME: %[[W:.*]]: tensor<4x2xf32> {keel.name = "w", keel.role = "param"}
// STEP-SAME: tensor<4xf64> {keel.name = "probes", keel.role = "state"}
// STEP-SAME: tensor<4xf64> {keel.name = "probes", keel.role = "new_state"}
keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x2xf32>
    attributes {loss = #keel.mean_squared_error,
                optimizer = #keel.sgd<learning_rate = 0.1>} {
  // CHECK: keel.state "probes" init(#keel.zeros) : tensor<4xf64>
  %w = keel.param "w" init(#keel.he_normal) : tensor<4x2xf32>
  // CHECK: %[[R:.*]] = keel.relu %[[X]]
  // CHECK: %[[P:.*]] = keel.probe %[[R]] {index = 0}
  // CHECK: %[[D:.*]] = keel.dense %[[P]]
  // CHECK: %[[Q:.*]] = keel.probe %[[D]] {index = 2}
  // CHECK: keel.return %[[Q]]
  // The gradient of the relu is not needed, so not measured.
  // STEP: %[[R:.*]] = keel.relu
  // STEP: %[[D:.*]] = keel.dense %[[R]], %[[W]]
  // STEP: %[[G:.*]] = keel.mean_squared_error_grad
  // STEP-DAG: %[[NONE:.*]] = arith.constant 0x7FF8000000000000 : f64
  // STEP-DAG: %[[S0:.*]] = keel.sum_of_squares %[[R]]
  // STEP-DAG: %[[S2:.*]] = keel.sum_of_squares %[[D]]
  // STEP-DAG: %[[S3:.*]] = keel.sum_of_squares %[[G]]
  // STEP: tensor.from_elements %[[S0]], %[[NONE]], %[[S2]], %[[S3]] : tensor<4xf64>
  %r = keel.relu %x : tensor<?x4xf32>
  %y = keel.dense %r, %w : tensor<?x4xf32>, tensor<4x2xf32>
  keel.return %y : tensor<?x2xf32>
}
