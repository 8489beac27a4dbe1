// A model becomes the functions of training or inference.
// RUN: keel-opt --keel-specialize='mode=infer' --split-input-file %s | FileCheck %s --check-prefixes=CHECK,INFER
// RUN: keel-opt --keel-specialize='mode=train' --split-input-file %s | FileCheck %s --check-prefixes=CHECK,TRAIN
// RUN: keel-opt --keel-specialize='mode=run' --split-input-file %s | FileCheck %s --check-prefixes=CHECK,RUNNING
// RUN: keel-opt --keel-specialize='mode=eval' --split-input-file %s | FileCheck %s --check-prefixes=CHECK,EVAL

// The example of the pass's description.
// CHECK: module attributes {
// INFER-NOT: @grad_step
// TRAIN-NOT: @infer
// EVAL-NOT: @infer
// RUNNING-NOT: @grad_step
// RUNNING-LABEL: func.func @init
// RUNNING-LABEL: func.func @infer
// TRAIN-LABEL: func.func @init(%{{.*}}: i64 {keel.role = "seed"})
// TRAIN-SAME: -> (tensor<4x2xf32> {keel.name = "w", keel.role = "param"})
// TRAIN: %[[W0:.*]] = keel.random %{{.*}} {distribution = "normal"
// TRAIN: return %[[W0]]
// TRAIN-LABEL: func.func @grad_step(
// TRAIN-SAME: %[[W:.*]]: tensor<4x2xf32> {keel.name = "w", keel.role = "param"}
// TRAIN-SAME: %[[X:.*]]: tensor<?x4xf32> {keel.name = "x", keel.role = "input"}
// TRAIN-SAME: %[[T:.*]]: tensor<?x2xf32> {keel.name = "label", keel.role = "label"}
// TRAIN-SAME: i64 {keel.role = "step"}, %{{.*}}: i64 {keel.role = "seed"}, %{{.*}}: i64 {keel.role = "first_row"})
// TRAIN-SAME: -> (tensor<f64> {keel.role = "loss"})
// TRAIN: %[[Y:.*]] = keel.dense %[[X]], %[[W]]
// TRAIN: %[[LOSS:.*]] = keel.mean_squared_error %[[Y]], %[[T]]
// TRAIN: return %[[LOSS]]
// TRAIN-LABEL: func.func @eval
// EVAL-LABEL: func.func @eval(
// EVAL-SAME: %[[W:.*]]: tensor<4x2xf32> {keel.name = "w", keel.role = "param"}
// EVAL-SAME: %[[X:.*]]: tensor<?x4xf32> {keel.name = "x", keel.role = "input"}
// EVAL-SAME: %[[T:.*]]: tensor<?x2xf32> {keel.name = "label", keel.role = "label"}
// EVAL-SAME: -> (tensor<f64> {keel.role = "loss"}, tensor<i64> {keel.role = "correct"})
// EVAL: %[[LOSS:.*]] = keel.mean_squared_error
// EVAL: return %[[LOSS]], %{{.*}}
// INFER-LABEL: func.func @infer(
// INFER-SAME: %[[W:.*]]: tensor<4x2xf32> {keel.name = "w", keel.role = "param"}
// INFER-SAME: %[[X:.*]]: tensor<?x4xf32> {keel.name = "x", keel.role = "input"}
// INFER-SAME: -> (tensor<?x2xf32> {keel.name = "output_0", keel.role = "output"})
// INFER: %[[Y:.*]] = keel.dense %[[X]], %[[W]]
// INFER: return %[[Y]]
// CHECK-NOT: keel.model
keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x2xf32>
    attributes {loss = #keel.mean_squared_error,
                optimizer = #keel.sgd<learning_rate = 0.1>} {
  %w = keel.param "w" init(#keel.he_normal) : tensor<4x2xf32>
  %y = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
  keel.return %y : tensor<?x2xf32>
}
