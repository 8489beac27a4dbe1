// What adjoints and clipping refuse, and how they say so.
// RUN: keel-opt --verify-diagnostics -split-input-file %s

func.func @dense_input_grad_c1(%dy: tensor<?x4xf32>, %w: tensor<4x3xf32>) {
  // expected-error @+1 {{cotangent must have a batch axis and the weight's columns, got 'tensor<?x4xf32>' and 'tensor<4x3xf32>'}}
  %dx = keel.dense_input_grad %dy, %w : tensor<?x4xf32>, tensor<4x3xf32>
  return
}

// -----

func.func @dense_input_grad_c2(%dy: tensor<?x3xf32>, %w: tensor<4x3xf64>) {
  // expected-error @+1 {{operands must have one element type, got 'f32' and 'f64'}}
  %dx = keel.dense_input_grad %dy, %w : tensor<?x3xf32>, tensor<4x3xf64>
  return
}

// -----

func.func @dense_weight_grad_c1(%x: tensor<?x2x4xf32>, %dy: tensor<?x3xf32>) {
  // expected-error @+1 {{operands must have a batch axis and one static axis of features, got 'tensor<?x2x4xf32>' and 'tensor<?x3xf32>'}}
  %dw = keel.dense_weight_grad %x, %dy : tensor<?x2x4xf32>, tensor<?x3xf32>
  return
}

// -----

func.func @dense_weight_grad_c2(%x: tensor<8x4xf32>, %dy: tensor<7x3xf32>) {
  // expected-error @+1 {{operands must have one batch, got 'tensor<8x4xf32>' and 'tensor<7x3xf32>'}}
  %dw = keel.dense_weight_grad %x, %dy : tensor<8x4xf32>, tensor<7x3xf32>
  return
}

// -----

func.func @dense_weight_grad_c3(%x: tensor<?x4xf32>, %dy: tensor<?x3xf64>) {
  // expected-error @+1 {{operands must have one element type, got 'f32' and 'f64'}}
  %dw = keel.dense_weight_grad %x, %dy : tensor<?x4xf32>, tensor<?x3xf64>
  return
}

// -----

func.func @sum_over_batch_scalar(%x: tensor<f32>) {
  // expected-error @+1 {{'input' must be ranked tensor of f32 or f64 values with a leading batch axis, but got 'tensor<f32>'}}
  %s = keel.sum_over_batch %x : tensor<f32>
  return
}

// -----

func.func @sum_over_batch_result(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{the result has no batch axis}}
  %s = "keel.sum_over_batch"(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @clamp_c1(%g: tensor<4xf32>) {
  // expected-error @+1 {{limit must not be negative, got -0.1}}
  %c = keel.clamp %g {limit = -0.1} : tensor<4xf32>
  return
}

// -----

func.func @clamp_required(%g: tensor<4xf32>) {
  // expected-error @+1 {{requires attribute 'limit'}}
  %c = keel.clamp %g : tensor<4xf32>
  return
}

// -----

func.func @huber_grad_c1(%d: tensor<f64>, %y: tensor<?x2xf32>) {
  // expected-error @+1 {{delta must be positive, got -1.0}}
  %dy = keel.huber_grad %d, %y, %y {delta = -1} : tensor<?x2xf32>
  return
}

// -----

func.func @elu_grad_c1(%dy: tensor<?x4xf32>) {
  // expected-error @+1 {{alpha must not be negative, got -1.0}}
  %dx = keel.elu_grad %dy, %dy {alpha = -1} : tensor<?x4xf32>
  return
}

// -----

func.func @gelu_grad_c1(%dy: tensor<?x4xf32>) {
  // expected-error @+1 {{approximate must be "none" or "tanh", got ""}}
  %dx = keel.gelu_grad %dy, %dy {approximate = ""} : tensor<?x4xf32>
  return
}

// -----

func.func @prelu_grad_c1(%dy: tensor<?x4xf32>, %s: tensor<2xf32>) {
  // expected-error @+1 {{slope must be 'tensor<4xf32>', one value a feature, or 'tensor<1xf32>', got 'tensor<2xf32>'}}
  %dx, %ds = keel.prelu_grad %dy, %dy, %s : tensor<?x4xf32>, tensor<2xf32>
  return
}

// -----

func.func @rms_norm_grad_c1(%dy: tensor<?x4xf32>, %v: tensor<4xf32>) {
  // expected-error @+1 {{epsilon must not be negative, got -1.0}}
  %dx, %dg = keel.rms_norm_grad %dy, %dy, %v {epsilon = -1} : tensor<?x4xf32>
  return
}
