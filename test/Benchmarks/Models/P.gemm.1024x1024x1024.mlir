// A product with constant weights.
keel.model @P_gemm_1024x1024x1024(%a: tensor<?x1024xf32>) -> tensor<?x1024xf32> {
  %w = keel.param "b" init(#keel.xavier_uniform) : tensor<1024x1024xf32>
  %y = keel.dense %a, %w : tensor<?x1024xf32>, tensor<1024x1024xf32>
  keel.return %y : tensor<?x1024xf32>
}
