// What parameter updates refuse, and how they say so.
// RUN: keel-opt --verify-diagnostics -split-input-file %s

func.func @sgd_update_c1(%p: tensor<4xf32>, %r: f64) {
  // expected-error @+1 {{with momentum needs a velocity}}
  %q = keel.sgd_update %p, %p, %r {momentum = 0.9} : tensor<4xf32>
  return
}

// -----

func.func @sgd_update_c1_without(%p: tensor<4xf32>, %r: f64) {
  // expected-error @+1 {{without momentum has no velocity}}
  %q, %v = keel.sgd_update %p, %p, %r, %p {momentum = 0} : tensor<4xf32>
  return
}

// -----

func.func @sgd_update_c1_type(%p: tensor<4xf32>, %r: f64, %v: tensor<5xf32>) {
  // expected-error @+1 {{velocity must have the parameter's type 'tensor<4xf32>', got 'tensor<5xf32>'}}
  %q, %w = "keel.sgd_update"(%p, %p, %r, %v) <{momentum = 0.9}> : (tensor<4xf32>, tensor<4xf32>, f64, tensor<5xf32>) -> (tensor<4xf32>, tensor<5xf32>)
  return
}

// -----

func.func @sgd_update_unranked(%p: tensor<*xf32>, %r: f64) {
  // expected-error @+1 {{operand #0 must be ranked tensor of f32 or f64 values, but got 'tensor<*xf32>'}}
  %q = keel.sgd_update %p, %p, %r : tensor<*xf32>
  return
}

// -----

func.func @adam_update_required(%p: tensor<4xf32>, %r: f64) {
  // expected-error @+1 {{requires attribute 'beta1'}}
  %q, %m, %v = keel.adam_update %p, %p, %r, %p, %p, %r, %r : tensor<4xf32>
  return
}

// -----

func.func @rmsprop_update_required(%p: tensor<4xf32>, %r: f64) {
  // expected-error @+1 {{requires attribute 'decay'}}
  %q, %v = keel.rmsprop_update %p, %p, %r, %p {epsilon = 0} : tensor<4xf32>
  return
}

// -----

func.func @adagrad_update_types(%p: tensor<4xf32>, %r: f64, %v: tensor<4xf64>) {
  // expected-error @+1 {{failed to verify that all of {parameter, gradient, sum, new_parameter, new_sum} have same type}}
  %q, %w = "keel.adagrad_update"(%p, %p, %r, %v) <{epsilon = 0.0}> : (tensor<4xf32>, tensor<4xf32>, f64, tensor<4xf64>) -> (tensor<4xf32>, tensor<4xf64>)
  return
}
