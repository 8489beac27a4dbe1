// What activations refuse, and how they say so.
// RUN: keel-opt --verify-diagnostics -split-input-file %s

func.func @integers(%x: tensor<?x4xi32>) {
  // expected-error @+1 {{must be ranked tensor of f32 or f64 values, but got 'tensor<?x4xi32>'}}
  %y = keel.relu %x : tensor<?x4xi32>
  return
}

// -----

func.func @half(%x: tensor<?x4xf16>) {
  // expected-error @+1 {{must be ranked tensor of f32 or f64 values, but got 'tensor<?x4xf16>'}}
  %y = keel.tanh %x : tensor<?x4xf16>
  return
}

// -----

func.func @unranked(%x: tensor<*xf32>) {
  // expected-error @+1 {{expected builtin.tensor, but found 'tensor<*xf32>'}}
  %y = keel.sigmoid %x : tensor<*xf32>
  return
}

// -----

func.func @memref(%x: memref<?x4xf32>) {
  // expected-error @+1 {{expected builtin.tensor, but found 'memref<?x4xf32>'}}
  %y = keel.relu %x : memref<?x4xf32>
  return
}

// -----

func.func @result(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{requires the same type for all operands and results}}
  %y = "keel.relu"(%x) : (tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}

// -----

func.func @two_operands(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{requires a single operand}}
  %y = "keel.relu"(%x, %x) : (tensor<?x4xf32>, tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @slope(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{attribute 'slope' failed to satisfy constraint: 64-bit float attribute}}
  %y = keel.leaky_relu %x {slope = "steep"} : tensor<?x4xf32>
  return
}

// -----

func.func @slope_infinite(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{slope must be finite, got -inf}}
  %y = "keel.leaky_relu"(%x) <{slope = 0xFFF0000000000000 : f64}> : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}
