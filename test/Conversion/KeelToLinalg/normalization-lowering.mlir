// Norms: statistics in two passes, then one loop over the elements.
// RUN: keel-opt --convert-keel-to-linalg --cse %s | FileCheck %s

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[LAST:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[ROW:.*]] = affine_map<(d0, d1) -> (d0)>

// CHECK-LABEL: func.func @batch_norm_train(
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x3xf32>, %[[G:[^:]*]]: tensor<3xf32>, %[[B:[^:]*]]: tensor<3xf32>, %[[M:[^:]*]]: tensor<3xf32>, %[[V:[^:]*]]: tensor<3xf32>)
// CHECK: %[[N:.*]] = arith.sitofp %{{.*}} : i64 to f32
// CHECK: %[[SUM:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[LAST]]], iterator_types = ["reduction", "parallel"]} ins(%[[X]] :
// CHECK: %[[MEAN:.*]] = linalg.generic {{.*}} ins(%[[SUM]] :
// CHECK: arith.divf %{{.*}}, %[[N]] : f32
// CHECK: %[[SQUARES:.*]] = linalg.generic {{.*}} iterator_types = ["reduction", "parallel"]} ins(%[[X]], %[[MEAN]] :
// CHECK: %[[OFF:.*]] = arith.subf
// CHECK: arith.mulf %[[OFF]], %[[OFF]] : f32
// CHECK: %[[VARIANCE:.*]] = linalg.generic {{.*}} ins(%[[SQUARES]] :
// CHECK: arith.divf %{{.*}}, %[[N]] : f32
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[VARIANCE]] :
// CHECK: arith.constant 5.000000e-01 : f32
// CHECK: math.sqrt
// CHECK: %[[Y:.*]] = linalg.generic {{.*}} ins(%[[X]], %[[MEAN]], %[[R]], %[[G]], %[[B]] :
// CHECK: %[[LESS:.*]] = arith.subf %[[N]], %{{.*}} : f32
// CHECK: %[[UNBIASED:.*]] = arith.divf %[[N]], %[[LESS]] : f32
// CHECK: %[[M2:.*]] = linalg.generic {{.*}} ins(%[[M]], %[[MEAN]] :
// CHECK: arith.constant 7.500000e-01 : f32
// CHECK: arith.constant 2.500000e-01 : f32
// CHECK: %[[V2:.*]] = linalg.generic {{.*}} ins(%[[V]], %[[VARIANCE]] :
// CHECK: arith.mulf %{{.*}}, %[[UNBIASED]] : f32
// CHECK: return %[[Y]], %[[M2]], %[[V2]], %[[MEAN]], %[[R]]
func.func @batch_norm_train(%x: tensor<?x3xf32>, %g: tensor<3xf32>, %b: tensor<3xf32>, %m: tensor<3xf32>, %v: tensor<3xf32>)
    -> (tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>) {
  %y, %m2, %v2, %bm, %r = keel.batch_norm_train %x, %g, %b, %m, %v
      {decay = 0.75, epsilon = 0.5, running_variance = "unbiased"} : tensor<?x3xf32>
  return %y, %m2, %v2, %bm, %r : tensor<?x3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>, tensor<3xf32>
}

// CHECK-LABEL: func.func @batch_norm_infer(
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x3xf32>, %[[G:[^:]*]]: tensor<3xf32>, %[[B:[^:]*]]: tensor<3xf32>, %[[M:[^:]*]]: tensor<3xf32>, %[[V:[^:]*]]: tensor<3xf32>)
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[V]] :
// CHECK: math.sqrt
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[LAST]], #[[LAST]], #[[LAST]], #[[LAST]], #[[ID]]], iterator_types = ["parallel", "parallel"]} ins(%[[X]], %[[M]], %[[R]], %[[G]], %[[B]] :
func.func @batch_norm_infer(%x: tensor<?x3xf32>, %g: tensor<3xf32>, %b: tensor<3xf32>, %m: tensor<3xf32>, %v: tensor<3xf32>)
    -> tensor<?x3xf32> {
  %y = keel.batch_norm_infer %x, %g, %b, %m, %v {epsilon = 0.5} : tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @layer_norm_train(
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x3xf32>, %[[G:[^:]*]]: tensor<3xf32>, %[[B:[^:]*]]: tensor<3xf32>)
// CHECK: arith.constant 3.000000e+00 : f32
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[ROW]]], iterator_types = ["parallel", "reduction"]} ins(%[[X]] :
// CHECK: %[[MEAN:.*]] = linalg.generic {{.*}} iterator_types = ["parallel"]}
// CHECK: linalg.generic {{.*}} iterator_types = ["parallel", "reduction"]} ins(%[[X]], %[[MEAN]] :
// CHECK: %[[VARIANCE:.*]] = linalg.generic {{.*}} iterator_types = ["parallel"]}
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[VARIANCE]] :
// CHECK: %[[Y:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ROW]], #[[ROW]], #[[LAST]], #[[LAST]], #[[ID]]], {{.*}} ins(%[[X]], %[[MEAN]], %[[R]], %[[G]], %[[B]] :
// CHECK: return %[[Y]], %[[MEAN]], %[[R]]
func.func @layer_norm_train(%x: tensor<?x3xf32>, %g: tensor<3xf32>, %b: tensor<3xf32>)
    -> (tensor<?x3xf32>, tensor<?xf32>, tensor<?xf32>) {
  %y, %m, %r = keel.layer_norm_train %x, %g, %b {epsilon = 0.5} : tensor<?x3xf32>
  return %y, %m, %r : tensor<?x3xf32>, tensor<?xf32>, tensor<?xf32>
}

// The same arithmetic.
// CHECK-LABEL: func.func @layer_norm(
// CHECK-COUNT-2: iterator_types = ["parallel", "reduction"]
// CHECK: %[[Y:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ROW]], #[[ROW]], #[[LAST]], #[[LAST]], #[[ID]]]
// CHECK: return %[[Y]]
func.func @layer_norm(%x: tensor<?x3xf32>, %g: tensor<3xf32>, %b: tensor<3xf32>) -> tensor<?x3xf32> {
  %y = keel.layer_norm %x, %g, %b {epsilon = 0.5} : tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// Without gamma and beta.
// CHECK-LABEL: func.func @normalize(
// CHECK-COUNT-2: iterator_types = ["parallel", "reduction"]
// CHECK: %[[Y:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ROW]], #[[ROW]], #[[ID]]]
// CHECK: return %[[Y]]
func.func @normalize(%x: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %y = keel.normalize %x {epsilon = 0.5} : tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @standardize(
// CHECK-SAME: %[[X:[^:]*]]: tensor<?x3xf32>, %[[M:[^:]*]]: tensor<3xf32>, %[[V:[^:]*]]: tensor<3xf32>)
// CHECK: %[[R:.*]] = linalg.generic {{.*}} ins(%[[V]] :
// CHECK: linalg.generic {{.*}} ins(%[[X]], %[[M]], %[[R]] :
func.func @standardize(%x: tensor<?x3xf32>, %m: tensor<3xf32>, %v: tensor<3xf32>) -> tensor<?x3xf32> {
  %y = keel.standardize %x, %m, %v {epsilon = 0.5} : tensor<?x3xf32>
  return %y : tensor<?x3xf32>
}

// One pass for the squares, none for a mean.
// CHECK-LABEL: func.func @rms_norm(
// CHECK: linalg.generic {{.*}}iterator_types = ["parallel", "reduction"]}
// CHECK: %[[SQUARE:.*]] = arith.mulf %[[E:.*]], %[[E]] : f32
// CHECK: arith.addf %{{.*}}, %[[SQUARE]] : f32
// CHECK: %[[R:.*]] = linalg.generic
// CHECK: math.sqrt
// CHECK: arith.divf
// CHECK: linalg.generic {{.*}} ins(%{{.*}}, %[[R]], %{{.*}} :
// CHECK-NOT: arith.subf
// CHECK: return
func.func @rms_norm(%x: tensor<?x4xf32>, %g: tensor<4xf32>) -> tensor<?x4xf32> {
  %y = keel.rms_norm %x, %g : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
