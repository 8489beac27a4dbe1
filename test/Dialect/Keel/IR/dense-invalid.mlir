// What keel.dense refuses, and how it says so.
// RUN: keel-opt --verify-diagnostics -split-input-file %s

func.func @dense_c1(%x: tensor<?x2x4xf32>, %w: tensor<4x3xf32>) {
  // expected-error @+1 {{'keel.dense' op input must have a batch axis and one static axis of features, got 'tensor<?x2x4xf32>'}}
  %y = keel.dense %x, %w : tensor<?x2x4xf32>, tensor<4x3xf32>
  return
}

// -----

func.func @dense_c1_dynamic(%x: tensor<?x?xf32>, %w: tensor<4x3xf32>) {
  // expected-error @+1 {{input must have a batch axis and one static axis of features, got 'tensor<?x?xf32>'}}
  %y = keel.dense %x, %w : tensor<?x?xf32>, tensor<4x3xf32>
  return
}

// -----

func.func @dense_c1_scalar(%x: tensor<f32>, %w: tensor<4x3xf32>) {
  // expected-error @+1 {{input must have a batch axis and one static axis of features, got 'tensor<f32>'}}
  %y = keel.dense %x, %w : tensor<f32>, tensor<4x3xf32>
  return
}

// -----

func.func @dense_c2(%x: tensor<?x4xf32>, %w: tensor<5x3xf32>) {
  // expected-error @+1 {{weight must be a matrix with one row for each feature of the input 'tensor<?x4xf32>', got 'tensor<5x3xf32>'}}
  %y = keel.dense %x, %w : tensor<?x4xf32>, tensor<5x3xf32>
  return
}

// -----

func.func @dense_c2_rank(%x: tensor<?x4xf32>, %w: tensor<4xf32>) {
  // expected-error @+1 {{weight must be a matrix with one row for each feature of the input 'tensor<?x4xf32>', got 'tensor<4xf32>'}}
  %y = keel.dense %x, %w : tensor<?x4xf32>, tensor<4xf32>
  return
}

// -----

func.func @dense_c3(%x: tensor<?x4xf32>, %w: tensor<4x3xf32>, %b: tensor<4xf32>) {
  // expected-error @+1 {{bias must be 'tensor<3xf32>', one value for each column of the weight, got 'tensor<4xf32>'}}
  %y = keel.dense %x, %w, %b : tensor<?x4xf32>, tensor<4x3xf32>, tensor<4xf32>
  return
}

// -----

func.func @dense_c4(%x: tensor<?x4xf32>, %w: tensor<4x3xf64>) {
  // expected-error @+1 {{input and weight must have one element type, got 'f32' and 'f64'}}
  %y = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x3xf64>
  return
}

// -----

func.func @dense_dynamic_weight(%x: tensor<?x4xf32>, %w: tensor<4x?xf32>) {
  // expected-error @+1 {{operand #1 must be matrix of f32 or f64 values of a fixed shape, but got 'tensor<4x?xf32>'}}
  %y = keel.dense %x, %w : tensor<?x4xf32>, tensor<4x?xf32>
  return
}

// -----

func.func @dense_integers(%x: tensor<?x4xi32>, %w: tensor<4x3xi32>) {
  // expected-error @+1 {{operand #0 must be ranked tensor of f32 or f64 values with a leading batch axis, but got 'tensor<?x4xi32>'}}
  %y = keel.dense %x, %w : tensor<?x4xi32>, tensor<4x3xi32>
  return
}

// -----

func.func @dense_memref(%x: memref<?x4xf32>, %w: tensor<4x3xf32>) {
  // expected-error @+1 {{expected builtin.tensor, but found 'memref<?x4xf32>'}}
  %y = keel.dense %x, %w : memref<?x4xf32>, tensor<4x3xf32>
  return
}

// -----

func.func @dense_one_operand(%x: tensor<?x4xf32>) {
  // expected-error @+1 {{expected 2 or more operands, but found 1}}
  %y = "keel.dense"(%x) : (tensor<?x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @dense_four_operands(%x: tensor<?x4xf32>, %w: tensor<4x4xf32>) {
  // expected-error @+1 {{operand group starting at #2 requires 0 or 1 element, but found 2}}
  %y = "keel.dense"(%x, %w, %w, %w) : (tensor<?x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>, tensor<4x4xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @dense_result(%x: tensor<?x4xf32>, %w: tensor<4x3xf32>) {
  // expected-error @+2 {{inferred type(s) 'tensor<?x3xf32>' are incompatible with return type(s) of operation 'tensor<?x4xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %y = "keel.dense"(%x, %w) : (tensor<?x4xf32>, tensor<4x3xf32>) -> tensor<?x4xf32>
  return
}

// -----

func.func @dense_setting(%x: tensor<?x4xf32>, %w: tensor<4x3xf32>) {
  // expected-error @+1 {{unknown setting 'bias' of 'keel.dense', which has none}}
  %y = keel.dense %x, %w {bias = true} : tensor<?x4xf32>, tensor<4x3xf32>
  return
}
