// Activations and their adjoints, element by element.
// RUN: keel-opt --convert-keel-to-linalg --cse %s | FileCheck %s

// CHECK: #[[ID:.*]] = affine_map<(d0, d1) -> (d0, d1)>

// The example of the pass's description.
// CHECK-LABEL: func.func @relu(
// CHECK-SAME: %[[X:.*]]: tensor<?x4xf32>)
// CHECK: %[[ROWS:.*]] = tensor.dim %[[X]], %{{.*}} : tensor<?x4xf32>
// CHECK: %[[EMPTY:.*]] = tensor.empty(%[[ROWS]]) : tensor<?x4xf32>
// CHECK: %[[Y:.*]] = linalg.generic {indexing_maps = [#[[ID]], #[[ID]]], iterator_types = ["parallel", "parallel"]} ins(%[[X]] : tensor<?x4xf32>) outs(%[[EMPTY]] : tensor<?x4xf32>)
// CHECK: ^bb0(%[[E:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: %[[MAX:.*]] = arith.maximumf %[[E]], %[[ZERO]] : f32
// CHECK: linalg.yield %[[MAX]] : f32
// CHECK: return %[[Y]]
func.func @relu(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = keel.relu %x : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// A NaN in x is not below zero, so that it lets the cotangent through.
// CHECK-LABEL: func.func @relu_grad(
// CHECK-SAME: %[[DY:.*]]: tensor<?x4xf32>, %[[X:.*]]: tensor<?x4xf32>)
// CHECK: linalg.generic {{.*}} ins(%[[DY]], %[[X]] :
// CHECK: ^bb0(%[[D:.*]]: f32, %[[E:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[ZERO:.*]] = arith.constant 0.000000e+00 : f32
// CHECK: %[[OFF:.*]] = arith.cmpf ole, %[[E]], %[[ZERO]] : f32
// CHECK: %[[DX:.*]] = arith.select %[[OFF]], %[[ZERO]], %[[D]] : f32
// CHECK: linalg.yield %[[DX]]
func.func @relu_grad(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %dx = keel.relu_grad %dy, %x : tensor<?x4xf32>
  return %dx : tensor<?x4xf32>
}

// A static batch; a choice, since max(slope x, x) is wrong above 1.
// CHECK-LABEL: func.func @leaky_relu(
// CHECK: tensor.empty() : tensor<2x4xf64>
// CHECK: ^bb0(%[[E:.*]]: f64, %{{.*}}: f64):
// CHECK: %[[SLOPE:.*]] = arith.constant -2.500000e-01 : f64
// CHECK: %[[SCALED:.*]] = arith.mulf %[[E]], %[[SLOPE]] : f64
// CHECK: %[[ON:.*]] = arith.cmpf ogt, %[[E]], %{{.*}} : f64
// CHECK: %[[Y:.*]] = arith.select %[[ON]], %[[E]], %[[SCALED]] : f64
// CHECK: linalg.yield %[[Y]]
func.func @leaky_relu(%x: tensor<2x4xf64>) -> tensor<2x4xf64> {
  %y = keel.leaky_relu %x {slope = -0.25} : tensor<2x4xf64>
  return %y : tensor<2x4xf64>
}

// CHECK-LABEL: func.func @leaky_relu_grad(
// CHECK: ^bb0(%[[D:.*]]: f32, %[[E:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[SLOPE:.*]] = arith.constant 5.000000e-01 : f32
// CHECK: %[[SCALED:.*]] = arith.mulf %[[D]], %[[SLOPE]] : f32
// CHECK: %[[OFF:.*]] = arith.cmpf ole, %[[E]], %{{.*}} : f32
// CHECK: arith.select %[[OFF]], %[[SCALED]], %[[D]] : f32
func.func @leaky_relu_grad(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %dx = keel.leaky_relu_grad %dy, %x {slope = 0.5} : tensor<?x4xf32>
  return %dx : tensor<?x4xf32>
}

// The exponential of what is not positive cannot overflow.
// CHECK-LABEL: func.func @sigmoid(
// CHECK: ^bb0(%[[E:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[ONE:.*]] = arith.constant 1.000000e+00 : f32
// CHECK: %[[ABS:.*]] = math.absf %[[E]] : f32
// CHECK: %[[NEG:.*]] = arith.negf %[[ABS]] : f32
// CHECK: %[[EXP:.*]] = math.exp %[[NEG]] : f32
// CHECK: %[[TOP:.*]] = arith.select %{{.*}}, %[[ONE]], %[[EXP]] : f32
// CHECK: %[[BOTTOM:.*]] = arith.addf %[[ONE]], %[[EXP]] : f32
// CHECK: arith.divf %[[TOP]], %[[BOTTOM]] : f32
func.func @sigmoid(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = keel.sigmoid %x : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @sigmoid_grad(
// CHECK: ^bb0(%[[D:.*]]: f32, %[[Y:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[REST:.*]] = arith.subf %{{.*}}, %[[Y]] : f32
// CHECK: %[[SLOPE:.*]] = arith.mulf %[[Y]], %[[REST]] : f32
// CHECK: arith.mulf %[[D]], %[[SLOPE]] : f32
func.func @sigmoid_grad(%dy: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %dx = keel.sigmoid_grad %dy, %y : tensor<?x4xf32>
  return %dx : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @tanh(
// CHECK: math.tanh %{{.*}} : f32
func.func @tanh(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = keel.tanh %x : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @tanh_grad(
// CHECK: ^bb0(%[[D:.*]]: f32, %[[Y:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[SQUARE:.*]] = arith.mulf %[[Y]], %[[Y]] : f32
// CHECK: %[[SLOPE:.*]] = arith.subf %{{.*}}, %[[SQUARE]] : f32
// CHECK: arith.mulf %[[D]], %[[SLOPE]] : f32
func.func @tanh_grad(%dy: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %dx = keel.tanh_grad %dy, %y : tensor<?x4xf32>
  return %dx : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @elu(
// CHECK: ^bb0(%[[E:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[M:.*]] = math.expm1 %[[E]] : f32
// CHECK: %[[ALPHA:.*]] = arith.constant 5.000000e-01 : f32
// CHECK: %[[LOW:.*]] = arith.mulf %[[M]], %[[ALPHA]] : f32
// CHECK: %[[ON:.*]] = arith.cmpf ogt, %[[E]], %{{.*}} : f32
// CHECK: arith.select %[[ON]], %[[E]], %[[LOW]] : f32
func.func @elu(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = keel.elu %x {alpha = 0.5} : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// No exponential: the output holds it.
// CHECK-LABEL: func.func @elu_grad(
// CHECK: ^bb0(%[[D:.*]]: f32, %[[Y:.*]]: f32, %{{.*}}: f32):
// CHECK: %[[SLOPE:.*]] = arith.addf %[[Y]], %{{.*}} : f32
// CHECK: %[[LOW:.*]] = arith.mulf %[[D]], %[[SLOPE]] : f32
// CHECK: %[[ON:.*]] = arith.cmpf ogt, %[[Y]], %{{.*}} : f32
// CHECK: arith.select %[[ON]], %[[D]], %[[LOW]] : f32
// CHECK-NOT: math
func.func @elu_grad(%dy: tensor<?x4xf32>, %y: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %dx = keel.elu_grad %dy, %y : tensor<?x4xf32>
  return %dx : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @selu(
// CHECK: arith.constant 1.7580993408473766 : f64
// CHECK: arith.constant 1.0507009873554805 : f64
// CHECK-LABEL: func.func @selu_grad(
// CHECK: arith.constant 1.7580993408473766 : f64
// CHECK: arith.constant 1.0507009873554805 : f64
func.func @selu(%x: tensor<?x4xf64>) -> tensor<?x4xf64> {
  %y = keel.selu %x : tensor<?x4xf64>
  return %y : tensor<?x4xf64>
}
func.func @selu_grad(%dy: tensor<?x4xf64>, %y: tensor<?x4xf64>) -> tensor<?x4xf64> {
  %dx = keel.selu_grad %dy, %y : tensor<?x4xf64>
  return %dx : tensor<?x4xf64>
}

// 1 + erf would cancel.
// CHECK-LABEL: func.func @gelu(
// CHECK: ^bb0(%[[E:.*]]: f64, %{{.*}}: f64):
// CHECK: arith.constant -0.70710678118654757 : f64
// CHECK: math.erfc %{{.*}} : f64
// CHECK: arith.maximumf %[[E]], %{{.*}} : f64
func.func @gelu(%x: tensor<?x4xf64>) -> tensor<?x4xf64> {
  %y = keel.gelu %x : tensor<?x4xf64>
  return %y : tensor<?x4xf64>
}

// CHECK-LABEL: func.func @gelu_tanh(
// CHECK-NOT: math.tanh
// CHECK: math.absf
// CHECK: math.exp %
func.func @gelu_tanh(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = keel.gelu %x {approximate = "tanh"} : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// CHECK-LABEL: func.func @gelu_grad(
// CHECK: math.exp %
// CHECK: math.erfc
func.func @gelu_grad(%dy: tensor<?x4xf32>, %x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %dx = keel.gelu_grad %dy, %x : tensor<?x4xf32>
  return %dx : tensor<?x4xf32>
}
