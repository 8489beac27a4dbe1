// At stage model there are no functions yet.
// RUN: keel-opt --keel-verify-stage --split-input-file --verify-diagnostics %s

keel.model @model(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %c = arith.constant 1.0 : f32
  keel.return %x : tensor<?x4xf32>
}

// -----

// expected-error @below {{'func.func' op is not alive at stage model}}
func.func @early() {
  // expected-error @below {{'func.return' op is not alive at stage model}}
  return
}
