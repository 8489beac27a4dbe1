// What keel-differentiate refuses.
// RUN: keel-opt --keel-differentiate --split-input-file --verify-diagnostics %s

// expected-error @below {{has no @grad_step: run keel-specialize{mode=train} first}}
module {}

// -----

// expected-error @below {{@grad_step has no result of role loss to differentiate}}
func.func @grad_step(%w: tensor<4xf32> {keel.name = "w", keel.role = "param"})
    -> (tensor<4xf32> {keel.name = "y", keel.role = "output"}) {
  return %w : tensor<4xf32>
}

// -----

// expected-error @below {{@grad_step is differentiated already}}
func.func @grad_step(%w: tensor<4xf32> {keel.name = "w", keel.role = "param"}, %l: tensor<f64>)
    -> (tensor<f64> {keel.role = "loss"}, tensor<4xf32> {keel.name = "w", keel.role = "grad"}) {
  return %l, %w : tensor<f64>, tensor<4xf32>
}

// -----

func.func @grad_step(%w: tensor<?x4xf32> {keel.name = "w", keel.role = "param"}, %t: tensor<?x4xf32>)
    -> (tensor<f64> {keel.role = "loss"}) {
  // expected-error @below {{'math.floor' has no adjoint: it stands between a parameter and the loss and must implement DifferentiableOpInterface}}
  %y = math.floor %w : tensor<?x4xf32>
  %loss = keel.mean_squared_error %y, %t : tensor<?x4xf32>
  return %loss : tensor<f64>
}

// -----

func.func @grad_step(%g: tensor<4xf32> {keel.name = "g", keel.role = "param"}, %x: tensor<?x4xf32>)
    -> (tensor<f64> {keel.role = "loss"}) {
  // expected-error @below {{keeps no statistics for its adjoint: keel-specialize{mode=train} turns it into keel.layer_norm_train}}
  %y = keel.layer_norm %x, %g, %g : tensor<?x4xf32>
  %loss = keel.mean_squared_error %y, %x : tensor<?x4xf32>
  return %loss : tensor<f64>
}

// -----

// The new mean depends on the batch: an op behind the norm that reads it would
// need the gradient of that.
func.func @grad_step(%g: tensor<4xf32> {keel.name = "g", keel.role = "param"}, %s: tensor<4xf32>, %x: tensor<?x4xf32>)
    -> (tensor<f64> {keel.role = "loss"}, tensor<4xf32> {keel.name = "m", keel.role = "new_state"},
        tensor<4xf32> {keel.name = "v", keel.role = "new_state"}) {
  // expected-error @below {{updates running statistics that another op reads on the way to the loss, which has no gradient: read them before the norm, or keep a state of their own for the other op}}
  %y, %m, %v, %bm, %r = keel.batch_norm_train %x, %g, %g, %s, %s : tensor<?x4xf32>
  %z = keel.add %y, %m : tensor<?x4xf32>, tensor<4xf32>
  %loss = keel.mean_squared_error %z, %x : tensor<?x4xf32>
  return %loss, %m, %v : tensor<f64>, tensor<4xf32>, tensor<4xf32>
}
