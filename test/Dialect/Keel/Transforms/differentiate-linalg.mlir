// Adjoints of loops, by their structure; their values are compared with differences in Import/ONNX/gradient-loops.test.
// RUN: keel-opt --keel-differentiate --split-input-file --verify-diagnostics %s | FileCheck %s

#row = affine_map<(d0, d1) -> (d1)>
#all = affine_map<(d0, d1) -> (d0, d1)>

// A vector that is repeated along the rows has the sum over them.
// CHECK-LABEL: func.func @grad_step
// CHECK-SAME: %[[W:.*]]: tensor<4xf32> {keel.name = "w"
// CHECK: %[[DY:.*]] = keel.mean_squared_error_grad
// CHECK: %[[ZERO:.*]] = linalg.fill {{.*}} -> tensor<4xf32>
// CHECK: %[[DW:.*]] = linalg.generic
// CHECK-SAME: iterator_types = ["reduction", "parallel"]
// CHECK-SAME: ins(%[[X:.*]], %[[W]], %[[DY]] : {{.*}}) outs(%[[ZERO]]
// CHECK: ^bb0(%[[IN:.*]]: f32, %{{.*}}: f32, %[[DOUT:.*]]: f32, %[[SUM:.*]]: f32):
// CHECK: %[[PART:.*]] = arith.mulf %[[DOUT]], %[[IN]] :
// CHECK: arith.addf %[[SUM]], %[[PART]]
// CHECK: return %{{.*}}, %[[DW]]
func.func @grad_step(%w: tensor<4xf32> {keel.name = "w", keel.role = "param"}, %x: tensor<3x4xf32>, %t: tensor<3x4xf32>)
    -> (tensor<f64> {keel.role = "loss"}) {
  %e = tensor.empty() : tensor<3x4xf32>
  %y = linalg.generic {indexing_maps = [#all, #row, #all], iterator_types = ["parallel", "parallel"]}
      ins(%x, %w : tensor<3x4xf32>, tensor<4xf32>) outs(%e : tensor<3x4xf32>) {
  ^bb0(%a: f32, %b: f32, %c: f32):
    %p = arith.mulf %a, %b : f32
    linalg.yield %p : f32
  } -> tensor<3x4xf32>
  %loss = keel.mean_squared_error %y, %t : tensor<3x4xf32>
  return %loss : tensor<f64>
}

// -----

#row = affine_map<(d0, d1) -> (d0)>
#all = affine_map<(d0, d1) -> (d0, d1)>

func.func @grad_step(%w: tensor<3x4xf32> {keel.name = "w", keel.role = "param"}, %s: tensor<3xf32>, %t: tensor<3xf32>)
    -> (tensor<f64> {keel.role = "loss"}) {
  // expected-error @below {{has an adjoint where it computes one element from others, or adds it to the result, alone}}
  %y = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]}
      ins(%w : tensor<3x4xf32>) outs(%s : tensor<3xf32>) {
  ^bb0(%a: f32, %c: f32):
    %p = arith.maximumf %a, %c : f32
    linalg.yield %p : f32
  } -> tensor<3xf32>
  %loss = keel.mean_squared_error %y, %t : tensor<3xf32>
  return %loss : tensor<f64>
}

// -----

#row = affine_map<(d0, d1) -> (d1)>
#all = affine_map<(d0, d1) -> (d0, d1)>

func.func @grad_step(%w: tensor<4xf32> {keel.name = "w", keel.role = "param"}, %t: tensor<3x4xf32>)
    -> (tensor<f64> {keel.role = "loss"}) {
  // expected-error @below {{holds 'math.floor', which has no adjoint, between an operand and its result}}
  %y = linalg.generic {indexing_maps = [#row, #all], iterator_types = ["parallel", "parallel"]}
      ins(%w : tensor<4xf32>) outs(%t : tensor<3x4xf32>) {
  ^bb0(%a: f32, %c: f32):
    %p = math.floor %a : f32
    linalg.yield %p : f32
  } -> tensor<3x4xf32>
  %loss = keel.mean_squared_error %y, %t : tensor<3x4xf32>
  return %loss : tensor<f64>
}
