// What is alive at a stage.
// RUN: keel-opt --keel-verify-stage='stage=graph' --split-input-file %s | FileCheck %s

// CHECK-LABEL: func.func @graph
func.func @graph(%x: tensor<?x4xf32>) -> tensor<?x4xf32> {
  %y = keel.relu %x : tensor<?x4xf32>
  %z = math.sin %y : tensor<?x4xf32>
  return %z : tensor<?x4xf32>
}
