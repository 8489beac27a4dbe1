// From a model to the functions of training and inference, and on to linalg.
// RUN: keel-opt --keel-model-to-graph='mode=train' --keel-verify-stage='stage=graph' %s | FileCheck %s --check-prefix=TRAIN
// RUN: keel-opt --keel-model-to-graph='mode=infer' --keel-verify-stage='stage=graph' %s | FileCheck %s --check-prefix=INFER
// RUN: keel-opt --keel-model-to-graph='mode=infer fold=false' %s | FileCheck %s --check-prefix=UNFOLDED
// RUN: keel-opt --keel-model-to-graph='mode=eval' %s | FileCheck %s --check-prefix=EVAL
// RUN: keel-opt --keel-model-to-graph='mode=all' --keel-graph-to-linalg --keel-verify-stage='stage=linalg' %s | FileCheck %s --check-prefix=LINALG

// Each op once: the backward pass shares what the forward pass computed.
// TRAIN-LABEL: func.func @init
// TRAIN-LABEL: func.func @grad_step
// TRAIN-COUNT-1: keel.batch_norm_train
// TRAIN: keel.softmax_cross_entropy %
// TRAIN: keel.softmax_cross_entropy_grad
// TRAIN: keel.batch_norm_grad
// TRAIN-NOT: keel.dense_input_grad
// TRAIN-LABEL: func.func @apply_step
// TRAIN: keel.sum_of_squares
// TRAIN: keel.scale
// TRAIN: keel.sgd_update
// TRAIN-LABEL: func.func @learning_rate
// TRAIN-LABEL: func.func @eval
// TRAIN-NOT: @infer

// INFER-NOT: @init
// INFER-LABEL: func.func @fold
// INFER-LABEL: func.func @infer
// INFER-NOT: keel.batch_norm_infer
// INFER: keel.dense

// UNFOLDED-NOT: @fold
// UNFOLDED-LABEL: func.func @infer
// UNFOLDED: keel.dense
// UNFOLDED: keel.batch_norm_infer

// EVAL-LABEL: func.func @eval
// EVAL: keel.count_correct
// EVAL-NOT: func.func

// LINALG-DAG: func.func @init
// LINALG-DAG: func.func @grad_step
// LINALG-DAG: func.func @apply_step
// LINALG-DAG: func.func @learning_rate
// LINALG-DAG: func.func @eval
// LINALG-DAG: func.func @fold
// LINALG-DAG: func.func @infer
keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x3xf32>
    attributes {loss = #keel.softmax_cross_entropy,
                optimizer = #keel.sgd<learning_rate = 0.1>,
                clip = #keel.clip_by_global_norm<1.0>} {
  %w = keel.param "w" init(#keel.he_normal) : tensor<4x3xf32>
  %g = keel.param "g" init(#keel.ones) : tensor<3xf32>
  %b = keel.param "b" init(#keel.zeros) : tensor<3xf32>
  %m = keel.state "m" init(#keel.zeros) : tensor<3xf32>
  %v = keel.state "v" init(#keel.ones) : tensor<3xf32>
  %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x3xf32>
  %y = keel.batch_norm %h, %g, %b, %m, %v : tensor<?x3xf32>
  keel.return %y : tensor<?x3xf32>
}
