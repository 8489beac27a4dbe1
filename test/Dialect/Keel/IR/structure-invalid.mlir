// What shortcuts refuse, and how they say so.
// RUN: keel-opt --verify-diagnostics -split-input-file %s

func.func @add_c1(%x: tensor<?x4xf32>, %y: tensor<?x5xf32>) {
  // expected-error @+1 {{right side must be the left one's type 'tensor<?x4xf32>', with or without its batch axis, got 'tensor<?x5xf32>'}}
  %z = keel.add %x, %y : tensor<?x4xf32>, tensor<?x5xf32>
  return
}

// -----

func.func @add_c1_left(%x: tensor<4xf32>, %y: tensor<?x4xf32>) {
  // expected-error @+1 {{right side must be the left one's type 'tensor<4xf32>', with or without its batch axis, got 'tensor<?x4xf32>'}}
  %z = keel.add %x, %y : tensor<4xf32>, tensor<?x4xf32>
  return
}

// -----

func.func @add_c1_scalar(%x: tensor<f32>, %y: tensor<4xf32>) {
  // expected-error @+1 {{right side must be the left one's type 'tensor<f32>', with or without its batch axis, got 'tensor<4xf32>'}}
  %z = keel.add %x, %y : tensor<f32>, tensor<4xf32>
  return
}

// -----

func.func @add_unranked(%x: tensor<*xf32>) {
  // expected-error @+1 {{operand #0 must be ranked tensor of f32 or f64 values, but got 'tensor<*xf32>'}}
  %z = keel.add %x, %x : tensor<*xf32>
  return
}

// -----

func.func @add_setting(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{unknown setting 'axis' of 'keel.add', which has none}}
  %z = keel.add %x, %x {axis = 1} : tensor<?x4xf32>
  return
}
