// Settings of ops and models: what is not known, of the wrong kind or given
// twice is an error at its own line and column.

// RUN: keel-opt --verify-diagnostics -split-input-file %s
// RUN: not keel-opt -split-input-file %s 2>&1 | FileCheck %s

keel.model @unknown_of_model() attributes {
  loss = #keel.mean_squared_error,
  // CHECK: :[[#@LINE+2]]:4: error: {{.*}}'optimiser'
  // expected-error @+1 {{unknown setting 'optimiser' of 'keel.model', expected one of: clip, loss, on_nonfinite, optimizer}}
   optimiser = #keel.sgd<learning_rate = 0.1>} {
  keel.return
}

// -----

keel.model @kind_of_model() attributes {
  // CHECK: :[[#@LINE+2]]:15: error: {{.*}}'optimizer'
  // expected-error @+1 {{attribute 'optimizer' failed to satisfy constraint: an optimizer, such as #keel.sgd<learning_rate = 0.1>}}
  optimizer = #keel.clip_by_norm<1.0>} {
  keel.return
}

// -----

keel.model @kind_of_loss() attributes {
  // CHECK: :[[#@LINE+2]]:10: error: {{.*}}'loss'
  // expected-error @+1 {{attribute 'loss' failed to satisfy constraint: a loss, such as #keel.softmax_cross_entropy}}
  loss = 5} {
  keel.return
}

// -----

keel.model @kind_of_losses() attributes {
  // CHECK: :[[#@LINE+2]]:10: error: {{.*}}'loss'
  // expected-error @+1 {{attribute 'loss' failed to satisfy constraint: a loss, such as #keel.softmax_cross_entropy, or one a result, such as {logits = #keel.softmax_cross_entropy}}}
  loss = [#keel.mean_squared_error]} {
  keel.return
}

// -----

keel.model @kind_of_clip() attributes {
  // CHECK: :[[#@LINE+2]]:10: error: {{.*}}'clip'
  // expected-error @+1 {{attribute 'clip' failed to satisfy constraint: a clip, such as #keel.clip_by_global_norm<1.0>}}
  clip = #keel.sgd<learning_rate = 0.1>} {
  keel.return
}

// -----

keel.model @twice_of_model() attributes {
  loss = #keel.mean_squared_error,
  // CHECK: :[[#@LINE+2]]:3: error: {{.*}}'loss'
  // expected-error @+1 {{setting 'loss' is given twice}}
  loss = #keel.mean_squared_error} {
  keel.return
}

// -----

// In the generic form there is no column, but no silence either.
// expected-error @+1 {{attribute 'loss' failed to satisfy constraint: a loss, such as #keel.softmax_cross_entropy}}
"keel.model"() <{sym_name = "m", function_type = () -> (), loss = 5}> ({
  "keel.return"() : () -> ()
}) : () -> ()

// -----

keel.model @kind_of_initializer() {
  // CHECK: :[[#@LINE+2]]:28: error: {{.*}}initializer
  // expected-error @+1 {{expected an initializer, such as #keel.he_normal, got #keel.mean_squared_error}}
  %w = keel.param "w" init(#keel.mean_squared_error) : tensor<2xf32>
  keel.return
}

// -----

keel.model @name_of_param() {
  // CHECK: :[[#@LINE+2]]:42: error: {{.*}}'name'
  // expected-error @+1 {{unknown setting 'name' of 'keel.param', expected one of: decay, trainable}}
  %w = keel.param "w" init(#keel.zeros) {name = "v"} : tensor<2xf32>
  keel.return
}

// -----

keel.model @kind_of_flag() {
  // CHECK: :[[#@LINE+2]]:54: error: {{.*}}'trainable'
  // expected-error @+1 {{attribute 'trainable' failed to satisfy constraint: bool attribute}}
  %w = keel.param "w" init(#keel.zeros) {trainable = 3} : tensor<2xf32>
  keel.return
}

// -----

func.func @unknown_of_op(%x: tensor<?x2xf32>, %v: tensor<2xf32>) {
  // CHECK: :[[#@LINE+2]]:37: error: {{.*}}'eps'
  // expected-error @+1 {{unknown setting 'eps' of 'keel.standardize', expected one of: epsilon}}
  %y = keel.standardize %x, %v, %v {eps = 1.0e-5} : tensor<?x2xf32>
  return
}

// -----

func.func @unknown_of_op_generic(%x: tensor<?x2xf32>, %v: tensor<2xf32>) {
  // CHECK: :[[#@LINE+2]]:8: error: {{.*}}'eps'
  // expected-error @+1 {{has no setting 'eps'}}
  %y = "keel.standardize"(%x, %v, %v) {eps = 1.0e-5} : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return
}

// -----

func.func @twice_of_op(%x: tensor<?x2xf32>, %v: tensor<2xf32>) {
  // expected-error @+1 {{setting 'epsilon' is given twice}}
  %y = keel.standardize %x, %v, %v {epsilon = 0, epsilon = 1} : tensor<?x2xf32>
  return
}

// -----

func.func @infinite_of_op(%x: tensor<?x2xf32>, %v: tensor<2xf32>) {
  // CHECK: :[[#@LINE+2]]:47: error: {{.*}}finite
  // expected-error @+1 {{expected a finite number}}
  %y = keel.standardize %x, %v, %v {epsilon = 1e400} : tensor<?x2xf32>
  return
}

// -----

func.func @nan_of_op_generic(%x: tensor<?x2xf32>, %v: tensor<2xf32>) {
  // expected-error @+1 {{epsilon must be finite, got nan}}
  %y = "keel.standardize"(%x, %v, %v) <{epsilon = 0x7FF8000000000000 : f64}> : (tensor<?x2xf32>, tensor<2xf32>, tensor<2xf32>) -> tensor<?x2xf32>
  return
}

// -----

func.func @kind_of_op(%x: tensor<?x2xf32>, %v: tensor<2xf32>) {
  // expected-error @+1 {{attribute 'epsilon' failed to satisfy constraint: 64-bit float attribute}}
  %y = keel.standardize %x, %v, %v {epsilon = true} : tensor<?x2xf32>
  return
}

// -----

func.func @fraction_of_op(%seed: i64) {
  // expected-error @+1 {{attribute 'stream' failed to satisfy constraint: 64-bit signless integer attribute}}
  %w = keel.random %seed {distribution = "normal", stream = 1.5, first = 0, second = 1} : tensor<2xf32>
  return
}

// -----

func.func @exponent_of_op(%seed: i64) {
  // A whole number has no exponent here, and none is dropped.
  // expected-error @+1 {{expected '}'}}
  %w = keel.random %seed {distribution = "normal", stream = 7e3, first = 0, second = 1} : tensor<2xf32>
  return
}

// -----

func.func @no_value(%x: tensor<?x2xf32>, %v: tensor<2xf32>) {
  // expected-error @+1 {{expected '='}}
  %y = keel.standardize %x, %v, %v {epsilon} : tensor<?x2xf32>
  return
}
