// What shortcuts, shapes and dropout refuse, and how they say so.
// RUN: keel-opt --verify-diagnostics -split-input-file %s

func.func @add_c1(%x: tensor<?x4xf32>, %y: tensor<?x5xf32>) {
  // expected-error @+1 {{right side must be the left one's type 'tensor<?x4xf32>', with or without its batch axis, got 'tensor<?x5xf32>'}}
  %z = keel.add %x, %y : tensor<?x4xf32>, tensor<?x5xf32>
  return
}

// -----

func.func @add_c1_left(%x: tensor<4xf32>, %y: tensor<?x4xf32>) {
  // expected-error @+1 {{right side must be the left one's type 'tensor<4xf32>', with or without its batch axis, got 'tensor<?x4xf32>'}}
  %z = keel.add %x, %y : tensor<4xf32>, tensor<?x4xf32>
  return
}

// -----

func.func @add_c1_scalar(%x: tensor<f32>, %y: tensor<4xf32>) {
  // expected-error @+1 {{right side must be the left one's type 'tensor<f32>', with or without its batch axis, got 'tensor<4xf32>'}}
  %z = keel.add %x, %y : tensor<f32>, tensor<4xf32>
  return
}

// -----

func.func @add_unranked(%x: tensor<*xf32>) {
  // expected-error @+1 {{operand #0 must be ranked tensor of f32 or f64 values, but got 'tensor<*xf32>'}}
  %z = keel.add %x, %x : tensor<*xf32>
  return
}

// -----

func.func @add_setting(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{unknown setting 'axis' of 'keel.add', which has none}}
  %z = keel.add %x, %x {axis = 1} : tensor<?x4xf32>
  return
}

// -----

func.func @sub_c1(%x: tensor<?x4xf32>, %y: tensor<?x5xf32>) {
  // expected-error @+1 {{right side must be the left one's type 'tensor<?x4xf32>', with or without its batch axis, got 'tensor<?x5xf32>'}}
  %z = keel.sub %x, %y : tensor<?x4xf32>, tensor<?x5xf32>
  return
}

// -----

func.func @mul_c1(%x: tensor<?x4xf32>, %y: tensor<4xf64>) {
  // expected-error @+1 {{right side must be the left one's type 'tensor<?x4xf32>', with or without its batch axis, got 'tensor<4xf64>'}}
  %z = keel.mul %x, %y : tensor<?x4xf32>, tensor<4xf64>
  return
}

// -----

func.func @concat_c1() {
  // expected-error @+2 {{'keel.concat' op needs at least one operand}}
  // expected-error @+1 {{'keel.concat' op failed to infer returned types}}
  %z = "keel.concat"() : () -> tensor<?x4xf32>
  return
}

// -----

func.func @concat_c1_features(%x: tensor<4x?xf32>) {
  // expected-error @+1 {{'keel.concat' op operands must have a batch axis and a static one of features, got 'tensor<4x?xf32>'}}
  %z = keel.concat %x : tensor<4x?xf32>
  return
}

// -----

func.func @concat_c1_rank(%x: tensor<4xf32>) {
  // expected-error @+1 {{'keel.concat' op operands must have a batch axis and a static one of features, got 'tensor<4xf32>'}}
  %z = keel.concat %x : tensor<4xf32>
  return
}

// -----

func.func @concat_c2(%x: tensor<?x4xf32>, %y: tensor<?x4xf64>) {
  // expected-error @+1 {{'keel.concat' op operands must agree in all axes but the last, and all be of a static batch or all of a dynamic one, got 'tensor<?x4xf64>' beside 'tensor<?x4xf32>'}}
  %z = keel.concat %x, %y : tensor<?x4xf32>, tensor<?x4xf64>
  return
}

// -----

func.func @concat_c2_batch(%x: tensor<?x4xf32>, %y: tensor<8x4xf32>) {
  // expected-error @+1 {{'keel.concat' op operands must agree in all axes but the last, and all be of a static batch or all of a dynamic one, got 'tensor<8x4xf32>' beside 'tensor<?x4xf32>'}}
  %z = keel.concat %x, %y : tensor<?x4xf32>, tensor<8x4xf32>
  return
}

// -----

func.func @flatten_c1(%x: tensor<?x?x4xf32>) {
  // expected-error @+1 {{'keel.flatten' op input must have a batch axis and static ones of features, got 'tensor<?x?x4xf32>'}}
  %z = keel.flatten %x : tensor<?x?x4xf32>
  return
}

// -----

func.func @dropout_c1(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{rate must be at least 0 and less than 1, got 1.0}}
  %z = keel.dropout %x {rate = 1.0} : tensor<?x4xf32>
  return
}

// -----

func.func @dropout_rate(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{'keel.dropout' op requires attribute 'rate'}}
  %z = keel.dropout %x : tensor<?x4xf32>
  return
}

// -----

func.func @dropout_train_c1(%x: tensor<?x4xf32>, %s: i64) {
  // expected-error @+1 {{rate must be at least 0 and less than 1, got -0.5}}
  %z = keel.dropout_train %x, %s, %s, %s {rate = -0.5, ordinal = 0} : tensor<?x4xf32>
  return
}
