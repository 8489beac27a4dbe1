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

// -----

func.func @elu_c1(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{alpha must not be negative, got -0.5}}
  %y = keel.elu %x {alpha = -0.5} : tensor<?x4xf32>
  return
}

// -----

func.func @gelu_c1(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{approximate must be "none" or "tanh", got "erf"}}
  %y = keel.gelu %x {approximate = "erf"} : tensor<?x4xf32>
  return
}

// -----

func.func @gelu_kind(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{attribute 'approximate' failed to satisfy constraint: string attribute}}
  %y = keel.gelu %x {approximate = true} : tensor<?x4xf32>
  return
}

// -----

func.func @selu_settings(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{unknown setting 'alpha' of 'keel.selu', which has none}}
  %y = keel.selu %x {alpha = 1.0} : tensor<?x4xf32>
  return
}

// -----

func.func @prelu_c1(%x: tensor<?x4xf32>, %s: tensor<3xf32>) {
  // expected-error @+1 {{slope must be 'tensor<4xf32>', one value a feature, or 'tensor<1xf32>', got 'tensor<3xf32>'}}
  %y = keel.prelu %x, %s : tensor<?x4xf32>, tensor<3xf32>
  return
}

// -----

func.func @prelu_c1_elements(%x: tensor<?x4xf32>, %s: tensor<1xf64>) {
  // expected-error @+1 {{slope must be 'tensor<4xf32>', one value a feature, or 'tensor<1xf32>', got 'tensor<1xf64>'}}
  %y = keel.prelu %x, %s : tensor<?x4xf32>, tensor<1xf64>
  return
}

// -----

func.func @softmax_no_features(%x: tensor<?xf32>) {
  // expected-error @+1 {{must be ranked tensor of f32 or f64 values with a batch axis and one of features, but got 'tensor<?xf32>'}}
  %y = keel.softmax %x : tensor<?xf32>
  return
}

// -----

func.func @log_softmax_result(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{requires the same type for all operands and results}}
  %y = "keel.log_softmax"(%x) : (tensor<?x4xf32>) -> tensor<?x5xf32>
  return
}
