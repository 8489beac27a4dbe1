"""Prints a residual network of DEPTH dense layers, WIDTH wide, and writes rows of
three separable classes: residual.py DEPTH WIDTH DATA.csv"""
import sys

from classes import write_classes

depth, width = int(sys.argv[1]), int(sys.argv[2])
vector, matrix = "tensor<%dxf32>" % width, "tensor<%dx%dxf32>" % (width, width)
batch = "tensor<?x%dxf32>" % width

print("""keel.model @residual(%%x: tensor<?x8xf32>) -> tensor<?x3xf32>
    attributes {loss = #keel.softmax_cross_entropy,
                optimizer = #keel.sgd<learning_rate = 0.02, momentum = 0.9>,
                clip = #keel.clip_by_global_norm<1.0>} {
  %%in.w = keel.param "in.weight" init(#keel.he_normal) : tensor<8x%dxf32>
  %%h0 = keel.dense %%x, %%in.w : tensor<?x8xf32>, tensor<8x%dxf32>""" % (width, width))
blocks = depth - 2
for i in range(blocks):
    name = "block%d" % i
    for what, start in [("gamma", "ones"), ("beta", "zeros"), ("bias", "zeros")]:
        print('  %%%s%d = keel.param "%s.%s" init(#keel.%s) : %s'
              % (what, i, name, what, start, vector))
    for what, start in [("mean", "zeros"), ("variance", "ones")]:
        print('  %%%s%d = keel.state "%s.%s" init(#keel.%s) : %s'
              % (what, i, name, what, start, vector))
    print('  %%w%d = keel.param "%s.weight" init(#keel.he_normal) : %s' % (i, name, matrix))
    print("  %%n%d = keel.batch_norm %%h%d, %%gamma%d, %%beta%d, %%mean%d, %%variance%d : %s"
          % (i, i, i, i, i, i, batch))
    print("  %%a%d = keel.relu %%n%d : %s" % (i, i, batch))
    print("  %%d%d = keel.dense %%a%d, %%w%d, %%bias%d : %s, %s, %s"
          % (i, i, i, i, batch, matrix, vector))
    print("  %%h%d = keel.add %%h%d, %%d%d : %s" % (i + 1, i, i, batch))
print("""  %%out.w = keel.param "out.weight" init(#keel.xavier_uniform) : tensor<%dx3xf32>
  %%y = keel.dense %%h%d, %%out.w : %s, tensor<%dx3xf32>
  keel.return %%y : tensor<?x3xf32>
}""" % (width, blocks, batch, width))

write_classes(sys.argv[3])
