// A Keel op that no lowering took is not alive at stage linalg.
// RUN: keel-opt --keel-verify-stage='stage=linalg' --split-input-file --verify-diagnostics %s

func.func @left(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  // expected-error-re @below {{'keel.relu' op is not alive at stage linalg: expected one of the dialects {{.*}}linalg}}
  %y = keel.relu %x : tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}

// -----

func.func @lowered(%x: tensor<4xf32>) -> tensor<4xf32> {
  %y = linalg.exp ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>
  return %y : tensor<4xf32>
}
