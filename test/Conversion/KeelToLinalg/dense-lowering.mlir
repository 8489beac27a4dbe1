// Dense layers and their adjoints become contractions.
// RUN: keel-opt --convert-keel-to-linalg --cse %s | FileCheck %s

// CHECK-DAG: #[[NK:.*]] = affine_map<(d0, d1, d2) -> (d0, d2)>
// CHECK-DAG: #[[KM:.*]] = affine_map<(d0, d1, d2) -> (d2, d1)>
// CHECK-DAG: #[[NM:.*]] = affine_map<(d0, d1, d2) -> (d0, d1)>
// CHECK-DAG: #[[MK:.*]] = affine_map<(d0, d1, d2) -> (d1, d2)>
// CHECK-DAG: #[[KN:.*]] = affine_map<(d0, d1, d2) -> (d2, d0)>
// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[LAST:.*]] = affine_map<(d0, d1) -> (d1)>

// CHECK-LABEL: func.func @dense(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[W:.*]]: tensor<4x3xf32>)
// CHECK: %[[ROWS:.*]] = tensor.dim %[[X]]
// CHECK: %[[EMPTY:.*]] = tensor.empty(%[[ROWS]]) : tensor<?x3xf32>
// CHECK: %[[ZEROS:.*]] = linalg.fill ins(%{{.*}} : f32) outs(%[[EMPTY]] : tensor<?x3xf32>)
// CHECK: %[[Y:.*]] = linalg.contract indexing_maps = [#[[NK]], #[[KM]], #[[NM]]] ins(%[[X]], %[[W]] : tensor<?x4xf32>, tensor<4x3xf32>) outs(%[[ZEROS]] : tensor<?x3xf32>)
// CHECK: return %[[Y]]
func.func @dense(%x: tensor<?x4xf32>, %w: tensor<4x3xf32>) -> tensor<?x3xf32> {
  %y = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x3xf32>
  return %y : tensor<?x3xf32>
}

// The sum starts at the bias.
// CHECK-LABEL: func.func @dense_bias(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[W:.*]]: tensor<4x3xf32>, %[[B:.*]]: tensor<3xf32>)
// CHECK: %[[START:.*]] = linalg.broadcast ins(%[[B]] : tensor<3xf32>) outs(%{{.*}} : tensor<?x3xf32>) dimensions = [0]
// CHECK: linalg.contract indexing_maps = [#[[NK]], #[[KM]], #[[NM]]] ins(%[[X]], %[[W]] : tensor<?x4xf32>, tensor<4x3xf32>) outs(%[[START]] : tensor<?x3xf32>)
func.func @dense_bias(%x: tensor<?x4xf32>, %w: tensor<4x3xf32>, %b: tensor<3xf32>) -> tensor<?x3xf32> {
  %y = keel.dense %x, %w, %b : tensor<?x4xf32>, tensor<4x3xf32>, tensor<3xf32>
  return %y : tensor<?x3xf32>
}

// The weight is read as its transpose, which is not made.
// CHECK-LABEL: func.func @dense_input_grad(
// CHECK-SAME: %[[DY:.*]]: tensor<?x3xf32>, %[[W:.*]]: tensor<4x3xf32>)
// CHECK: linalg.contract indexing_maps = [#[[NK]], #[[MK]], #[[NM]]] ins(%[[DY]], %[[W]] :
func.func @dense_input_grad(%dy: tensor<?x3xf32>, %w: tensor<4x3xf32>) -> tensor<?x4xf32> {
  %dx = keel.dense_input_grad %dy, %w : tensor<?x3xf32>, tensor<4x3xf32>
  return %dx : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @dense_weight_grad(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>, %[[DY:.*]]: tensor<?x3xf32>)
// CHECK: linalg.contract indexing_maps = [#[[KN]], #[[KM]], #[[NM]]] ins(%[[X]], %[[DY]] :
// CHECK-SAME: -> tensor<4x3xf32>
func.func @dense_weight_grad(%x: tensor<?x4xf32>, %dy: tensor<?x3xf32>) -> tensor<4x3xf32> {
  %dw = keel.dense_weight_grad %x, %dy : tensor<?x4xf32>, tensor<?x3xf32>
  return %dw : tensor<4x3xf32>
}

// CHECK-LABEL: func.func @sum_over_batch(
// CHECK-SAME: %[[DY:.*]]: tensor<?x3xf32>)
// CHECK: %[[ZEROS:.*]] = linalg.fill
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[LAST]]], iterator_types = ["reduction", "parallel"]} ins(%[[DY]] : tensor<?x3xf32>) outs(%[[ZEROS]] : tensor<3xf32>)
// CHECK: ^bb0(%[[IN:.*]]: f32, %[[SUM:.*]]: f32):
// CHECK: arith.addf %[[SUM]], %[[IN]] : f32
func.func @sum_over_batch(%dy: tensor<?x3xf32>) -> tensor<3xf32> {
  %db = keel.sum_over_batch %dy : tensor<?x3xf32>
  return %db : tensor<3xf32>
}
