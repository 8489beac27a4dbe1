// What norms refuse, and how they say so.
// RUN: keel-opt --verify-diagnostics -split-input-file %s

keel.model @batch_norm_c1(%x: tensor<?x4xf32>) {
  %m = keel.state "mean" init(#keel.zeros) : tensor<4xf32>
  // expected-error @+1 {{epsilon must not be negative, got -1.0e-5}}
  %y = keel.batch_norm %x, %m, %m, %m, %m {epsilon = -1e-5} : tensor<?x4xf32>
  keel.return
}

// -----

keel.model @batch_norm_c1_decay(%x: tensor<?x4xf32>) {
  %m = keel.state "mean" init(#keel.zeros) : tensor<4xf32>
  // expected-error @+1 {{decay must be in [0, 1], got 1.5}}
  %y = keel.batch_norm %x, %m, %m, %m, %m {decay = 1.5} : tensor<?x4xf32>
  keel.return
}

// -----

keel.model @batch_norm_c2(%x: tensor<?x4xf32>) {
  %m = keel.state "mean" init(#keel.zeros) : tensor<4xf32>
  // expected-error @+1 {{running_variance must be "population" or "unbiased", got "sample"}}
  %y = keel.batch_norm %x, %m, %m, %m, %m {running_variance = "sample"} : tensor<?x4xf32>
  keel.return
}

// -----

keel.model @batch_norm_c3(%x: tensor<?x4xf32>) {
  %m = keel.param "mean" init(#keel.zeros) : tensor<4xf32>
  // expected-error @+1 {{mean and variance must come from keel.state, which training updates, unless the op is frozen}}
  %y = keel.batch_norm %x, %m, %m, %m, %m : tensor<?x4xf32>
  keel.return
}

// -----

keel.model @batch_norm_c4(%x: tensor<?x4xf32>) {
  %m = keel.state "mean" init(#keel.zeros) : tensor<4xf32>
  %v = keel.state "variance" init(#keel.ones) : tensor<4xf32>
  // expected-error @+1 {{is frozen, but another batch norm updates its statistics}}
  %y = keel.batch_norm %x, %m, %m, %m, %v {frozen = true} : tensor<?x4xf32>
  %z = keel.batch_norm %x, %m, %m, %m, %v : tensor<?x4xf32>
  keel.return
}

// -----

func.func @batch_norm_train_c1(%x: tensor<?x4xf32>, %v: tensor<4xf32>) {
  // expected-error @+1 {{epsilon must not be negative, got -1.0}}
  %y, %m, %w, %b, %r = keel.batch_norm_train %x, %v, %v, %v, %v {epsilon = -1} : tensor<?x4xf32>
  return
}

// -----

func.func @batch_norm_train_c2(%x: tensor<?x4xf32>, %v: tensor<4xf32>) {
  // expected-error @+1 {{running_variance must be "population" or "unbiased", got ""}}
  %y, %m, %w, %b, %r = keel.batch_norm_train %x, %v, %v, %v, %v {running_variance = ""} : tensor<?x4xf32>
  return
}

// -----

func.func @batch_norm_train_c3(%x: tensor<1x4xf32>, %v: tensor<4xf32>) {
  // expected-error @+1 {{needs at least two rows, got a batch of one}}
  %y, %m, %w, %b, %r = keel.batch_norm_train %x, %v, %v, %v, %v : tensor<1x4xf32>
  return
}

// -----

func.func @batch_norm_train_c4(%x: tensor<?x4xf32>, %v: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @+1 {{drops its new running statistics}}
  %y, %m, %w, %b, %r = keel.batch_norm_train %x, %v, %v, %v, %v : tensor<?x4xf32>
  return %m : tensor<4xf32>
}

// -----

func.func @batch_norm_infer_c1(%x: tensor<?x4xf32>, %v: tensor<4xf32>) {
  // expected-error @+1 {{epsilon must not be negative, got -1.0}}
  %y = keel.batch_norm_infer %x, %v, %v, %v, %v {epsilon = -1} : tensor<?x4xf32>
  return
}

// -----

func.func @batch_norm_no_batch(%x: tensor<4xf32>, %v: tensor<4xf32>) {
  // expected-error @+1 {{'input' must be ranked tensor of f32 or f64 values with a batch axis and one of features, but got 'tensor<4xf32>'}}
  %y = keel.batch_norm_infer %x, %v, %v, %v, %v : tensor<4xf32>
  return
}

// -----

func.func @batch_norm_dynamic(%x: tensor<?x?xf32>, %v: tensor<?xf32>) {
  // expected-error @+1 {{operand #1 must be vector of f32 or f64 values of a fixed size, but got 'tensor<?xf32>'}}
  %y = keel.batch_norm_infer %x, %v, %v, %v, %v : tensor<?x?xf32>
  return
}

// -----

func.func @batch_norm_width(%x: tensor<?x4xf32>, %v: tensor<4xf32>, %w: tensor<5xf32>) {
  // expected-error @+1 {{'variance' holds one value a feature of 'input'}}
  %y = "keel.batch_norm_infer"(%x, %v, %v, %v, %w) : (tensor<?x4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>, tensor<5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @normalize_c1(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{epsilon must not be negative, got -1.0}}
  %y = keel.normalize %x {epsilon = -1} : tensor<?x4xf32>
  return
}

// -----

func.func @layer_norm_c1(%x: tensor<?x4xf32>, %v: tensor<4xf32>) {
  // expected-error @+1 {{epsilon must not be negative, got -1.0}}
  %y = keel.layer_norm %x, %v, %v {epsilon = -1} : tensor<?x4xf32>
  return
}

// -----

func.func @layer_norm_train_c1(%x: tensor<?x4xf32>, %v: tensor<4xf32>) {
  // expected-error @+1 {{epsilon must not be negative, got -1.0}}
  %y, %m, %r = keel.layer_norm_train %x, %v, %v {epsilon = -1} : tensor<?x4xf32>
  return
}

// -----

func.func @layer_norm_scalar(%x: tensor<f32>, %v: tensor<f32>) {
  // expected-error @+1 {{'input' must be ranked tensor of f32 or f64 values with a leading batch axis, but got 'tensor<f32>'}}
  %y = keel.layer_norm %x, %v, %v : tensor<f32>
  return
}

// -----

func.func @rms_norm_c1(%x: tensor<?x4xf32>, %v: tensor<4xf32>) {
  // expected-error @+1 {{epsilon must not be negative, got -1.0}}
  %y = keel.rms_norm %x, %v {epsilon = -1} : tensor<?x4xf32>
  return
}

// -----

func.func @rms_norm_width(%x: tensor<?x4xf32>, %v: tensor<5xf32>) {
  // expected-error @+1 {{'gamma' holds one value a feature of 'input'}}
  %y = "keel.rms_norm"(%x, %v) : (tensor<?x4xf32>, tensor<5xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @standardize_c1(%x: tensor<?x4xf32>, %v: tensor<4xf32>) {
  // expected-error @+1 {{epsilon must not be negative, got -1.0}}
  %y = keel.standardize %x, %v, %v {epsilon = -1} : tensor<?x4xf32>
  return
}
