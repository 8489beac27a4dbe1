// What folds refuse, and how they say so.
// RUN: keel-opt --verify-diagnostics -split-input-file %s

func.func @fold_norm_c1(%v: tensor<4xf32>) {
  // expected-error @+1 {{epsilon must not be negative, got -1.0}}
  %s, %t = keel.fold_norm %v, %v {epsilon = -1} : tensor<4xf32>
  return
}

// -----

func.func @fold_norm_c2(%v: tensor<4xf32>) {
  // expected-error @+1 {{affine must be gamma and beta or nothing, got 1 operands}}
  %s, %t = keel.fold_norm %v, %v affine %v : tensor<4xf32>
  return
}

// -----

func.func @fold_norm_types(%v: tensor<4xf32>, %w: tensor<5xf32>) {
  // expected-error @+1 {{requires all operands to have the same type}}
  %s, %t = "keel.fold_norm"(%v, %w) : (tensor<4xf32>, tensor<5xf32>) -> (tensor<4xf64>, tensor<4xf64>)
  return
}

// -----

func.func @fold_norm_result(%v: tensor<4xf32>) {
  // expected-error @+1 {{'scale' is f64}}
  %s, %t = "keel.fold_norm"(%v, %v) : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf64>)
  return
}

// -----

func.func @fold_columns_c1(%w: tensor<4x3xf32>, %s: tensor<4xf64>) {
  // expected-error @+1 {{scale must have 3 values, one for each column of the weight, got 'tensor<4xf64>'}}
  %w2, %b2 = keel.fold_columns %w, %s, %s : tensor<4x3xf32>, tensor<4xf64>
  return
}

// -----

func.func @fold_columns_c2(%w: tensor<4x3xf32>, %s: tensor<3xf64>, %b: tensor<4xf32>) {
  // expected-error @+1 {{bias must have 3 values, one for each column of the weight, got 'tensor<4xf32>'}}
  %w2, %b2 = keel.fold_columns %w, %s, %s bias %b : tensor<4x3xf32>, tensor<3xf64>, tensor<4xf32>
  return
}

// -----

func.func @fold_rows_c1(%w: tensor<4x3xf32>, %s: tensor<2xf64>) {
  // expected-error @+1 {{scale must be for rows of the weight, which has 4, got 2 from row 3 on}}
  %w2, %b2 = keel.fold_rows %w, %s, %s {first = 3} : tensor<4x3xf32>, tensor<2xf64>
  return
}

// -----

func.func @fold_rows_c1_negative(%w: tensor<4x3xf32>, %s: tensor<2xf64>) {
  // expected-error @+1 {{scale must be for rows of the weight, which has 4, got 2 from row -1 on}}
  %w2, %b2 = keel.fold_rows %w, %s, %s {first = -1} : tensor<4x3xf32>, tensor<2xf64>
  return
}

// -----

func.func @fold_rows_c2(%w: tensor<4x3xf32>, %s: tensor<4xf64>, %b: tensor<4xf32>) {
  // expected-error @+1 {{bias must have 3 values, one for each column of the weight, got 'tensor<4xf32>'}}
  %w2, %b2 = keel.fold_rows %w, %s, %s bias %b : tensor<4x3xf32>, tensor<4xf64>, tensor<4xf32>
  return
}
