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
