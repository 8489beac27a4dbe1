// A product with constant weights.
keel.model @P_gemm_256x784x512(%a: tensor<?x784xf32>) -> tensor<?x512xf32> {
  %w = keel.param "b" init(#keel.xavier_uniform) : tensor<784x512xf32>
  %y = keel.dense %a, %w : tensor<?x784xf32>, tensor<784x512xf32>
  keel.return %y : tensor<?x512xf32>
}
