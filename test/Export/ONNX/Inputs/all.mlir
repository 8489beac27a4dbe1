// Every op that an ONNX file can hold.
keel.model @all(%x: tensor<?x2x4xf32>) -> (tensor<?x6xf32> {keel.name = "scores"}, tensor<?x8xf32> {keel.name = "hidden"}, tensor<?x2x4xf32>)
    attributes {loss = {scores = #keel.mean_squared_error},
                optimizer = #keel.sgd<learning_rate = 0.01>} {
  %flat = keel.flatten %x : tensor<?x2x4xf32>
  %sm = keel.state "in.mean" init(#keel.constant<0.1>) : tensor<8xf32>
  %sv = keel.state "in.variance" init(#keel.constant<1.5>) : tensor<8xf32>
  %std = keel.standardize %flat, %sm, %sv : tensor<?x8xf32>
  %w1 = keel.param "fc1.weight" init(#keel.he_normal) : tensor<8x8xf32>
  %b1 = keel.param "fc1.bias" init(#keel.normal<stddev = 0.1>) : tensor<8xf32>
  %h1 = keel.dense %std, %w1, %b1 : tensor<?x8xf32>, tensor<8x8xf32>, tensor<8xf32>
  %g = keel.param "bn.gamma" init(#keel.normal<mean = 1.0, stddev = 0.1>) : tensor<8xf32>
  %e = keel.param "bn.beta" init(#keel.normal<stddev = 0.1>) : tensor<8xf32>
  %m = keel.state "bn.mean" init(#keel.zeros) : tensor<8xf32>
  %v = keel.state "bn.variance" init(#keel.ones) : tensor<8xf32>
  %n1 = keel.batch_norm %h1, %g, %e, %m, %v : tensor<?x8xf32>
  %a1 = keel.relu %n1 : tensor<?x8xf32>
  %a2 = keel.leaky_relu %a1 {slope = 0.2} : tensor<?x8xf32>
  %slope = keel.param "prelu.slope" init(#keel.constant<0.25>) : tensor<8xf32>
  %a3 = keel.prelu %n1, %slope : tensor<?x8xf32>, tensor<8xf32>
  %a4 = keel.elu %n1 {alpha = 0.7} : tensor<?x8xf32>
  %a5 = keel.selu %n1 : tensor<?x8xf32>
  %a6 = keel.gelu %n1 : tensor<?x8xf32>
  %a7 = keel.gelu %n1 {approximate = "tanh"} : tensor<?x8xf32>
  %a8 = keel.silu %n1 : tensor<?x8xf32>
  %a9 = keel.hard_swish %n1 : tensor<?x8xf32>
  %s1 = keel.sigmoid %n1 : tensor<?x8xf32>
  %s2 = keel.tanh %n1 : tensor<?x8xf32>
  %s3 = keel.softsign %n1 : tensor<?x8xf32>
  %s4 = keel.hard_sigmoid %n1 {alpha = 0.2} : tensor<?x8xf32>
  %s5 = keel.softplus %n1 : tensor<?x8xf32>
  %s6 = keel.softmax %n1 : tensor<?x8xf32>
  %s7 = keel.log_softmax %n1 : tensor<?x8xf32>
  %c1 = keel.add %a2, %a3 : tensor<?x8xf32>
  %c2 = keel.sub %c1, %a4 : tensor<?x8xf32>
  %c3 = keel.mul %c2, %a5 : tensor<?x8xf32>
  %c4 = keel.add %c3, %b1 : tensor<?x8xf32>, tensor<8xf32>
  %lg = keel.param "ln.gamma" init(#keel.ones) : tensor<8xf32>
  %le = keel.param "ln.beta" init(#keel.zeros) : tensor<8xf32>
  %l1 = keel.layer_norm %c4, %lg, %le {epsilon = 1.0e-3} : tensor<?x8xf32>
  %rg = keel.param "rms.gamma" init(#keel.ones) : tensor<8xf32>
  %l2 = keel.rms_norm %l1, %rg : tensor<?x8xf32>
  %d = keel.dropout %l2 {rate = 0.1} : tensor<?x8xf32>
  %u1 = math.exp %s2 : tensor<?x8xf32>
  %u2 = arith.divf %u1, %s5 : tensor<?x8xf32>
  %u3 = arith.maximumf %u2, %s7 : tensor<?x8xf32>
  %cat = keel.concat %d, %a6, %a7, %a8, %a9, %s1, %s3, %s4, %s6, %u3 : tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>, tensor<?x8xf32>
  %w2 = keel.param "fc2.weight" init(#keel.xavier_uniform) : tensor<80x6xf32>
  %y = keel.dense %cat, %w2 : tensor<?x80xf32>, tensor<80x6xf32>
  keel.return %y, %d, %x : tensor<?x6xf32>, tensor<?x8xf32>, tensor<?x2x4xf32>
}
