// What losses refuse, and how they say so.
// RUN: keel-opt --verify-diagnostics -split-input-file %s

func.func @softmax_cross_entropy_c1(%z: tensor<?x2x10xf32>, %c: tensor<?xi32>) {
  // expected-error @+1 {{logits must have a batch axis and one static axis of classes, got 'tensor<?x2x10xf32>'}}
  %l = keel.softmax_cross_entropy %z, %c : tensor<?x2x10xf32>, tensor<?xi32>
  return
}

// -----

func.func @softmax_cross_entropy_c1_dynamic(%z: tensor<?x?xf32>, %c: tensor<?xi32>) {
  // expected-error @+1 {{logits must have a batch axis and one static axis of classes, got 'tensor<?x?xf32>'}}
  %l = keel.softmax_cross_entropy %z, %c : tensor<?x?xf32>, tensor<?xi32>
  return
}

// -----

func.func @softmax_cross_entropy_c2(%z: tensor<8x10xf32>, %c: tensor<7xi32>) {
  // expected-error @+1 {{must have one class a row of 'tensor<8x10xf32>', got 'tensor<7xi32>'}}
  %l = keel.softmax_cross_entropy %z, %c : tensor<8x10xf32>, tensor<7xi32>
  return
}

// -----

func.func @softmax_cross_entropy_classes(%z: tensor<?x10xf32>, %c: tensor<?xi64>) {
  // expected-error @+1 {{operand #1 must be one i32 class a row, but got 'tensor<?xi64>'}}
  %l = keel.softmax_cross_entropy %z, %c : tensor<?x10xf32>, tensor<?xi64>
  return
}

// -----

func.func @count_correct_c1(%z: tensor<?xf32>, %c: tensor<?xi32>) {
  // expected-error @+1 {{logits must have a batch axis and one static axis of classes, got 'tensor<?xf32>'}}
  %n = keel.count_correct %z, %c : tensor<?xf32>, tensor<?xi32>
  return
}

// -----

func.func @count_correct_c2(%z: tensor<8x10xf32>, %c: tensor<?xi32>) {
  // expected-error @+1 {{must have one class a row of 'tensor<8x10xf32>', got 'tensor<?xi32>'}}
  %n = keel.count_correct %z, %c : tensor<8x10xf32>, tensor<?xi32>
  return
}

// -----

func.func @mean_squared_error_types(%y: tensor<?x2xf32>, %t: tensor<?x3xf32>) {
  // expected-error @+1 {{requires all operands to have the same type}}
  %l = "keel.mean_squared_error"(%y, %t) : (tensor<?x2xf32>, tensor<?x3xf32>) -> tensor<f64>
  return
}

// -----

func.func @mean_squared_error_result(%y: tensor<?x2xf32>) {
  // expected-error @+1 {{result #0 must be tensor<f64>, but got 'tensor<f32>'}}
  %l = "keel.mean_squared_error"(%y, %y) : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<f32>
  return
}

// -----

func.func @sigmoid_cross_entropy_types(%z: tensor<?x2xf32>, %t: tensor<?xi32>) {
  // expected-error @+1 {{operand #1 must be ranked tensor of f32 or f64 values with a leading batch axis, but got 'tensor<?xi32>'}}
  %l = "keel.sigmoid_cross_entropy"(%z, %t) : (tensor<?x2xf32>, tensor<?xi32>) -> tensor<f64>
  return
}

// -----

func.func @count_correct_signs_types(%z: tensor<?x2xf32>, %t: tensor<?x2xf64>) {
  // expected-error @+1 {{requires all operands to have the same type}}
  %n = "keel.count_correct_signs"(%z, %t) : (tensor<?x2xf32>, tensor<?x2xf64>) -> tensor<i64>
  return
}

// -----

func.func @mean_absolute_error_types(%y: tensor<?x2xf32>, %t: tensor<?xf32>) {
  // expected-error @+1 {{requires all operands to have the same type}}
  %l = "keel.mean_absolute_error"(%y, %t) : (tensor<?x2xf32>, tensor<?xf32>) -> tensor<f64>
  return
}

// -----

func.func @huber_c1(%y: tensor<?x2xf32>) {
  // expected-error @+1 {{delta must be positive, got 0.0}}
  %l = keel.huber %y, %y {delta = 0} : tensor<?x2xf32>
  return
}
