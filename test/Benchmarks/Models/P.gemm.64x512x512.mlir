// A product with constant weights.
keel.model @P_gemm_64x512x512(%a: tensor<?x512xf32>) -> tensor<?x512xf32> {
  %w = keel.param "b" init(#keel.xavier_uniform) : tensor<512x512xf32>
  %y = keel.dense %a, %w : tensor<?x512xf32>, tensor<512x512xf32>
  keel.return %y : tensor<?x512xf32>
}
