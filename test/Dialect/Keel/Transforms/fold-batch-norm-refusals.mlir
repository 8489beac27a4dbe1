// Every refusal to fold is a remark with its reason.
// RUN: keel-opt --keel-fold-batch-norm --split-input-file --verify-diagnostics %s | FileCheck %s

// CHECK-NOT: func.func @fold
// CHECK-LABEL: func.func @infer
// CHECK: keel.batch_norm_infer
func.func @infer(%w: tensor<4x2xf32> {keel.role = "param"}, %p: tensor<2xf32> {keel.role = "param"},
                 %x: tensor<?x4xf32> {keel.role = "input"}) -> tensor<?x2xf32> {
  %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
  %a = keel.relu %h : tensor<?x2xf32>
  // expected-remark @below {{not folded: its input is no keel.dense: folding backwards through another op would change the result}}
  %y = keel.batch_norm_infer %a, %p, %p, %p, %p : tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

func.func @infer(%w: tensor<4x2xf32> {keel.role = "param"}, %p: tensor<2xf32> {keel.role = "param"},
                 %x: tensor<?x4xf32> {keel.role = "input"}) -> tensor<?x2xf32> {
  %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
  // expected-remark @below {{not folded: the dense layer before it has other users}}
  %n = keel.batch_norm_infer %h, %p, %p, %p, %p : tensor<?x2xf32>
  %y = keel.add %n, %h : tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

func.func @infer(%w: tensor<4x4xf32> {keel.role = "param"}, %p: tensor<4xf32> {keel.role = "param"},
                 %x: tensor<?x4xf32> {keel.role = "input"}) -> tensor<?x4xf32> {
  %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x4xf32>
  // expected-remark @below {{not folded: the weight of the dense layer before it is shared or computed}}
  %n = keel.batch_norm_infer %h, %p, %p, %p, %p : tensor<?x4xf32>
  %y = keel.dense %n, %w : tensor<?x4xf32>, tensor<4x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

func.func @infer(%w: tensor<4x2xf32> {keel.role = "param"}, %p: tensor<2xf32> {keel.role = "param"},
                 %x: tensor<?x4xf32> {keel.role = "input"}) -> tensor<?x2xf32> {
  %h = keel.dense %x, %w, %p : tensor<?x4xf32>, tensor<4x2xf32>, tensor<2xf32>
  // expected-remark @below {{not folded: the bias of the dense layer before it is shared or computed}}
  %y = keel.batch_norm_infer %h, %p, %p, %p, %p : tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

func.func @infer(%w: tensor<4x2xf32> {keel.role = "param"}, %p: tensor<2xf32> {keel.role = "param"},
                 %x: tensor<?x4xf32> {keel.role = "input"}) -> tensor<?x2xf32> {
  %ones = arith.constant dense<1.0> : tensor<2xf32>
  %h = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x2xf32>
  // expected-remark @below {{not folded: its parameters are computed}}
  %y = keel.batch_norm_infer %h, %ones, %p, %p, %p : tensor<?x2xf32>
  return %y : tensor<?x2xf32>
}

// -----

// expected-error @below {{has a @fold already}}
module {
  func.func private @fold()
  func.func @infer() { return }
}
