// Losses of elements and their adjoints: means that are summed in f64.
// RUN: keel-opt --convert-keel-to-linalg --cse %s | FileCheck %s

// CHECK-DAG: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>
// CHECK-DAG: #[[NONE:.*]] = affine_map<(d0, d1) -> ()>

// CHECK-LABEL: func.func @mean_squared_error(
// CHECK-SAME: %[[Y:.*]]: tensor<?x3xf32>, %[[T:.*]]: tensor<?x3xf32>)
// CHECK: linalg.generic {indexing_maps = [#[[ID]], #[[ID]], #[[NONE]]], iterator_types = ["reduction", "reduction"]} ins(%[[Y]], %[[T]] : {{.*}}) outs(%{{.*}} : tensor<f64>)
// CHECK: %[[OFF:.*]] = arith.subf
// CHECK: %[[WIDE:.*]] = arith.extf %[[OFF]] : f32 to f64
// CHECK: arith.mulf %[[WIDE]], %[[WIDE]] : f64
// CHECK: arith.divf %{{.*}}, %{{.*}} : f64
func.func @mean_squared_error(%y: tensor<?x3xf32>, %t: tensor<?x3xf32>) -> tensor<f64> {
  %l = keel.mean_squared_error %y, %t : tensor<?x3xf32>
  return %l : tensor<f64>
}

// CHECK-LABEL: func.func @mean_squared_error_grad(
// CHECK-SAME: %[[D:.*]]: tensor<f64>
// CHECK: %[[COTANGENT:.*]] = tensor.extract %[[D]][] : tensor<f64>
// CHECK: %[[TWICE:.*]] = arith.mulf %[[COTANGENT]], %{{.*}} : f64
// CHECK: %[[WIDE:.*]] = arith.divf %[[TWICE]], %{{.*}} : f64
// CHECK: %[[SCALE:.*]] = arith.truncf %[[WIDE]] : f64 to f32
// CHECK: %[[OFF:.*]] = arith.subf
// CHECK: arith.mulf %[[OFF]], %[[SCALE]] : f32
func.func @mean_squared_error_grad(%d: tensor<f64>, %y: tensor<?x3xf32>, %t: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %dy = keel.mean_squared_error_grad %d, %y, %t : tensor<?x3xf32>
  return %dy : tensor<?x3xf32>
}

// max(z, 0) - z t + log1p(exp(-|z|)).
// CHECK-LABEL: func.func @sigmoid_cross_entropy(
// CHECK: linalg.generic {{.*}} iterator_types = ["reduction", "reduction"]} {{.*}} outs(%{{.*}} : tensor<f64>)
// CHECK: ^bb0(%[[Z:.*]]: f32, %[[T:.*]]: f32, %[[SUM:.*]]: f64):
// CHECK-DAG: %[[ABOVE:.*]] = arith.maximumf %[[Z]], %{{.*}} : f32
// CHECK-DAG: %[[PRODUCT:.*]] = arith.mulf %[[Z]], %[[T]] : f32
// CHECK: %[[LINEAR:.*]] = arith.subf %[[ABOVE]], %[[PRODUCT]] : f32
// CHECK: %[[MAGNITUDE:.*]] = math.absf %[[Z]] : f32
// CHECK: %[[LESS:.*]] = arith.negf %[[MAGNITUDE]] : f32
// CHECK: %[[E:.*]] = math.exp %[[LESS]] : f32
// CHECK: %[[LOG:.*]] = math.log1p %[[E]] : f32
// CHECK: %[[LOSS:.*]] = arith.addf %[[LINEAR]], %[[LOG]] : f32
// CHECK: %[[WIDE:.*]] = arith.extf %[[LOSS]] : f32 to f64
// CHECK: arith.addf %[[SUM]], %[[WIDE]] : f64
func.func @sigmoid_cross_entropy(%z: tensor<?x3xf32>, %t: tensor<?x3xf32>) -> tensor<f64> {
  %l = keel.sigmoid_cross_entropy %z, %t : tensor<?x3xf32>
  return %l : tensor<f64>
}

// CHECK-LABEL: func.func @sigmoid_cross_entropy_grad(
// CHECK: %[[SIGMOID:.*]] = arith.divf %{{.*}}, %{{.*}} : f32
// CHECK: %[[OFF:.*]] = arith.subf %[[SIGMOID]], %{{.*}} : f32
// CHECK: arith.mulf %[[OFF]], %{{.*}} : f32
func.func @sigmoid_cross_entropy_grad(%d: tensor<f64>, %z: tensor<?x3xf32>, %t: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %dz = keel.sigmoid_cross_entropy_grad %d, %z, %t : tensor<?x3xf32>
  return %dz : tensor<?x3xf32>
}

// Comparisons that are false of a NaN, on either side.
// CHECK-LABEL: func.func @count_correct_signs(
// CHECK: %[[ABOVE:.*]] = arith.cmpf ogt, %[[Z:.*]], %[[ZERO:.*]] : f32
// CHECK: %[[BELOW:.*]] = arith.cmpf ole, %[[Z]], %[[ZERO]] : f32
// CHECK: %[[SET:.*]] = arith.cmpf ogt
// CHECK: %[[RIGHT:.*]] = arith.select %[[SET]], %[[ABOVE]], %[[BELOW]] : i1
// CHECK: %[[ONE:.*]] = arith.extui %[[RIGHT]] : i1 to i64
// CHECK: arith.addi %{{.*}}, %[[ONE]] : i64
func.func @count_correct_signs(%z: tensor<?x3xf32>, %t: tensor<?x3xf32>) -> tensor<i64> {
  %n = keel.count_correct_signs %z, %t : tensor<?x3xf32>
  return %n : tensor<i64>
}

// CHECK-LABEL: func.func @mean_absolute_error(
// CHECK: %[[OFF:.*]] = arith.subf
// CHECK: %[[MAGNITUDE:.*]] = math.absf %[[OFF]] : f32
// CHECK: arith.extf %[[MAGNITUDE]] : f32 to f64
func.func @mean_absolute_error(%y: tensor<?x3xf32>, %t: tensor<?x3xf32>) -> tensor<f64> {
  %l = keel.mean_absolute_error %y, %t : tensor<?x3xf32>
  return %l : tensor<f64>
}

// What is neither above nor below 0, a 0 or a NaN, is kept.
// CHECK-LABEL: func.func @mean_absolute_error_grad(
// CHECK: %[[OFF:.*]] = arith.subf
// CHECK-DAG: %[[ABOVE:.*]] = arith.cmpf ogt, %[[OFF]]
// CHECK-DAG: %[[BELOW:.*]] = arith.cmpf olt, %[[OFF]]
// CHECK: %[[SIGN:.*]] = arith.select %[[BELOW]], %{{.*}}, %[[OFF]] : f32
// CHECK: arith.select %[[ABOVE]], %{{.*}}, %[[SIGN]] : f32
func.func @mean_absolute_error_grad(%d: tensor<f64>, %y: tensor<?x3xf32>, %t: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %dy = keel.mean_absolute_error_grad %d, %y, %t : tensor<?x3xf32>
  return %dy : tensor<?x3xf32>
}

// CHECK-LABEL: func.func @huber(
// CHECK: %[[OFF:.*]] = arith.extf %{{.*}} : f32 to f64
// CHECK: %[[HALF:.*]] = arith.mulf %{{.*}}, %[[OFF]] : f64
// CHECK: %[[SQUARED:.*]] = arith.mulf %[[HALF]], %[[OFF]] : f64
// CHECK: %[[MAGNITUDE:.*]] = math.absf %[[OFF]] : f64
// CHECK: %[[PAST:.*]] = arith.subf %[[MAGNITUDE]], %{{.*}} : f64
// CHECK: %[[ABSOLUTE:.*]] = arith.mulf %{{.*}}, %[[PAST]] : f64
// CHECK: %[[NEAR:.*]] = arith.cmpf ole, %[[MAGNITUDE]], %{{.*}} : f64
// CHECK: arith.select %[[NEAR]], %[[SQUARED]], %[[ABSOLUTE]] : f64
func.func @huber(%y: tensor<?x3xf32>, %t: tensor<?x3xf32>) -> tensor<f64> {
  %l = keel.huber %y, %t {delta = 0.5} : tensor<?x3xf32>
  return %l : tensor<f64>
}

// CHECK-LABEL: func.func @huber_grad(
// CHECK: %[[OFF:.*]] = arith.subf
// CHECK: %[[LOW:.*]] = arith.maximumf %[[OFF]], %{{.*}} : f32
// CHECK: arith.minimumf %[[LOW]], %{{.*}} : f32
func.func @huber_grad(%d: tensor<f64>, %y: tensor<?x3xf32>, %t: tensor<?x3xf32>) -> tensor<?x3xf32> {
  %dy = keel.huber_grad %d, %y, %t {delta = 0.5} : tensor<?x3xf32>
  return %dy : tensor<?x3xf32>
}
