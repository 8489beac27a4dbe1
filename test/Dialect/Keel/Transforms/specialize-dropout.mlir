// Dropout draws by seed, step and row in training, each op by its own number, and is gone in inference.
// RUN: keel-opt --keel-specialize='mode=all' %s | FileCheck %s

// CHECK-LABEL: func.func @grad_step
// CHECK-SAME: %[[STEP:[^:]*]]: i64 {keel.role = "step"}, %[[SEED:[^:]*]]: i64 {keel.role = "seed"}, %[[ROW:[^:]*]]: i64 {keel.role = "first_row"})
// CHECK: %[[A:.*]] = keel.dropout_train %{{.*}}, %[[SEED]], %[[STEP]], %[[ROW]] {ordinal = 0, rate = 0.5}
// CHECK: keel.dropout_train %[[A]], %[[SEED]], %[[STEP]], %[[ROW]] {ordinal = 1, rate = 0.25}

// CHECK-LABEL: func.func @eval
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x4xf32> {keel.name = "x"
// CHECK-NOT: dropout
// CHECK: keel.dense %[[X]],
// CHECK-LABEL: func.func @infer
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x4xf32> {keel.name = "x"
// CHECK-NOT: dropout
// CHECK: keel.dense %[[X]],
// CHECK-NOT: dropout
keel.model @m(%x: tensor<?x4xf32>) -> tensor<?x2xf32>
    attributes {loss = #keel.mean_squared_error,
                optimizer = #keel.sgd<learning_rate = 0.1>} {
  %a = keel.dropout %x {rate = 0.5} : tensor<?x4xf32>
  %b = keel.dropout %a {rate = 0.25} : tensor<?x4xf32>
  %w = keel.param "w" init(#keel.he_normal) : tensor<4x2xf32>
  %y = keel.dense %b, %w : tensor<?x4xf32>, tensor<4x2xf32>
  keel.return %y : tensor<?x2xf32>
}
