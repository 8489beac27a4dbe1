// RUN: keel-opt %s --split-input-file --keel-pack-weights="vector-bits=512 vector-registers=32" | FileCheck %s

#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>

// Without an @fold, one is made: it packs the weight of a product and passes the
// bias on.
// CHECK: #[[PANELS:.*]] = affine_map<(d0, d1, d2) -> (d1 floordiv 64, d2, d1 mod 64)>
// CHECK-LABEL: func.func @fold
// CHECK-SAME: (%[[W:.*]]: tensor<256x512xf32> {keel.name = "w", keel.role = "param"}, %[[B:.*]]: tensor<512xf32> {keel.name = "b", keel.role = "param"})
// CHECK-SAME: -> (tensor<8x256x64xf32> {keel.folded_from = ["w"], keel.name = "w", keel.role = "folded"}, tensor<512xf32> {keel.folded_from = ["b"]
// CHECK: %[[SPLIT:.*]] = tensor.expand_shape %[[W]] {{\[}}[0], [1, 2]] output_shape [256, 8, 64]
// CHECK: %[[P:.*]] = linalg.transpose ins(%[[SPLIT]] : tensor<256x8x64xf32>) outs({{.*}}) permutation = [1, 0, 2]
// CHECK: return %[[P]], %[[B]]

// CHECK-LABEL: func.func @infer
// CHECK-SAME: %[[W:.*]]: tensor<8x256x64xf32> {keel.name = "w", keel.role = "folded"}, %{{.*}}: tensor<512xf32> {keel.name = "b", keel.role = "folded"}
// CHECK: linalg.generic {indexing_maps = [#{{.*}}, #[[PANELS]], #{{.*}}], iterator_types = ["parallel", "parallel", "reduction"]} ins(%{{.*}}, %[[W]]
func.func @infer(%w: tensor<256x512xf32> {keel.role = "param", keel.name = "w"},
                 %b: tensor<512xf32> {keel.role = "param", keel.name = "b"},
                 %x: tensor<?x256xf32> {keel.role = "input", keel.name = "x"})
    -> (tensor<?x512xf32> {keel.role = "output", keel.name = "y"}) {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x256xf32>
  %e = tensor.empty(%n) : tensor<?x512xf32>
  %i = linalg.broadcast ins(%b : tensor<512xf32>) outs(%e : tensor<?x512xf32>) dimensions = [0]
  %y = linalg.contract indexing_maps = [#mk, #kn, #mn] ins(%x, %w : tensor<?x256xf32>, tensor<256x512xf32>) outs(%i : tensor<?x512xf32>) -> tensor<?x512xf32>
  return %y : tensor<?x512xf32>
}

// -----

#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>

// An @fold that is there is extended.
// CHECK-LABEL: func.func @fold
// CHECK-SAME: -> (tensor<4x256x64xf32> {keel.folded_from = ["w", "s"], keel.name = "w", keel.role = "folded"})
// CHECK: %[[SCALED:.*]] = linalg.mul
// CHECK: tensor.expand_shape %[[SCALED]]
func.func @fold(%w: tensor<256x256xf32> {keel.role = "param", keel.name = "w"},
                %s: tensor<256x256xf32> {keel.role = "param", keel.name = "s"})
    -> (tensor<256x256xf32> {keel.folded_from = ["w", "s"], keel.role = "folded", keel.name = "w"}) {
  %e = tensor.empty() : tensor<256x256xf32>
  %f = linalg.mul ins(%w, %s : tensor<256x256xf32>, tensor<256x256xf32>) outs(%e : tensor<256x256xf32>) -> tensor<256x256xf32>
  return %f : tensor<256x256xf32>
}
func.func @infer(%w: tensor<256x256xf32> {keel.role = "folded", keel.name = "w"},
                 %x: tensor<4x256xf32> {keel.role = "input", keel.name = "x"})
    -> (tensor<4x256xf32> {keel.role = "output", keel.name = "y"}) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x256xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<4x256xf32>) -> tensor<4x256xf32>
  %y = linalg.contract indexing_maps = [#mk, #kn, #mn] ins(%x, %w : tensor<4x256xf32>, tensor<256x256xf32>) outs(%i : tensor<4x256xf32>) -> tensor<4x256xf32>
  return %y : tensor<4x256xf32>
}

// -----

#mk = affine_map<(m, n, k) -> (m, k)>
#kn = affine_map<(m, n, k) -> (k, n)>
#mn = affine_map<(m, n, k) -> (m, n)>

// A weight that is used twice stays, and a small one.
// CHECK-NOT: func.func @fold
// CHECK-NOT: floordiv
func.func @infer(%w: tensor<256x256xf32> {keel.role = "param", keel.name = "w"},
                 %v: tensor<256x64xf32> {keel.role = "param", keel.name = "v"},
                 %x: tensor<4x256xf32> {keel.role = "input", keel.name = "x"})
    -> (tensor<4x64xf32> {keel.role = "output", keel.name = "y"}) {
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x256xf32>
  %i = linalg.fill ins(%zero : f32) outs(%e : tensor<4x256xf32>) -> tensor<4x256xf32>
  %h = linalg.contract indexing_maps = [#mk, #kn, #mn] ins(%x, %w : tensor<4x256xf32>, tensor<256x256xf32>) outs(%i : tensor<4x256xf32>) -> tensor<4x256xf32>
  %g = linalg.contract indexing_maps = [#mk, #kn, #mn] ins(%h, %w : tensor<4x256xf32>, tensor<256x256xf32>) outs(%i : tensor<4x256xf32>) -> tensor<4x256xf32>
  %f = tensor.empty() : tensor<4x64xf32>
  %j = linalg.fill ins(%zero : f32) outs(%f : tensor<4x64xf32>) -> tensor<4x64xf32>
  %y = linalg.contract indexing_maps = [#mk, #kn, #mn] ins(%g, %v : tensor<4x256xf32>, tensor<256x64xf32>) outs(%j : tensor<4x64xf32>) -> tensor<4x64xf32>
  return %y : tensor<4x64xf32>
}
