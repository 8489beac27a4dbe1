// What is wrong with a model's text, its signature, its parameters and states.
// RUN: keel-opt --verify-diagnostics -split-input-file %s

// expected-error @+1 {{expected '{' to begin a region}}
keel.model @no_body(%x: tensor<?x2xf32>) -> tensor<?x2xf32>

// -----

// expected-note @+2 {{previously referenced here}}
// expected-error @+1 {{region entry argument '%x' is already in use}}
keel.model @twice(%x: tensor<?x2xf32>, %x: tensor<?x2xf32>) {
  keel.return
}

// -----

keel.model @outer(%x: tensor<?x2xf32>) {
  // expected-error @+1 {{symbol's parent must have the SymbolTable trait}}
  keel.model @inner(%y: tensor<?x2xf32>) {
    keel.return
  }
  keel.return
}

// -----

// expected-error @+1 {{region with 1 blocks}}
keel.model @two_blocks(%x: tensor<?x2xf32>) {
  cf.br ^next
^next:
  keel.return
}

// -----

// expected-error @+1 {{requires attribute 'function_type'}}
"keel.model"() ({}) : () -> ()

// -----

// expected-error @+1 {{region with 1 blocks}}
"keel.model"() <{sym_name = "empty", function_type = () -> ()}> ({}) : () -> ()

// -----

// expected-error @+1 {{entry block must have 1 arguments to match function signature}}
"keel.model"() <{sym_name = "m", function_type = (tensor<?x2xf32>) -> (),
                 arg_attrs = [{keel.name = "x"}]}> ({
^bb0(%a: tensor<?x2xf32>, %b: tensor<?x2xf32>):
  "keel.return"() : () -> ()
}) : () -> ()

// -----

// expected-error @+1 {{expects argument attribute array to have the same number of elements as the number of function arguments, got 0, but expected 1}}
"keel.model"() <{sym_name = "m", function_type = (tensor<?x2xf32>) -> (), arg_attrs = []}> ({
^bb0(%a: tensor<?x2xf32>):
  "keel.return"() : () -> ()
}) : () -> ()

// -----

keel.model @return_c1(%x: tensor<?x2xf32>) -> tensor<?x3xf32> {
  // expected-error @+1 {{must return the model's result types, expected 'tensor<?x3xf32>', got 'tensor<?x2xf32>'}}
  keel.return %x : tensor<?x2xf32>
}

// -----

func.func @return_place() {
  // expected-error @+1 {{expects parent op 'keel.model'}}
  keel.return
}

// -----

func.func @param_place() {
  // expected-error @+1 {{expects parent op 'keel.model'}}
  %w = keel.param "w" init(#keel.zeros) : tensor<2xf32>
  return
}

// -----

keel.model @param_c1() {
  // expected-error @+1 {{must have a static shape, got 'tensor<?xf32>'}}
  %w = keel.param "w" init(#keel.zeros) : tensor<?xf32>
  keel.return
}

// -----

keel.model @param_c2() {
  // expected-error @+1 {{must have a name}}
  %w = keel.param "" init(#keel.zeros) : tensor<2xf32>
  keel.return
}

// -----

keel.model @state_c1() {
  // expected-error @+1 {{must have a static shape, got 'tensor<?xf32>'}}
  %w = keel.state "s" init(#keel.zeros) : tensor<?xf32>
  keel.return
}

// -----

keel.model @state_c2() {
  // expected-error @+1 {{must have a name}}
  %w = keel.state "" init(#keel.zeros) : tensor<2xf32>
  keel.return
}

// -----

keel.model @param_element() {
  // expected-error @+1 {{must be ranked tensor of f32 or f64 values, but got 'tensor<2xi32>'}}
  %w = keel.param "w" init(#keel.zeros) : tensor<2xi32>
  keel.return
}

// -----

keel.model @param_unranked() {
  // expected-error @+1 {{invalid kind of type specified: expected builtin.tensor, but found 'tensor<*xf32>'}}
  %w = keel.param "w" init(#keel.zeros) : tensor<*xf32>
  keel.return
}

// -----

func.func @random_c1(%seed: i64) {
  // expected-error @+1 {{distribution must be "uniform", "normal" or "truncated_normal", got "cauchy"}}
  %w = keel.random %seed {distribution = "cauchy", stream = 0, first = 0, second = 1} : tensor<2xf32>
  return
}

// -----

func.func @random_c2(%seed: i64) {
  // expected-error @+1 {{must have a static shape, got 'tensor<?xf32>'}}
  %w = keel.random %seed {distribution = "normal", stream = 0, first = 0, second = 1} : tensor<?xf32>
  return
}

// -----

keel.model @param_c3() {
  // expected-error @+1 {{initializer #keel.orthogonal<gain = 1.0> needs a rank of 2 or more, got 'tensor<4xf32>'; use one such as #keel.normal<stddev = 0.1>}}
  %w = keel.param "w" init(#keel.orthogonal) : tensor<4xf32>
  keel.return
}

// -----

keel.model @state_c3() {
  // expected-error @+1 {{initializer #keel.orthogonal<gain = 1.0> needs a rank of 2 or more, got 'tensor<f32>'}}
  %w = keel.state "s" init(#keel.orthogonal) : tensor<f32>
  keel.return
}

// -----

func.func @orthogonalize_c1(%x: tensor<4xf32>) {
  // expected-error @+1 {{must have a static shape of rank 2 or more, got 'tensor<4xf32>'}}
  %q = keel.orthogonalize %x : tensor<4xf32>
  return
}

// -----

func.func @orthogonalize_c1_dynamic(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{must have a static shape of rank 2 or more, got 'tensor<?x4xf32>'}}
  %q = keel.orthogonalize %x : tensor<?x4xf32>
  return
}
