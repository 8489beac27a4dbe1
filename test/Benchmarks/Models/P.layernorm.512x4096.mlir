// A layer norm alone.
keel.model @P_layernorm_512x4096(%x: tensor<?x4096xf32>) -> tensor<?x4096xf32> {
  %g = keel.param "g" init(#keel.ones) : tensor<4096xf32>
  %b = keel.param "be" init(#keel.zeros) : tensor<4096xf32>
  %y = keel.layer_norm %x, %g, %b {epsilon = 1.0e-5} : tensor<?x4096xf32>
  keel.return %y : tensor<?x4096xf32>
}
