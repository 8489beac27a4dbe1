// The norms' adjoints: the sums in one loop nest, the input's in another.
// RUN: keel-opt --convert-keel-to-linalg --cse %s | FileCheck %s

// CHECK-LABEL: func.func @batch_norm_grad(
// CHECK-SAME: %[[DY:[^:]*]]: tensor<?x3xf32>, %[[X:[^:]*]]: tensor<?x3xf32>, %[[G:[^:]*]]: tensor<3xf32>, %[[M:[^:]*]]: tensor<3xf32>, %[[R:[^:]*]]: tensor<3xf32>)
// CHECK: %[[SUMS:.*]]:2 = linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%[[DY]], %[[X]], %[[M]], %[[R]] :
// CHECK: %[[DX:.*]] = linalg.generic {{.*}} iterator_types = ["parallel", "parallel"]} ins(%[[DY]], %[[X]], %[[M]], %[[R]], %[[G]], %[[SUMS]]#0, %[[SUMS]]#1 :
// CHECK: return %[[DX]], %[[SUMS]]#0, %[[SUMS]]#1
func.func @batch_norm_grad(%dy: tensor<?x3xf32>, %x: tensor<?x3xf32>, %g: tensor<3xf32>, %m: tensor<3xf32>, %r: tensor<3xf32>)
    -> (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %dx, %dg, %db = keel.batch_norm_grad %dy, %x, %g, %m, %r : tensor<?x3xf32>
  return %dx, %dg, %db : tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>
}

// Fixed statistics: the input's gradient needs no sum.
// CHECK-LABEL: func.func @batch_norm_infer_grad(
// CHECK-SAME: %[[DY:[^:]*]]: tensor<?x3xf32>, %[[X:[^:]*]]: tensor<?x3xf32>, %[[G:[^:]*]]: tensor<3xf32>, %[[M:[^:]*]]: tensor<3xf32>, %[[V:[^:]*]]: tensor<3xf32>)
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[V]] :
// CHECK: %[[SUMS:.*]]:2 = linalg.generic {{.*}} ins(%[[DY]], %[[X]], %[[M]], %[[R]] :
// CHECK: %[[DX:.*]] = linalg.generic {{.*}} ins(%[[DY]], %[[G]], %[[R]] :
// CHECK: return %[[DX]], %[[SUMS]]#0, %[[SUMS]]#1
func.func @batch_norm_infer_grad(%dy: tensor<?x3xf32>, %x: tensor<?x3xf32>, %g: tensor<3xf32>, %m: tensor<3xf32>, %v: tensor<3xf32>)
    -> (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %dx, %dg, %db = keel.batch_norm_infer_grad %dy, %x, %g, %m, %v {epsilon = 0.5} : tensor<?x3xf32>
  return %dx, %dg, %db : tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>
}

// Sums over the batch for gamma and beta, over the features for the input.
// CHECK-LABEL: func.func @layer_norm_grad(
// CHECK-SAME: %[[DY:[^:]*]]: tensor<?x3xf32>, %[[X:[^:]*]]: tensor<?x3xf32>, %[[G:[^:]*]]: tensor<3xf32>, %[[M:[^:]*]]: tensor<?xf32>, %[[R:[^:]*]]: tensor<?xf32>)
// CHECK: %[[SUMS:.*]]:2 = linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%[[DY]], %[[X]], %[[M]], %[[R]] :
// CHECK: %[[ROWS:.*]]:2 = linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[DY]], %[[X]], %[[M]], %[[R]], %[[G]] :
// CHECK: %[[DX:.*]] = linalg.generic {{.*}} ins(%[[DY]], %[[X]], %[[M]], %[[R]], %[[G]], %[[ROWS]]#0, %[[ROWS]]#1 :
// CHECK: return %[[DX]], %[[SUMS]]#0, %[[SUMS]]#1
func.func @layer_norm_grad(%dy: tensor<?x3xf32>, %x: tensor<?x3xf32>, %g: tensor<3xf32>, %m: tensor<?xf32>, %r: tensor<?xf32>)
    -> (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %dx, %dg, %db = keel.layer_norm_grad %dy, %x, %g, %m, %r : tensor<?x3xf32>
  return %dx, %dg, %db : tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>
}

// CHECK-LABEL: func.func @standardize_grad(
// CHECK-SAME: %[[DY:[^:]*]]: tensor<?x3xf32>, %[[V:[^:]*]]: tensor<3xf32>)
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[V]] :
// CHECK: linalg.generic {{.*}} ins(%[[DY]], %[[R]] :
// CHECK: arith.mulf
func.func @standardize_grad(%dy: tensor<?x3xf32>, %v: tensor<3xf32>) -> tensor<?x3xf32> {
  %dx = keel.standardize_grad %dy, %v {epsilon = 0.5} : tensor<?x3xf32>
  return %dx : tensor<?x3xf32>
}

// One pass sums the squares and g x; dgamma is a sum over rows.
// CHECK-LABEL: func.func @rms_norm_grad(
// CHECK: %[[SUMS:.*]]:2 = linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]}
// CHECK: math.sqrt
// CHECK: linalg.generic {{.*}} %[[SUMS]]#1 :
// CHECK: linalg.generic {{.*}}iterator_types = ["reduction", "parallel"]}
func.func @rms_norm_grad(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>, %g: tensor<4xf32>) -> (tensor<?x4xf32>, tensor<4xf32>) {
  %dx, %dg = keel.rms_norm_grad %dy, %x, %g : tensor<?x4xf32>
  return %dx, %dg : tensor<?x4xf32>, tensor<4xf32>
}
