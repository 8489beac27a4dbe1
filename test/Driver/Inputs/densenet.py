"""Prints a network of LAYERS dense layers that each read all before them and add
GROWTH features, and writes rows of three separable classes:
densenet.py LAYERS GROWTH DATA.csv"""
import sys

from classes import write_classes

layers, growth = int(sys.argv[1]), int(sys.argv[2])
print("""keel.model @densenet(%x: tensor<?x8xf32>) -> tensor<?x3xf32>
    attributes {loss = #keel.softmax_cross_entropy,
                optimizer = #keel.adam<learning_rate = 3.0e-3>} {""")
x, width = "%x", 8
for i in range(layers):
    batch, new = "tensor<?x%dxf32>" % width, "tensor<?x%dxf32>" % growth
    vector, matrix = "tensor<%dxf32>" % width, "tensor<%dx%dxf32>" % (width, growth)
    print('  %%g%d = keel.param "layer%d.gamma" init(#keel.ones) : %s' % (i, i, vector))
    print('  %%e%d = keel.param "layer%d.beta" init(#keel.zeros) : %s' % (i, i, vector))
    print("  %%n%d = keel.layer_norm %s, %%g%d, %%e%d : %s" % (i, x, i, i, batch))
    print('  %%w%d = keel.param "layer%d.weight" init(#keel.he_normal) : %s' % (i, i, matrix))
    print("  %%d%d = keel.dense %%n%d, %%w%d : %s, %s" % (i, i, i, batch, matrix))
    print("  %%a%d = keel.silu %%d%d : %s" % (i, i, new))
    print("  %%c%d = keel.concat %s, %%a%d : %s, %s" % (i, x, i, batch, new))
    x, width = "%%c%d" % i, width + growth
print("""  %%out.w = keel.param "out.weight" init(#keel.xavier_uniform) : tensor<%dx3xf32>
  %%y = keel.dense %s, %%out.w : tensor<?x%dxf32>, tensor<%dx3xf32>
  keel.return %%y : tensor<?x3xf32>
}""" % (width, x, width, width))

write_classes(sys.argv[3])
