// A softmax alone.
keel.model @P_softmax_4096x1000(%x: tensor<?x1000xf32>) -> tensor<?x1000xf32> {
  %y = keel.softmax %x : tensor<?x1000xf32>
  keel.return %y : tensor<?x1000xf32>
}
