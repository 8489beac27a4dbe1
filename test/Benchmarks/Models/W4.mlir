// Eight residual blocks with layer norm and GELU, trained by Adam.
keel.model @W4(%x: tensor<?x256xf32>) -> tensor<?x10xf32>
    attributes {loss = #keel.softmax_cross_entropy,
                optimizer = #keel.adam<learning_rate = 1.0e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1.0e-8>} {
  %gamma0 = keel.param "n0.gamma" init(#keel.ones) : tensor<256xf32>
  %beta0 = keel.param "n0.beta" init(#keel.zeros) : tensor<256xf32>
  %n0 = keel.layer_norm %x, %gamma0, %beta0 {epsilon = 1.0e-5} : tensor<?x256xf32>
  %w0 = keel.param "d0.W" init(#keel.xavier_uniform) : tensor<256x1024xf32>
  %b0 = keel.param "d0.b" init(#keel.zeros) : tensor<1024xf32>
  %h0 = keel.dense %n0, %w0, %b0 : tensor<?x256xf32>, tensor<256x1024xf32>, tensor<1024xf32>
  %a0 = keel.gelu %h0 {approximate = "tanh"} : tensor<?x1024xf32>
  %w1 = keel.param "d1.W" init(#keel.xavier_uniform) : tensor<1024x256xf32>
  %b1 = keel.param "d1.b" init(#keel.zeros) : tensor<256xf32>
  %h1 = keel.dense %a0, %w1, %b1 : tensor<?x1024xf32>, tensor<1024x256xf32>, tensor<256xf32>
  %r0 = keel.add %x, %h1 : tensor<?x256xf32>
  %gamma1 = keel.param "n1.gamma" init(#keel.ones) : tensor<256xf32>
  %beta1 = keel.param "n1.beta" init(#keel.zeros) : tensor<256xf32>
  %n1 = keel.layer_norm %r0, %gamma1, %beta1 {epsilon = 1.0e-5} : tensor<?x256xf32>
  %w2 = keel.param "d2.W" init(#keel.xavier_uniform) : tensor<256x1024xf32>
  %b2 = keel.param "d2.b" init(#keel.zeros) : tensor<1024xf32>
  %h2 = keel.dense %n1, %w2, %b2 : tensor<?x256xf32>, tensor<256x1024xf32>, tensor<1024xf32>
  %a1 = keel.gelu %h2 {approximate = "tanh"} : tensor<?x1024xf32>
  %w3 = keel.param "d3.W" init(#keel.xavier_uniform) : tensor<1024x256xf32>
  %b3 = keel.param "d3.b" init(#keel.zeros) : tensor<256xf32>
  %h3 = keel.dense %a1, %w3, %b3 : tensor<?x1024xf32>, tensor<1024x256xf32>, tensor<256xf32>
  %r1 = keel.add %r0, %h3 : tensor<?x256xf32>
  %gamma2 = keel.param "n2.gamma" init(#keel.ones) : tensor<256xf32>
  %beta2 = keel.param "n2.beta" init(#keel.zeros) : tensor<256xf32>
  %n2 = keel.layer_norm %r1, %gamma2, %beta2 {epsilon = 1.0e-5} : tensor<?x256xf32>
  %w4 = keel.param "d4.W" init(#keel.xavier_uniform) : tensor<256x1024xf32>
  %b4 = keel.param "d4.b" init(#keel.zeros) : tensor<1024xf32>
  %h4 = keel.dense %n2, %w4, %b4 : tensor<?x256xf32>, tensor<256x1024xf32>, tensor<1024xf32>
  %a2 = keel.gelu %h4 {approximate = "tanh"} : tensor<?x1024xf32>
  %w5 = keel.param "d5.W" init(#keel.xavier_uniform) : tensor<1024x256xf32>
  %b5 = keel.param "d5.b" init(#keel.zeros) : tensor<256xf32>
  %h5 = keel.dense %a2, %w5, %b5 : tensor<?x1024xf32>, tensor<1024x256xf32>, tensor<256xf32>
  %r2 = keel.add %r1, %h5 : tensor<?x256xf32>
  %gamma3 = keel.param "n3.gamma" init(#keel.ones) : tensor<256xf32>
  %beta3 = keel.param "n3.beta" init(#keel.zeros) : tensor<256xf32>
  %n3 = keel.layer_norm %r2, %gamma3, %beta3 {epsilon = 1.0e-5} : tensor<?x256xf32>
  %w6 = keel.param "d6.W" init(#keel.xavier_uniform) : tensor<256x1024xf32>
  %b6 = keel.param "d6.b" init(#keel.zeros) : tensor<1024xf32>
  %h6 = keel.dense %n3, %w6, %b6 : tensor<?x256xf32>, tensor<256x1024xf32>, tensor<1024xf32>
  %a3 = keel.gelu %h6 {approximate = "tanh"} : tensor<?x1024xf32>
  %w7 = keel.param "d7.W" init(#keel.xavier_uniform) : tensor<1024x256xf32>
  %b7 = keel.param "d7.b" init(#keel.zeros) : tensor<256xf32>
  %h7 = keel.dense %a3, %w7, %b7 : tensor<?x1024xf32>, tensor<1024x256xf32>, tensor<256xf32>
  %r3 = keel.add %r2, %h7 : tensor<?x256xf32>
  %gamma4 = keel.param "n4.gamma" init(#keel.ones) : tensor<256xf32>
  %beta4 = keel.param "n4.beta" init(#keel.zeros) : tensor<256xf32>
  %n4 = keel.layer_norm %r3, %gamma4, %beta4 {epsilon = 1.0e-5} : tensor<?x256xf32>
  %w8 = keel.param "d8.W" init(#keel.xavier_uniform) : tensor<256x1024xf32>
  %b8 = keel.param "d8.b" init(#keel.zeros) : tensor<1024xf32>
  %h8 = keel.dense %n4, %w8, %b8 : tensor<?x256xf32>, tensor<256x1024xf32>, tensor<1024xf32>
  %a4 = keel.gelu %h8 {approximate = "tanh"} : tensor<?x1024xf32>
  %w9 = keel.param "d9.W" init(#keel.xavier_uniform) : tensor<1024x256xf32>
  %b9 = keel.param "d9.b" init(#keel.zeros) : tensor<256xf32>
  %h9 = keel.dense %a4, %w9, %b9 : tensor<?x1024xf32>, tensor<1024x256xf32>, tensor<256xf32>
  %r4 = keel.add %r3, %h9 : tensor<?x256xf32>
  %gamma5 = keel.param "n5.gamma" init(#keel.ones) : tensor<256xf32>
  %beta5 = keel.param "n5.beta" init(#keel.zeros) : tensor<256xf32>
  %n5 = keel.layer_norm %r4, %gamma5, %beta5 {epsilon = 1.0e-5} : tensor<?x256xf32>
  %w10 = keel.param "d10.W" init(#keel.xavier_uniform) : tensor<256x1024xf32>
  %b10 = keel.param "d10.b" init(#keel.zeros) : tensor<1024xf32>
  %h10 = keel.dense %n5, %w10, %b10 : tensor<?x256xf32>, tensor<256x1024xf32>, tensor<1024xf32>
  %a5 = keel.gelu %h10 {approximate = "tanh"} : tensor<?x1024xf32>
  %w11 = keel.param "d11.W" init(#keel.xavier_uniform) : tensor<1024x256xf32>
  %b11 = keel.param "d11.b" init(#keel.zeros) : tensor<256xf32>
  %h11 = keel.dense %a5, %w11, %b11 : tensor<?x1024xf32>, tensor<1024x256xf32>, tensor<256xf32>
  %r5 = keel.add %r4, %h11 : tensor<?x256xf32>
  %gamma6 = keel.param "n6.gamma" init(#keel.ones) : tensor<256xf32>
  %beta6 = keel.param "n6.beta" init(#keel.zeros) : tensor<256xf32>
  %n6 = keel.layer_norm %r5, %gamma6, %beta6 {epsilon = 1.0e-5} : tensor<?x256xf32>
  %w12 = keel.param "d12.W" init(#keel.xavier_uniform) : tensor<256x1024xf32>
  %b12 = keel.param "d12.b" init(#keel.zeros) : tensor<1024xf32>
  %h12 = keel.dense %n6, %w12, %b12 : tensor<?x256xf32>, tensor<256x1024xf32>, tensor<1024xf32>
  %a6 = keel.gelu %h12 {approximate = "tanh"} : tensor<?x1024xf32>
  %w13 = keel.param "d13.W" init(#keel.xavier_uniform) : tensor<1024x256xf32>
  %b13 = keel.param "d13.b" init(#keel.zeros) : tensor<256xf32>
  %h13 = keel.dense %a6, %w13, %b13 : tensor<?x1024xf32>, tensor<1024x256xf32>, tensor<256xf32>
  %r6 = keel.add %r5, %h13 : tensor<?x256xf32>
  %gamma7 = keel.param "n7.gamma" init(#keel.ones) : tensor<256xf32>
  %beta7 = keel.param "n7.beta" init(#keel.zeros) : tensor<256xf32>
  %n7 = keel.layer_norm %r6, %gamma7, %beta7 {epsilon = 1.0e-5} : tensor<?x256xf32>
  %w14 = keel.param "d14.W" init(#keel.xavier_uniform) : tensor<256x1024xf32>
  %b14 = keel.param "d14.b" init(#keel.zeros) : tensor<1024xf32>
  %h14 = keel.dense %n7, %w14, %b14 : tensor<?x256xf32>, tensor<256x1024xf32>, tensor<1024xf32>
  %a7 = keel.gelu %h14 {approximate = "tanh"} : tensor<?x1024xf32>
  %w15 = keel.param "d15.W" init(#keel.xavier_uniform) : tensor<1024x256xf32>
  %b15 = keel.param "d15.b" init(#keel.zeros) : tensor<256xf32>
  %h15 = keel.dense %a7, %w15, %b15 : tensor<?x1024xf32>, tensor<1024x256xf32>, tensor<256xf32>
  %r7 = keel.add %r6, %h15 : tensor<?x256xf32>
  %w16 = keel.param "d16.W" init(#keel.xavier_uniform) : tensor<256x10xf32>
  %b16 = keel.param "d16.b" init(#keel.zeros) : tensor<10xf32>
  %h16 = keel.dense %r7, %w16, %b16 : tensor<?x256xf32>, tensor<256x10xf32>, tensor<10xf32>
  keel.return %h16 : tensor<?x10xf32>
}
