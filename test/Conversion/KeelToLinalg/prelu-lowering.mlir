// Activations with a trained slope, and their adjoints.
// RUN: keel-opt --convert-keel-to-linalg --cse %s | FileCheck %s

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[FEATURE:.*]] = affine_map<(d0, d1) -> (d1)>
// CHECK-DAG: #[[ONE:.*]] = affine_map<(d0, d1) -> ()>

// CHECK-LABEL: func.func @prelu(
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[FEATURE]], #[[ID]]]
// CHECK: ^bb0(%[[E:.*]]: f32, %[[S:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[SCALED:.*]] = arith.mulf %[[E]], %[[S]] : f32
// CHECK: %[[ON:.*]] = arith.cmpf ogt, %[[E]], %{{.*}} : f32
// CHECK: arith.select %[[ON]], %[[E]], %[[SCALED]] : f32
func.func @prelu(%x: tensor<?x4xf32>, %s: tensor<4xf32>) -> tensor<?x4xf32> {
  %y = keel.prelu %x, %s : tensor<?x4xf32>, tensor<4xf32>
  return %y : tensor<?x4xf32>
}

// A single slope is a scalar of the body.
// CHECK-LABEL: func.func @shared(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[V:.*]]: tensor<1xf32>)
// CHECK: %[[S:.*]] = tensor.extract %[[V]]
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[ID]]]{{.*}} ins(%[[X]] :
// CHECK: arith.mulf %{{.*}}, %[[S]] : f32
func.func @shared(%x: tensor<?x4xf32>, %s: tensor<1xf32>) -> tensor<?x4xf32> {
  %y = keel.prelu %x, %s : tensor<?x4xf32>, tensor<1xf32>
  return %y : tensor<?x4xf32>
}

// The slope's gradient is a sum over rows, of dy x where x is not positive.
// CHECK-LABEL: func.func @prelu_grad(
// CHECK: %[[DS:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ID]], #[[FEATURE]]], iterator_types = ["reduction", "parallel"]}
// CHECK: ^bb0(%[[D:.*]]: f32, %[[E:.*]]: f32, %[[SUM:.*]]: f32):
// CHECK: %[[PART:.*]] = arith.select %{{.*}}, %{{.*}}, %{{.*}} : f32
// CHECK: arith.addf %[[SUM]], %[[PART]] : f32
// CHECK: %[[DX:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ID]], #[[FEATURE]], #[[ID]]]
// CHECK: return %[[DX]], %[[DS]]
func.func @prelu_grad(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>, %s: tensor<4xf32>) -> (tensor<?x4xf32>, tensor<4xf32>) {
  %dx, %ds = keel.prelu_grad %dy, %x, %s : tensor<?x4xf32>, tensor<4xf32>
  return %dx, %ds : tensor<?x4xf32>, tensor<4xf32>
}

// Or over all elements.
// CHECK-LABEL: func.func @shared_grad(
// CHECK: %[[ALL:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ID]], #[[ONE]]], iterator_types = ["reduction", "reduction"]}
// CHECK: %[[SUM:.*]] = tensor.extract %[[ALL]][]
// CHECK: linalg.fill ins(%[[SUM]] : f32) outs(%{{.*}} : tensor<1xf32>)
func.func @shared_grad(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>, %s: tensor<1xf32>) -> (tensor<?x4xf32>, tensor<1xf32>) {
  %dx, %ds = keel.prelu_grad %dy, %x, %s : tensor<?x4xf32>, tensor<1xf32>
  return %dx, %ds : tensor<?x4xf32>, tensor<1xf32>
}
