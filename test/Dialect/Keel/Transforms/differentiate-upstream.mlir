// Ops of arith and math have adjoints, made of arith and math.
// RUN: keel-opt --keel-differentiate %s | FileCheck %s

// CHECK-LABEL: func.func @grad_step
// CHECK-SAME: %[[A:.*]]: tensor<?x4xf32> {keel.name = "a"{{.*}}, %[[B:.*]]: tensor<?x4xf32> {keel.name = "b"
// CHECK: %[[P:.*]] = arith.mulf %[[A]], %[[B]]
// CHECK: %[[Y:.*]] = math.exp %[[P]]
// CHECK: %[[DY:.*]] = keel.mean_squared_error_grad
// CHECK: %[[DP:.*]] = arith.mulf %[[DY]], %[[Y]]
// CHECK: %[[DA:.*]] = arith.mulf %[[DP]], %[[B]]
// CHECK: %[[DB:.*]] = arith.mulf %[[DP]], %[[A]]
// CHECK: return {{.*}}, %[[DA]], %[[DB]]
func.func @grad_step(%a: tensor<?x4xf32> {keel.name = "a", keel.role = "param"},
                     %b: tensor<?x4xf32> {keel.name = "b", keel.role = "param"}, %t: tensor<?x4xf32>)
    -> (tensor<f64> {keel.role = "loss"}) {
  %p = arith.mulf %a, %b : tensor<?x4xf32>
  %y = math.exp %p : tensor<?x4xf32>
  %loss = keel.mean_squared_error %y, %t : tensor<?x4xf32>
  return %loss : tensor<f64>
}
