// A GELU alone.
keel.model @P_gelu_4096x3072(%x: tensor<?x3072xf32>) -> tensor<?x3072xf32> {
  %y = keel.gelu %x {approximate = "tanh"} : tensor<?x3072xf32>
  keel.return %y : tensor<?x3072xf32>
}
