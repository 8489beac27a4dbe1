// Every refusal to fold is a remark with its reasons, and changes nothing.
// RUN: keel-opt --keel-fold-batch-norm --split-input-file --verify-diagnostics %s | FileCheck %s
// CHECK-NOT: @fold

// CHECK-LABEL: func.func @infer
// CHECK: keel.batch_norm_infer
func.func @infer(%w: tensor<4x2xf32> {keel.role = "param"}, %p: tensor<2xf32> {keel.role = "param"},
                 %x: tensor<?x4xf32> {keel.role = "input"}) -> tensor<?x2xf32> {
  %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
  %a = keel.relu %h : tensor<?x2xf32>
  // expected-remark @below {{not folded: backwards, its input is the result of 'keel.relu', no dense layer; forwards, 'func.return' reads its result, and only dense layers take up a scale and shift}}
  %y = keel.batch_norm_infer %a, %p, %p, %p, %p : tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// Not through a sum.
// CHECK-LABEL: func.func @infer
// CHECK: keel.batch_norm_infer
func.func @infer(%w: tensor<2x2xf32> {keel.role = "param"}, %p: tensor<2xf32> {keel.role = "param"},
                 %x: tensor<?x2xf32> {keel.role = "input"}) -> tensor<?x2xf32> {
  // expected-remark @below {{not folded: backwards, its input is one of the model; forwards, 'keel.add' reads its result, and only dense layers take up a scale and shift}}
  %n = keel.batch_norm_infer %x, %p, %p, %p, %p : tensor<?x2xf32>
  %s = keel.add %n, %x : tensor<?x2xf32>
  %y = keel.dense %s, %w : tensor<?x2xf32>, tensor<2x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// A norm with other users is kept for them, and then serves the dense layer too.
// CHECK-LABEL: func.func @infer
// CHECK: %[[N:.*]] = keel.batch_norm_infer
// CHECK: keel.dense %[[N]]
func.func @infer(%w: tensor<2x2xf32> {keel.role = "param"}, %p: tensor<2xf32> {keel.role = "param"},
                 %x: tensor<?x2xf32> {keel.role = "input"}) -> tensor<?x2xf32> {
  // expected-remark @below {{forwards, 'keel.add' reads its result}}
  %n = keel.batch_norm_infer %x, %p, %p, %p, %p : tensor<?x2xf32>
  %h = keel.dense %n, %w : tensor<?x2xf32>, tensor<2x2xf32>
  %y = keel.add %h, %n : tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// CHECK-LABEL: func.func @infer
// CHECK: keel.batch_norm_infer
func.func @infer(%w: tensor<4x2xf32> {keel.role = "param"}, %p: tensor<2xf32> {keel.role = "param"},
                 %x: tensor<?x4xf32> {keel.role = "input"}) -> tensor<?x2xf32> {
  %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
  // expected-remark @below {{not folded: backwards, the dense layer before it has other users; forwards, 'keel.add' reads its result}}
  %n = keel.batch_norm_infer %h, %p, %p, %p, %p : tensor<?x2xf32>
  %y = keel.add %n, %h : tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// CHECK-LABEL: func.func @infer
// CHECK: keel.batch_norm_infer
func.func @infer(%w: tensor<4x2xf32> {keel.role = "param"}, %p: tensor<2xf32> {keel.role = "param"},
                 %x: tensor<?x4xf32> {keel.role = "input"}) -> tensor<?x2xf32> {
  %ones = arith.constant dense<1.0> : tensor<2xf32>
  %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
  // expected-remark @below {{not folded: backwards, its parameters are computed; forwards, its parameters are computed}}
  %y = keel.batch_norm_infer %h, %ones, %p, %p, %p : tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// An input is no parameter.
// CHECK-LABEL: func.func @infer
// CHECK: keel.batch_norm_infer
func.func @infer(%w: tensor<4x4xf32> {keel.role = "input"}, %p: tensor<4xf32> {keel.role = "param"},
                 %x: tensor<?x4xf32> {keel.role = "input"}) -> tensor<?x4xf32> {
  %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x4xf32>
  // expected-remark @below {{not folded: backwards, a parameter of the dense layer before it is computed; forwards, a parameter of a dense layer behind it is computed}}
  %n = keel.batch_norm_infer %h, %p, %p, %p, %p : tensor<?x4xf32>
  %y = keel.dense %n, %w : tensor<?x4xf32>, tensor<4x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

// What is concatenated has users other than dense layers.
// CHECK-LABEL: func.func @infer
// CHECK: keel.batch_norm_infer
func.func @infer(%w: tensor<4x2xf32> {keel.role = "param"}, %p: tensor<2xf32> {keel.role = "param"},
                 %x: tensor<?x2xf32> {keel.role = "input"}) -> (tensor<?x2xf32>, tensor<?x4xf32>) {
  // expected-remark @below {{forwards, 'func.return' reads its result, and only dense layers}}
  %n = keel.batch_norm_infer %x, %p, %p, %p, %p : tensor<?x2xf32>
  %c = keel.concat %x, %n : tensor<?x2xf32>, tensor<?x2xf32>
  %y = keel.dense %c, %w : tensor<?x4xf32>, tensor<4x2xf32>
  return %y, %c : tensor<?x2xf32>, tensor<?x4xf32>
}

// -----

// What trains is never folded.
// CHECK-LABEL: func.func @grad_step
// CHECK: keel.batch_norm_train
func.func @grad_step(%w: tensor<4x2xf32> {keel.role = "param"}, %p: tensor<2xf32> {keel.role = "param"},
                     %x: tensor<?x4xf32> {keel.role = "input"}) -> (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>) {
  %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
  %y, %m, %v, %bm, %r = keel.batch_norm_train %h, %p, %p, %p, %p : tensor<?x2xf32>
  return %y, %m, %v : tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>
}
