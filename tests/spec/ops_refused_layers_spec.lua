-- ops_refused_layers_spec.lua: what products, layers, random numbers and
-- systems of equations refuse, and in what words.

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local refuses = assert(loadfile(here .. "/refused.lua"))()

describe("what is refused:", function()
  it("products", function()
    refuses [[
matmul r(), r(3)
  () x (3): a number has no inner size; multiply with *
matmul r(3), r()
  (3) x (): a number has no inner size; multiply with *
matmul b{true}, r(1)
  bool has no arithmetic; convert with x:to("f32")
matmul r(2), ix{1,2}
  index has no arithmetic; convert with x:to("i64")
matmul r(2,3), r(2,3)
  (2, 3) x (2, 3): inner sizes 3 and 2 differ
mm r(2,3), r(3)
  argument 'b': 2 dimensions expected, got shape (3)
mm r(3), r(3,2)
  argument 'a': 2 dimensions expected, got shape (3)
mv r(2,3), r(3,1)
  argument 'b': 1 dimensions expected, got shape (3, 1)
mv r(3), r(3)
  argument 'a': 2 dimensions expected, got shape (3)
dot r(2,3), r(3)
  argument 'a': 1 dimensions expected, got shape (2, 3)
dot r(3), r(2,3)
  argument 'b': 1 dimensions expected, got shape (2, 3)
bmm r(2,3), r(2,3,4)
  argument 'a': 3 dimensions expected, got shape (2, 3)
bmm r(2,3,4), r(3,4)
  argument 'b': 3 dimensions expected, got shape (3, 4)
bmm r(2,3,4), r(1,4,2)
  (2, 3, 4) x (1, 4, 2): batches of 2 and 1
outer r(2,3), r(3)
  argument 'a': 1 dimensions expected, got shape (2, 3)
outer r(3), r(2,3)
  argument 'b': 1 dimensions expected, got shape (2, 3)
addmm r(2,2), r(3), r(3,2)
  argument 'a': 2 dimensions expected, got shape (3)
addmm r(2,2), r(2,3), r(3)
  argument 'b': 2 dimensions expected, got shape (3)
addmm r(3), r(2,3), r(3,4)
  shapes (3) and (2, 4) do not broadcast
addmm r(2,2,4), r(2,3), r(3,4)
  input (2, 2, 4) does not broadcast to the product's (2, 4)
addmm r(3,4), r(1,3), r(3,4)
  input (3, 4) does not broadcast to the product's (1, 4)
addmm i(2,2), i(2,3), i(3,2), {alpha=0.5}
  beta 1 and alpha 0.5: integer tensors want integers
addmm i(2,2), i(2,3), i(3,2), {beta=1.5}
  beta 1.5 and alpha 1: integer tensors want integers
addmm i(2,2), i(2,3), i(3,2), {beta=0x1p53}
  beta 9.0072e+15 and alpha 1: integer tensors want integers
addmm i(2,2), i(2,3), i(3,2), {alpha=-0x1p53}
  beta 1 and alpha -9.0072e+15: integer tensors want integers
addmm b{true}, r(2,3), r(3,2)
  bool has no arithmetic; convert with x:to("f32")
baddbmm r(2), r(2,3,4), r(3,4,2)
  (2, 3, 4) x (3, 4, 2): batches of 2 and 3
linear r(2,3), r(3)
  weight: (out, in) expected, got (3)
linear r(), r(4,3)
  x: (..., 3) expected for weight (4, 3), got ()
linear r(2,5), r(4,3)
  x: (..., 3) expected for weight (4, 3), got (2, 5)
linear r(2,3), r(4,3), r(4,1)
  bias: (4) expected for weight (4, 3), got (4, 1)
linear r(2,3), r(4,3), r(3)
  bias: (4) expected for weight (4, 3), got (3)
_rows_product r(2), r(2)
  rows of (2) and (2) differ
_rows_product r(), r()
  rows of () and () differ
_rows_product r(4,2), r(3,2)
  rows of (4, 2) and (3, 2) differ
_rows_product r(4,2), r(4,1,2)
  rows of (4, 2) and (4, 1, 2) differ
]]
  end)
  it("normalisation", function()
    refuses [[
batch_norm r(4), {training=true}
  x: (N, C) or (N, C, ...) expected, got (4)
batch_norm r(4,3)
  running_mean and running_var are needed when not training
batch_norm r(4,3), {running_mean=r(3)}
  running_mean and running_var go together
batch_norm r(4,3), {running_var=r(3), training=true}
  running_mean and running_var go together
batch_norm r(1,3), {training=true}
  one value a channel is too few to train with: x is (1, 3)
batch_norm r(4,3), {weight=p(2), training=true}
  argument 'weight': f32 (3) expected, one value a channel of x (4, 3), got
  f32 (2)
batch_norm r(4,3), {weight=p(3,1), training=true}
  argument 'weight': f32 (3) expected, one value a channel of x (4, 3), got
  f32 (3, 1)
batch_norm r(4,3), {bias=i(3), training=true}
  argument 'bias': f32 (3) expected, one value a channel of x (4, 3), got i64
  (3)
batch_norm r(4,3), r(2), r(3)
  argument 'running_mean': f32 (3) expected, one value a channel of x (4, 3),
  got f32 (2)
_batch_norm_grad r(3,2), r(3,3), nil, r(3), r(3), true
  g (3, 2) and x (3, 3) differ
_batch_norm_grad r(3), r(3), nil, r(3), r(3), true
  g (3) and x (3) differ
_batch_norm_grad r(3,2):to("f32"), r(3,2):to("f64"), nil, r(2), r(2), true
  g (3, 2) and x (3, 2) differ
_batch_norm_grad r(3,2), r(3,2), r(3), r(2), r(2), true
  argument 'weight': f32 (2) expected, one value a channel of x (3, 2), got
  f32 (3)
_batch_norm_grad r(3,2), r(3,2), nil, r(3), r(2), true
  argument 'mean': f32 (2) expected, one value a channel of x (3, 2), got f32
  (3)
_batch_norm_grad r(3,2), r(3,2), nil, r(2), r(3), true
  argument 'rstd': f32 (2) expected, one value a channel of x (3, 2), got f32
  (3)
softmax i(2,3)
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
softmax r(2,3), 3
  dim 3 is out of range for a tensor of 2 dimensions
log_softmax i(2,3)
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
_softmax_grad r(2,3), r(2,2), 1
  g (2, 3) and y (2, 2) differ
_softmax_grad i(2,3), r(2,3), 1
  g (2, 3) and y (2, 3) differ
_softmax_grad r(2,3), i(2,3), 1
  argument 'y': f32 or f64 expected, got i64; convert with x:to("f32")
_softmax_grad r(2,3), r(2,3), 3
  dim 3 is out of range for a tensor of 2 dimensions
_log_softmax_grad r(2,3), r(3), 1
  g (2, 3) and y (3) differ
]]
  end)
  it("activations and functions", function()
    refuses [[
prelu i(2,3), r(3)
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
prelu r(2,3), r(2)
  weight (2): one value or one for each of the 3 channels of x (2, 3) expected
prelu r(3), r(3)
  weight (3): one value or one for each of the 1 channels of x (3) expected
hardtanh r(2), 1, 0
  min_val 1 is above max_val 0
neg b{true}
  argument 'x': bool has no arithmetic; convert with x:to("f32")
isnan ix{1}
  argument 'x': an index has no arithmetic; convert with x:to("i64")
bitwise_not r(2)
  argument 'x': integers or bool expected, got f32
]]
  end)
  it("pooling of images", function()
    refuses [[
max_pool2d r(1,4,4), 0
  argument 'kernel_size': 0 is too small; at least 1 expected
max_pool2d r(1,4,4), {2,0}
  argument 'kernel_size': 0 is too small; at least 1 expected
max_pool2d r(1,4,4), {0,2}
  argument 'kernel_size': 0 is too small; at least 1 expected
max_pool2d r(1,4,4), {2,1<<31}
  argument 'kernel_size': 2147483648 is too large; at least 1 expected
max_pool2d r(1,4,4), 2, 0
  argument 'stride': 0 is too small; at least 1 expected
max_pool2d r(1,4,4), 2, 1, -1
  argument 'padding': -1 is too small; at least 0 expected
max_pool2d r(1,4,4), 2, 1, 0, 0
  argument 'dilation': 0 is too small; at least 1 expected
max_pool2d r(4,4), 2
  argument 'x': (N, C, H, W) or (C, H, W) expected, got shape (4, 4)
max_pool2d r(1,1,1,4,4), 2
  argument 'x': (N, C, H, W) or (C, H, W) expected, got shape (1, 1, 1, 4, 4)
max_pool2d r(1,4,4), 2, 1, 2
  padding 2 along H is more than half of what the window reaches over, 2
max_pool2d r(1,4,4), {4,3}, 1, {2,2}
  padding 2 along W is more than half of what the window reaches over, 3
max_pool2d r(1,4,4), {2,2}, 1, 0, {4,1}
  the window reaches over 5 along H, the padded input has 4
max_pool2d r(1,4,4), 3, 1, 0, {1,2}
  the window reaches over 5 along W, the padded input has 4
max_pool2d r(1,0,4), 1
  the window reaches over 1 along H, the padded input has 0
max_pool2d r(1,4,0), 1
  the window reaches over 1 along W, the padded input has 0
max_pool2d i(1,4,4), 2
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
_max_pool2d_grad r(1,2,2), i(1,2,2), {2,2}
  (1, 2, 2) and at (1, 2, 2) do not fit
_max_pool2d_grad r(1,2,2), i(1,2,2):to("i32"), {2,-1}
  argument 'size': -1 is too small; at least 0 expected
_max_pool2d_grad r(1,2,2), i(1,2,3):to("i32"), {2,2}
  (1, 2, 2) and at (1, 2, 3) do not fit
_max_pool2d_grad r(1,2,2), i(1,1,2,2):to("i32"), {2,2}
  (1, 2, 2) and at (1, 1, 2, 2) do not fit
_max_pool2d_grad r(2,2), i(2,2):to("i32"), {2,2}
  argument 'g': (N, C, H, W) or (C, H, W) expected, got shape (2, 2)
_max_pool2d_take r(1,2,2), i(2,2,2):to("i32")
  (1, 2, 2) and at (2, 2, 2) do not fit
_max_pool2d_take r(1,1,2,2), i(1,2,2,2):to("i32")
  (1, 1, 2, 2) and at (1, 2, 2, 2) do not fit
_max_pool2d_take r(1,2,2), i(1,2,2)
  (1, 2, 2) and at (1, 2, 2) do not fit
avg_pool2d r(1,4,4), 2, {divisor_override=0}
  argument 'divisor_override' is 0
avg_pool2d r(1,3,3), 5, 1, 0
  the window reaches over 5 along H, the padded input has 3
avg_pool2d r(1,3,3), {2,5}, 1, {1,0}
  the window reaches over 5 along W, the padded input has 3
_avg_pool2d_grad r(1,2,2), 2, nil, {0,0}, false, true, {4,6}, 0
  g (1, 2, 2): (2, 3) expected at the end
_avg_pool2d_grad r(1,2,2), 2, nil, {0,0}, false, true, {6,4}, 0
  g (1, 2, 2): (3, 2) expected at the end
_avg_pool2d_grad r(1,2,2), 2, nil, {0,0}, false, true, {-1,4}, 0
  argument 'size': -1 is too small; at least 0 expected
adaptive_avg_pool2d r(1,4,0), 2
  planes of (1, 4, 0) are empty
adaptive_avg_pool2d r(1,0,4), 2
  planes of (1, 0, 4) are empty
adaptive_avg_pool2d r(1,4,4), {0,1}
  argument 'output_size': 0 is too small; at least 1 expected
_adaptive_avg_pool2d_grad r(1,0,4), {4,4}
  planes of (1, 0, 4) are empty
adaptive_max_pool2d r(1,4,0), 2
  planes of (1, 4, 0) are empty
adaptive_max_pool2d r(4,4), 2
  argument 'x': (N, C, H, W) or (C, H, W) expected, got shape (4, 4)
]]
  end)
  it("pooling of lines, and back", function()
    refuses [[
max_pool1d r(8), 2
  argument 'x': (N, C, L) or (C, L) expected, got shape (8)
max_pool1d r(1,1,2,8), 2
  argument 'x': (N, C, L) or (C, L) expected, got shape (1, 1, 2, 8)
max_pool1d r(2,3,1), 2
  the window reaches over 2 along W, the padded input has 1
avg_pool1d r(8), 2
  argument 'x': (N, C, L) or (C, L) expected, got shape (8)
avg_pool1d r(1,1,2,8), 2
  argument 'x': (N, C, L) or (C, L) expected, got shape (1, 1, 2, 8)
adaptive_avg_pool1d r(8), 2
  argument 'x': (N, C, L) or (C, L) expected, got shape (8)
adaptive_max_pool1d r(1,1,2,8), 2
  argument 'x': (N, C, L) or (C, L) expected, got shape (1, 1, 2, 8)
max_unpool1d r(1,2), ix{{1,3}}, 0
  kernel_size 0, stride 0, padding 0: at least 1, 1 and 0 expected
max_unpool1d r(1,2), ix{{1,3}}, 2, 0
  kernel_size 2, stride 0, padding 0: at least 1, 1 and 0 expected
max_unpool1d r(1,2), ix{{1,3}}, 2, 2, -1
  kernel_size 2, stride 2, padding -1: at least 1, 1 and 0 expected
max_unpool1d r(1,2), ix{{1,3}}, 1<<31
  kernel_size 2147483648, stride 2147483648, padding 0: at least 1, 1 and 0
  expected
max_unpool1d r(1,2), ix{{1,3}}, 2, 1<<31
  kernel_size 2, stride 2147483648, padding 0: at least 1, 1 and 0 expected
max_unpool1d r(1,2), ix{{1,3}}, 2, 2, 1<<31
  kernel_size 2, stride 2, padding 2147483648: at least 1, 1 and 0 expected
max_unpool1d r(1,2), ix{{1,3}}, 2, {output_size=6}
  output_size 6 is not between 2 and 6
max_unpool1d r(1,2), ix{{1,3}}, 2, {output_size=2}
  output_size 2 is not between 2 and 6
max_unpool1d r(1,1), ix{{1}}, 2, {output_size=-1}
  output_size -1 is not between 0 and 4
max_unpool1d r(1,1), ix{{1}}, 1, 3, 1
  output_size -1 is not between -4 and 2
max_unpool1d r(2), ix{1,3}, 2
  argument 'x': (N, C, L) or (C, L) expected, got shape (2)
max_unpool1d r(1,1,1,2), ix{{{{1,3}}}}, 2
  argument 'x': (N, C, L) or (C, L) expected, got shape (1, 1, 1, 2)
max_unpool1d r(1,2), ix{1,3}, 2
  x (1, 2) and indices (2): equal expected
max_unpool2d r(1,2), ix{{1,3}}, 2
  argument 'x': (N, C, H, W) or (C, H, W) expected, got shape (1, 2)
max_unpool2d r(1,1,1,1,2), ix{{{{{1,3}}}}}, 2
  argument 'x': (N, C, H, W) or (C, H, W) expected, got shape (1, 1, 1, 1, 2)
max_unpool2d r(1,1,2), ix{{{1,3}}}, {2,0}
  kernel_size 0, stride 0, padding 0: at least 1, 1 and 0 expected
max_unpool2d r(1,1,2), ix{{{1,3}}}, 2, {output_size={4,4}}
  output_size 4 is not between 0 and 4
]]
  end)
  it("images of other sizes", function()
    refuses [[
interpolate r(2,3,4)
  size or scale_factor expected
interpolate r(2,3,4), {size=2, scale_factor=2}
  size or scale_factor expected
interpolate r(2,3), {size=2}
  x: (N, C, L) or (N, C, H, W) expected, got (2, 3)
interpolate r(1,1,1,2,3), {size=2}
  x: (N, C, L) or (N, C, H, W) expected, got (1, 1, 1, 2, 3)
interpolate r(1,1,4), {size={2,3}}
  size: 1 or 1 sizes expected, got 2
interpolate r(1,1,4,4), {size={2,3,4}}
  size: 1 or 2 sizes expected, got 3
interpolate r(1,1,4), {size=0}
  x (1, 1, 4) cannot be resized to 0 along dim 3
interpolate r(1,1,4,4), {size={4,0}}
  x (1, 1, 4, 4) cannot be resized to 0 along dim 4
interpolate r(1,1,0), {size=2}
  x (1, 1, 0) cannot be resized to 2 along dim 3
interpolate r(1,1,4), {scale_factor=0.2}
  x (1, 1, 4) cannot be resized to 0 along dim 3
interpolate r(1,1,4), {scale_factor=0/0}
  x (1, 1, 4) cannot be resized to nan along dim 3
interpolate r(1,1,1), {scale_factor=1e15}
  x (1, 1, 1) cannot be resized to 1e+15 along dim 3
interpolate r(1,1,4), {size=2, mode="bilinear"}
  mode: linear is for (N, C, L), bilinear for (N, C, H, W); x is (1, 1, 4)
interpolate r(1,1,4,4), {size=2, mode="linear"}
  mode: linear is for (N, C, L), bilinear for (N, C, H, W); x is (1, 1, 4, 4)
interpolate r(1,1,4), {size=2, align_corners=true}
  align_corners is for linear and bilinear
interpolate r(1,1,4), {size=2, mode="area", align_corners=true}
  align_corners is for linear and bilinear
interpolate i(1,1,4), {size=2}
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
pixel_shuffle r(6,2,2), 2
  6 channels of x (6, 2, 2) are not divided by 4
pixel_shuffle r(2,2), 2
  x: (..., C, H, W) expected, got (2, 2)
pixel_shuffle r(4,2,2), 0
  factor: 1 or more expected, got 0
pixel_shuffle r(4,2,2), 32769
  factor: 1 or more expected, got 32769
pixel_unshuffle r(1,3,4), 2
  height and width of x (1, 3, 4) are not divided by 2
pixel_unshuffle r(1,4,3), 2
  height and width of x (1, 4, 3) are not divided by 2
pixel_unshuffle r(4,4), 2
  x: (..., C, H, W) expected, got (4, 4)
pixel_unshuffle r(1,4,4), -1
  factor: 1 or more expected, got -1
_affine_map r(3,4), r(1,6), 3, 4
  x: images (N, C, H, W) expected, got shape (3, 4)
_affine_map r(2,1,3,4), r(1,6), 3, 4
  map: six f64 for each of 2 images expected, got f32 (1, 6)
_affine_map r(1,1,3,4), r(1,6):to("f32"), 3, 4
  map: six f64 for each of 1 images expected, got f32 (1, 6)
_affine_map r(1,1,3,4), r(1,5):to("f64"), 3, 4
  map: six f64 for each of 1 images expected, got f64 (1, 5)
_affine_map r(2,1,3,4), r(1,6):to("f64"), 3, 4
  map: six f64 for each of 2 images expected, got f64 (1, 6)
_affine_map r(1,1,3,4), r(6):to("f64"), 3, 4
  map: six f64 for each of 1 images expected, got f64 (6)
_affine_map r(1,1,3,4), r(1,6):to("f64"), 0, 4
  an image of 0 x 4 pixels
_affine_map r(1,1,3,4), r(1,6):to("f64"), 3, 0
  an image of 3 x 0 pixels
_affine_map i(1,1,3,4), r(1,6):to("f64"), 3, 4
  x: bilinear is for u8, f32 and f64, got i64
]]
  end)
  it("random numbers", function()
    refuses [[
rand {2,-1}
  negative size -1
rand {2}, "i64"
  dtype f32 or f64 expected, got i64
rand_like i(2)
  dtype f32 or f64 expected, got i64
randn {2}, "bool"
  dtype f32 or f64 expected, got bool
randn_like i(2), "i32"
  dtype f32 or f64 expected, got i32
uniform_ r(2), 1, 0
  low <= high expected, not too far apart, got 1 and 0
uniform_ r(2), 0, math.huge
  low <= high expected, not too far apart, got 0 and inf
uniform_ r(2), 0/0, 1
  low <= high expected, not too far apart, got nan and 1
uniform_ r(2), -2e38, 2e38
  low <= high expected, not too far apart, got -2e+38 and 2e+38
uniform_ i(2), 0, 1
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
normal_ r(2), 0, -1
  argument 'std': 0 or more expected, got -1
normal_ r(2), 0, 0/0
  argument 'std': 0 or more expected, got nan
normal_ i(2), 0, 1
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
normal 0, 1
  two numbers need a shape
normal r(2), 1, {2}
  the shape is that of the tensors; give none
normal r(2), r(2), {2}
  the shape is that of the tensors; give none
normal r(2), 1, {dtype="f32"}
  tensors of f32 or f64 expected, which give the dtype
normal i(2), 1
  tensors of f32 or f64 expected, which give the dtype
normal 0, i(2)
  tensors of f32 or f64 expected, which give the dtype
normal r(2), r(3)
  shapes (2) and (3) do not broadcast
normal 0, -1, {2}
  argument 'std': 0 or more expected, got -1
normal r(2), -0.5
  argument 'std': 0 or more expected, got -0.5
normal 0, 0/0, {2}
  argument 'std': 0 or more expected, got nan
normal 0, 1, {2,-1}
  negative size -1
normal 0, 1, {2}, "i64"
  dtype f32 or f64 expected, got i64
randint 0.5, 3, {2}
  argument 'low': integer expected, got 0.5
randint 0, 2.5, {2}
  argument 'high': integer expected, got 2.5
randint 0x1p63, 3, {2}
  argument 'low': integer expected, got 9.22337e+18
randint 0, 0/0, {2}
  argument 'high': integer expected, got nan
randint 3, 3, {2}
  low < high expected, got 3 and 3
randint 0, 257, {2}, "u8"
  0..256 does not fit u8
randint -1, 3, {2}, "u8"
  -1..2 does not fit u8
randint 0, 3, {2}, "bool"
  0..2 does not fit bool
randint 0, (1<<24)+2, {2}, "f32"
  0..16777217 does not fit f32
randint -(1<<24)-1, 0, {2}, "f32"
  -16777217..-1 does not fit f32
randint 0, (1<<53)+2, {2}, "f64"
  0..9007199254740993 does not fit f64
randint 0, (1<<31)+1, {2}, "i32"
  0..2147483648 does not fit i32
randint -(1<<31)-1, 0, {2}, "i32"
  -2147483649..-1 does not fit i32
randint 0, 3, {2,-1}
  negative size -1
bernoulli m.tensor{0.5,1.5}
  x holds values that are not in 0..1
bernoulli m.tensor{0.5,-0.1}
  x holds values that are not in 0..1
bernoulli m.tensor{0/0}
  x holds values that are not in 0..1
bernoulli m.tensor({0.5,1.5},{dtype="f64"})
  x holds values that are not in 0..1
bernoulli m.tensor({-0.5,1},{dtype="f64"})
  x holds values that are not in 0..1
bernoulli i(2)
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
_dropped r(2), 0.5, {1}
  a key and a block expected
_dropped r(2), 0.5, {1,2,3}
  a key and a block expected
_dropped r(2), -0.5, {1,2}
  p: 0 or more expected, got -0.5
_dropped r(2), 0/0, {1,2}
  p: 0 or more expected, got nan
_dropped i(2), 0.5, {1,2}
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
dropout i(2), 0
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
dropout i(2), {training=false}
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
dropout r(2), 1.5
  argument 'p': a probability in 0..1 expected, got 1.5
dropout r(2), -0.5
  argument 'p': a probability in 0..1 expected, got -0.5
dropout r(2), 0/0
  argument 'p': a probability in 0..1 expected, got nan
dropout i(2)
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
]]
  end)
  it("systems of equations", function()
    refuses [[
solve r(3,3), r(2)
  b: (..., 3, k) or (3) expected for a (3, 3), got (2)
solve r(3,3), r(2,3)
  b: (..., 3, k) or (3) expected for a (3, 3), got (2, 3)
solve r(3,3), r()
  b: a vector or matrix expected
solve r(3,2), r(3)
  argument 'a': square matrices expected, got shape (3, 2)
solve r(3), r(3)
  argument 'a': a matrix (m, n) or a batch of them expected, got shape (3)
solve i(3,3), r(3)
  argument 'a': f32 or f64 expected, got i64; convert with x:to("f32")
solve r(3,3), i(3)
  argument 'b': f32 or f64 expected, got i64; convert with x:to("f32")
solve r(3,3), r(3):to("f64")
  a is f32 and b is f64
solve m.ones(2,2), r(2)
  the matrix is singular (pivot 2 is zero)
solve m.tensor{{1,0},{0,0}}, r(2)
  the matrix is singular (pivot 2 is zero)
solve m.tensor{{1,0/0},{0,1}}, r(2)
  argument 'a' holds nan or inf; finite numbers are needed
solve r(2,2), m.tensor{1,1/0}
  argument 'b' holds nan or inf; finite numbers are needed
solve m.stack{m.eye(2),m.zeros(2,2)}, r(2)
  matrix 2 of the batch is singular (pivot 1 is zero)
solve r(2,2,2), r(3,2,1)
  shapes (2) and (3) do not broadcast
solve r(3,3), r(2,2), {left=false}
  b: (..., k, 3) expected for a (3, 3) on the right, got (2, 2)
solve r(3,3), r(3), {left=false}
  argument 'b': a matrix (m, n) or a batch of them expected, got shape (3)
solve r(3,2), r(2,2), {left=false}
  argument 'a': square matrices expected, got shape (3, 2)
solve r(2,3,3), r(2,3), {left=false}
  b: (..., k, 3) expected for a (2, 3, 3) on the right, got (2, 3)
inv r(2,3)
  argument 'x': square matrices expected, got shape (2, 3)
inv i(2,2)
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
inv m.zeros(2,2)
  the matrix is singular (pivot 1 is zero)
inv m.tensor{{2,0,0},{0,0,0},{0,0,1}}
  the matrix is singular (pivot 2 is zero)
inv m.tensor{{1/0}}
  argument 'x' holds nan or inf; finite numbers are needed
solve_triangular r(3,3), r(2,3), true
  b: (..., n, k) expected for n = 3, got (2, 3)
solve_triangular r(3,3), r(3), true
  b: (..., n, k) expected for n = 3, got (3)
solve_triangular r(3,3), r(3,2), true, false
  b: (..., k, n) expected for n = 3, got (3, 2)
solve_triangular r(3,2), r(3,2), true
  argument 'a': square matrices expected, got shape (3, 2)
solve_triangular m.tensor{{1,0},{0,0}}, r(2,2), true
  the matrix is singular (element 2 of its diagonal is zero)
solve_triangular m.tensor{{0,0},{0,1}}, r(2,2), false
  the matrix is singular (element 1 of its diagonal is zero)
triangular_solve r(3,2), r(3)
  argument 'a': a matrix (m, n) or a batch of them expected, got shape (3)
svd r(3)
  argument 'x': a matrix (m, n) or a batch of them expected, got shape (3)
svd i(2,2)
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
svd m.tensor{{1,1/0}}
  argument 'x' holds nan or inf; finite numbers are needed
svdvals r(3)
  argument 'x': a matrix (m, n) or a batch of them expected, got shape (3)
svdvals m.tensor{{0/0}}
  argument 'x' holds nan or inf; finite numbers are needed
_pinv r(3), 0, 0
  argument 'x': a matrix (m, n) or a batch of them expected, got shape (3)
_pinv m.tensor{{0/0}}, 0, 0
  argument 'x' holds nan or inf; finite numbers are needed
]]
  end)
  it("what is too large", function()
    refuses [[
matmul m.zeros(1,1):expand(1 << 31,1), r(1,1)
  (2147483648, 1) x (1, 1): sides longer than 2147483647
max_pool2d m.zeros(1,1,1):expand(1,1 << 15,1 << 16), 2
  planes of x (1, 32768, 65536) are too large
max_pool2d m.zeros(1,1,1,1):expand(1<<30,1<<30,1,1), 1, {return_indices=true}
  x (1073741824, 1073741824, 1, 1) is too large
max_unpool1d m.zeros(1,1):expand(1,1<<40), ix{{1}}:expand(1,1<<40), 1, 1<<30
  x (1, 1099511627776) is too large
]]
  end)
end)
