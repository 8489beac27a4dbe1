// A layer norm alone.
keel.model @P_layernorm_4096x768(%x: tensor<?x768xf32>) -> tensor<?x768xf32> {
  %g = keel.param "g" init(#keel.ones) : tensor<768xf32>
  %b = keel.param "be" init(#keel.zeros) : tensor<768xf32>
  %y = keel.layer_norm %x, %g, %b {epsilon = 1.0e-5} : tensor<?x768xf32>
  keel.return %y : tensor<?x768xf32>
}
