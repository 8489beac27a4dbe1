// What keel.model refuses, and how it says so.
// RUN: keel-opt --verify-diagnostics -split-input-file %s

keel.model @model_c1(%x: tensor<?x2xf32>) {
  // expected-note @+1 {{here}}
  %a = keel.param "w" init(#keel.zeros) : tensor<2xf32>
  // expected-error @+1 {{name 'w' is used before}}
  %b = keel.state "w" init(#keel.zeros) : tensor<2xf32>
  keel.return
}

// -----

// expected-error @+1 {{input 'x' must be a tensor of f32, f64 or integer values of which only the first axis, the batch, may be dynamic, got 'tensor<?x?xf32>'}}
keel.model @model_c2(%x: tensor<?x?xf32>) {
  keel.return
}

// -----

// The error stands at the input.
keel.model @model_c2_place(%x: tensor<?x2xf32>,
    // expected-error @+1 {{input 'y' must be a tensor}}
    %y: memref<?x2xf32>) {
  keel.return
}

// -----

// expected-error @+1 {{input 'x' must be a tensor of f32, f64 or integer values of which only the first axis, the batch, may be dynamic, got 'tensor<2x?xf32>'}}
keel.model @model_c2_axis(%x: tensor<2x?xf32>) {
  keel.return
}

// -----

// expected-error @+1 {{input 'x' must be a tensor of f32, f64 or integer values of which only the first axis, the batch, may be dynamic, got 'tensor<*xf32>'}}
keel.model @model_c2_unranked(%x: tensor<*xf32>) {
  keel.return
}

// -----

// expected-error @+1 {{result 'output_0' must be a tensor of f32, f64 or integer values of which only the first axis, the batch, may be dynamic, got 'tensor<?x2xbf16>'}}
keel.model @model_c2_result(%x: tensor<?x2xf32>) -> tensor<?x2xbf16> {
  %y = arith.truncf %x : tensor<?x2xf32> to tensor<?x2xbf16>
  keel.return %y : tensor<?x2xbf16>
}

// -----

// expected-error @+1 {{a loss needs a result of f32 or f64 values with a batch axis, got 'tensor<?xi64>'}}
keel.model @model_c3_element(%x: tensor<?xi64>) -> tensor<?xi64>
    attributes {loss = #keel.mean_squared_error} {
  keel.return %x : tensor<?xi64>
}

// -----

// expected-error @+1 {{a loss needs a result of f32 or f64 values with a batch axis, got 'tensor<f32>'}}
keel.model @model_c3_rank(%x: tensor<f32>) -> tensor<f32>
    attributes {loss = #keel.mean_squared_error} {
  keel.return %x : tensor<f32>
}

// -----

// expected-error @+1 {{loss softmax_cross_entropy needs a result with a batch axis and one axis of classes, got 'tensor<?x2x2xf32>'}}
keel.model @model_c3(%x: tensor<?x2x2xf32>) -> tensor<?x2x2xf32>
    attributes {loss = #keel.softmax_cross_entropy} {
  keel.return %x : tensor<?x2x2xf32>
}

// -----

// expected-error @+1 {{result 'image': loss softmax_cross_entropy needs a result with a batch axis and one axis of classes, got 'tensor<?x2x2xf32>'}}
keel.model @model_c3_named(%x: tensor<?x2x2xf32>)
    -> (tensor<?x2x2xf32>, tensor<?x2x2xf32> {keel.name = "image"})
    attributes {loss = {output_0 = #keel.mean_squared_error, image = #keel.softmax_cross_entropy}} {
  keel.return %x, %x : tensor<?x2x2xf32>, tensor<?x2x2xf32>
}

// -----

// expected-error @+1 {{with one loss must have one result, got 2; name the results that have one, such as loss = {output_0 = #keel.mean_squared_error}}}
keel.model @model_c4(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>)
    attributes {loss = #keel.mean_squared_error} {
  keel.return %x, %x : tensor<?x2xf32>, tensor<?x2xf32>
}

// -----

keel.model @model_c5() {
  // expected-error @+1 {{initializer #keel.he_normal scales by the fans of the op that uses the parameter, and no user has any; use one such as #keel.normal<stddev = 0.1>}}
  %w = keel.param "w" init(#keel.he_normal) : tensor<2xf32>
  keel.return
}

// -----

keel.model @model_c5_state() {
  // expected-error @+1 {{initializer #keel.he_normal scales by fans, which a state has not}}
  %w = keel.state "w" init(#keel.he_normal) : tensor<2xf32>
  keel.return
}

// -----

// expected-error @+1 {{input 'x' has the name of one before}}
keel.model @model_c6(%x: tensor<?x2xf32>, %y: tensor<?x2xf32> {keel.name = "x"}) {
  keel.return
}

// -----

// expected-error @+1 {{result 'output_1' has the name of one before}}
keel.model @model_c6_result(%x: tensor<?x2xf32>)
    -> (tensor<?x2xf32> {keel.name = "output_1"}, tensor<?x2xf32>) {
  keel.return %x, %x : tensor<?x2xf32>, tensor<?x2xf32>
}

// -----

// expected-error @+1 {{on_nonfinite must be "skip" or "error", got "ignore"}}
keel.model @model_c7() attributes {on_nonfinite = "ignore"} {
  keel.return
}

// -----

// expected-error @+1 {{input 'input_0' keel.name must be a string that is not empty, got 5 : i64}}
keel.model @model_c8(%x: tensor<?x2xf32> {keel.name = 5}) {
  keel.return
}

// -----

// expected-error @+1 {{result 'output_0' has no attribute "keel.nmae", expected keel.name}}
keel.model @model_c8_unknown(%x: tensor<?x2xf32>) -> (tensor<?x2xf32> {keel.nmae = "y"}) {
  keel.return %x : tensor<?x2xf32>
}

// -----

// expected-error @+1 {{must end with keel.return}}
keel.model @model_c9(%x: tensor<?x2xf32>) {
  %y = keel.relu %x : tensor<?x2xf32>
}

// -----

// expected-error @+1 {{must end with keel.return}}
keel.model @model_c9_empty() {}

// -----

// expected-error @+1 {{must end with keel.return}}
"keel.model"() <{sym_name = "model_c9_generic", function_type = () -> ()}> ({
  llvm.unreachable
}) : () -> ()

// -----

// expected-error @+1 {{loss names the result 'logit', expected one of: logits, output_1}}
keel.model @model_c10(%x: tensor<?x2xf32>) -> (tensor<?x2xf32> {keel.name = "logits"}, tensor<?x2xf32>)
    attributes {loss = {logit = #keel.mean_squared_error}} {
  keel.return %x, %x : tensor<?x2xf32>, tensor<?x2xf32>
}

// -----

// expected-error @+1 {{loss of result 'output_1' must be a loss, such as #keel.softmax_cross_entropy, got #keel.zeros}}
keel.model @model_c10_kind(%x: tensor<?x2xf32>) -> (tensor<?x2xf32>, tensor<?x2xf32>)
    attributes {loss = {output_1 = #keel.zeros}} {
  keel.return %x, %x : tensor<?x2xf32>, tensor<?x2xf32>
}

// -----

// expected-error @+1 {{loss names no result, expected one of: output_0}}
keel.model @model_c10_empty(%x: tensor<?x2xf32>) -> tensor<?x2xf32>
    attributes {loss = {}} {
  keel.return %x : tensor<?x2xf32>
}
