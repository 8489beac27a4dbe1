// Where there is no @train_step, and the wrong order.
// RUN: keel-opt --keel-specialize='mode=train' --keel-differentiate --keel-insert-clipping --keel-insert-optimizer --keel-fuse-step --split-input-file --verify-diagnostics %s | FileCheck %s
// RUN: not keel-opt --keel-specialize='mode=train' --keel-fuse-step --split-input-file %s 2>&1 | FileCheck %s --check-prefix=ORDER

// CHECK-NOT: @train_step
// ORDER: error: has no @apply_step: run keel-insert-clipping and keel-insert-optimizer first

// expected-remark @below {{no @train_step is made: clipping needs all gradients before the first update}}
keel.model @norm(%x: tensor<?x4xf32>) -> tensor<?x2xf32>
    attributes {loss = #keel.mean_squared_error, clip = #keel.clip_by_norm<0.5>,
                optimizer = #keel.sgd<learning_rate = 0.1>} {
  %w = keel.param "w" init(#keel.he_normal) : tensor<4x2xf32>
  %y = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
  keel.return %y : tensor<?x2xf32>
}

// -----

// expected-remark @below {{no @train_step is made: clipping needs all gradients before the first update}}
keel.model @global_norm(%x: tensor<?x4xf32>) -> tensor<?x2xf32>
    attributes {loss = #keel.mean_squared_error, clip = #keel.clip_by_global_norm<0.5>,
                optimizer = #keel.sgd<learning_rate = 0.1>} {
  %w = keel.param "w" init(#keel.he_normal) : tensor<4x2xf32>
  %y = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
  keel.return %y : tensor<?x2xf32>
}

// -----

// expected-remark @below {{no @train_step is made: the loss does not depend on a parameter}}
keel.model @unused(%x: tensor<?x4xf32>) -> tensor<?x2xf32>
    attributes {loss = #keel.mean_squared_error,
                optimizer = #keel.sgd<learning_rate = 0.1>} {
  %w = keel.param "w" init(#keel.he_normal) : tensor<4x2xf32>
  %u = keel.param "u" init(#keel.zeros) : tensor<4xf32>
  %y = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
  keel.return %y : tensor<?x2xf32>
}

// -----

// expected-remark @below {{no @train_step is made: no parameter is trained}}
keel.model @frozen(%x: tensor<?x4xf32>) -> tensor<?x2xf32>
    attributes {loss = #keel.mean_squared_error,
                optimizer = #keel.sgd<learning_rate = 0.1>} {
  %w = keel.param "w" init(#keel.he_normal) {trainable = false} : tensor<4x2xf32>
  %y = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
  keel.return %y : tensor<?x2xf32>
}
