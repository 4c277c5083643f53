-- ops_refused_spec.lua: what operations on positions, order and sums
-- refuse, and in what words.

local here = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$"
local refuses = assert(loadfile(here .. "/refused.lua"))()

describe("what is refused:", function()
  it("masks", function()
    refuses [[
nonzero ix{1}
  an index has no zero
mask_rows r(3,2), b{true,false}
  mask (2) is not shaped as the first dimensions of (3, 2)
mask_rows r(3), b(true)
  mask () is not shaped as the first dimensions of (3)
mask_rows r(3), b{{true,false,true}}
  mask (1, 3) is not shaped as the first dimensions of (3)
masked_select r(3), b{true,false}
  shapes (3) and (2) do not broadcast
masked_fill r(3), b{true,false,true}, r(3)
  value: a number or a 0-d tensor expected, got shape (3)
masked_fill i(3), b{true,false,true}, r()
  value: i64 expected, as the target, got f32
masked_assign_ r(3):clone(), b{true,false,true}, r(3)
  value (3) does not fit in the 2 places of x (3) that the mask (3) chooses
masked_assign_ r(3):clone(), b{true,false,true}, r(1,2)
  value (1, 2) does not fit in the 2 places of x (3) that the mask (3) chooses
masked_assign_ r(3,2):clone(), b{true,false,true}, r(2,3)
  value (2, 3) does not fit in the 2 places of x (3, 2) that the mask (3)
  chooses
masked_assign_ i(3), b{true,false,true}, r(2)
  value: i64 expected, as the target, got f32
masked_assign_ r(3), b{true,false}, 1
  mask (2) is not shaped as the first dimensions of (3)
]]
  end)
  it("borders", function()
    refuses [[
pad r(2,3), {1}
  argument 'pad': two numbers for each of at most 2 dimensions expected, got 1
pad r(3), {1,1,1,1}
  argument 'pad': two numbers for each of at most 1 dimensions expected, got 4
pad r(3), {-2,-2}
  -2 and -2 positions more in dim 1 of x (3): more is taken away than there is
pad r(3), {-4,5}
  -4 and 5 positions more in dim 1 of x (3): more is taken away than there is
pad r(3), {5,-4}
  5 and -4 positions more in dim 1 of x (3): more is taken away than there is
pad r(3), {3,0}, "reflect"
  3 and 0 positions more in dim 1 of x (3): reflect can add less than the size
pad r(3,2), {0,0,0,3}, "reflect"
  0 and 3 positions more in dim 1 of x (3, 2): reflect can add less than the
  size
pad r(0), {0,1}, "replicate"
  0 and 1 positions more in dim 1 of x (0): there is nothing to replicate
pad r(3), {0,4}, "circular"
  0 and 4 positions more in dim 1 of x (3): circular can add no more than the
  size
pad r(3), {-1,3}, "circular"
  -1 and 3 positions more in dim 1 of x (3): circular can add no more than the
  size
pad r(3), {1<<62,1<<62}
  4611686018427387904 and 4611686018427387904 positions more in dim 1 of x
  (3): the result is too large
pad r(3), {0,math.maxinteger}
  0 and 9223372036854775807 positions more in dim 1 of x (3): the result is
  too large
pad ix{1,2}, {0,2}, {value=1}
  an index is padded with none, not with a value
pad ix{1,2}, {0,2}, {value=3}
  an index is padded with none, not with a value
]]
  end)
  it("views", function()
    refuses [[
view r(2,3), {4,2}
  shape (4, 2) does not fit the 6 elements of x (2, 3)
view r(2,3), {0,-1}
  shape (0, -1) does not fit the 6 elements of x (2, 3)
view r(2,3), {-1,-1}
  shape (-1, -1) does not fit the 6 elements of x (2, 3)
view r(2,3), {-2,-3}
  shape (-2, -3) does not fit the 6 elements of x (2, 3)
view r(4), {-2,-2}
  shape (-2, -2) does not fit the 4 elements of x (4)
view r(2,3), {4,-1}
  shape (4, -1) does not fit the 6 elements of x (2, 3)
view r(2,3):t(), {6}
  x (3, 2) is not laid out so that it can be seen as (6); use reshape, which
  copies
view r(1), {1,1,1,1,1,1,1,1,1}
  9 dimensions, at most 8 are possible
reshape r(2,3), {4,2}
  shape (4, 2) does not fit the 6 elements of x (2, 3)
reshape r(2,3), {1<<62,6}
  shape (4611686018427387904, 6) does not fit the 6 elements of x (2, 3)
flatten r(2,3), 2, 1
  start_dim 2 comes after end_dim 1
flatten r(2,3), 3
  dim 3 is out of range for a tensor of 2 dimensions
flatten r(2,3), 1, 3
  dim 3 is out of range for a tensor of 2 dimensions
unflatten r(2,6), 2, {4,2}
  shape (4, 2) does not fit the 6 elements of x (6)
unflatten r(2,6), 3, {4,2}
  dim 3 is out of range for a tensor of 2 dimensions
unflatten r(1,1,1,1,1,1,1,6), 8, {2,3}
  9 dimensions, at most 8 are possible
squeeze r(1,3), 3
  dim 3 is out of range for a tensor of 2 dimensions
unsqueeze r(2,3), 4
  dim 4 is out of range for a tensor of 3 dimensions
unsqueeze r(1,1,1,1,1,1,1,1), 1
  9 dimensions, at most 8 are possible
transpose r(2,3), 1, 3
  dim 3 is out of range for a tensor of 2 dimensions
transpose r(2,3), 3, 1
  dim 3 is out of range for a tensor of 2 dimensions
t r(2,3,4)
  at most 2 dimensions expected, got (2, 3, 4); use transpose or permute
permute r(2,3), {1,1}
  dim 1 is given twice
permute r(2,3), {1}
  all 2 dimensions of x (2, 3) expected, got 1
permute r(2,3), {1,2,3}
  all 2 dimensions of x (2, 3) expected, got 3
permute r(2,3), {1,3}
  dim 3 is out of range for a tensor of 2 dimensions
movedim r(2,3), 1, 3
  dim 3 is out of range for a tensor of 2 dimensions
movedim r(2,3), 3, 1
  dim 3 is out of range for a tensor of 2 dimensions
expand r(2,3), {4,3}
  x (2, 3) does not expand to (4, 3)
expand r(2,3), {3}
  x (2, 3) does not expand to (3)
expand r(3), {-1,3}
  x (3) does not expand to (-1, 3)
expand r(3), {-2}
  x (3) does not expand to (-2)
expand r(3), {1,1,1,1,1,1,1,1,3}
  9 dimensions, at most 8 are possible
expand_as r(2,3), r(4,3)
  x (2, 3) does not expand to (4, 3)
]]
  end)
  it("parts", function()
    refuses [[
slice r(4), {1}, {5}
  range 2..5 is outside dim 1 of x (4)
slice r(4), {-1}, {2}
  range -1..2 is outside dim 1 of x (4)
slice r(4), {3}, {2}
  range 4..2 is outside dim 1 of x (4)
slice r(4), {1}, {3}, {0}
  step 0: 1 or more expected
slice r(4), {1,2}, {3}
  a start, stop and step for at most 1 dimensions expected, got 2, 1 and 2
slice r(4), {1}, {3,4}
  a start, stop and step for at most 1 dimensions expected, got 1, 2 and 1
slice r(4), {1}, {3}, {1,1}
  a start, stop and step for at most 1 dimensions expected, got 1, 1 and 2
slice r(4), {0,0}, {1,1}
  a start, stop and step for at most 1 dimensions expected, got 2, 2 and 2
narrow r(4), 1, 2, 4
  4 elements from position 2 are not within dim 1 of x (4)
narrow r(4), 1, 1, -1
  -1 elements from position 1 are not within dim 1 of x (4)
narrow r(4), 1, 6, 0
  0 elements from position 6 are not within dim 1 of x (4)
narrow r(4), 1, -5, 1
  1 elements from position -5 are not within dim 1 of x (4)
narrow r(), 1, 1, 1
  x has no dimensions: its shape is ()
select r(4), 1, 5
  position 5 is out of range for size 4
select r(4), 1, -5
  position -5 is out of range for size 4
select r(), 1, 1
  x has no dimensions: its shape is ()
select r(4), 2, 1
  dim 2 is out of range for a tensor of 1 dimension
split r(5), {2,2}
  the sizes do not add up to the 5 positions of dim 1 of x (5)
split r(5), {2,4}
  the sizes do not add up to the 5 positions of dim 1 of x (5)
split r(5), {6,-1}
  the sizes do not add up to the 5 positions of dim 1 of x (5)
split r(5), 0
  size 0: 1 or more expected
split r(5), {0}
  size 0: 1 or more expected
split r(5), {-3}
  size -3: 1 or more expected
split r(5), {}
  argument 'size': an integer or a list of them expected, got none
split r(), 1
  x has no dimensions: its shape is ()
split r(5), 2, 2
  dim 2 is out of range for a tensor of 1 dimension
chunk r(5), 0
  chunks 0: 1 or more expected
chunk r(), 1
  x has no dimensions: its shape is ()
unbind r()
  x has no dimensions: its shape is ()
unbind r(2), 2
  dim 2 is out of range for a tensor of 1 dimension
slice_assign_ r(4):clone(), r(3), {1}, {3}
  value (3) does not fit into the region (2) of x (4)
slice_assign_ r(4):clone(), r(1,2), {1}, {3}
  value (1, 2) does not fit into the region (2) of x (4)
slice_assign_ r(4):clone(), r(2), {1}, {2}
  value (2) does not fit into the region (1) of x (4)
slice_assign_ i(4):clone(), r(2), {1}, {3}
  argument 'value': f32 does not go into i64 without a loss; convert with
  value:to("i64")
slice_assign_ r(4):clone(), 1, {1}, {5}
  range 2..5 is outside dim 1 of x (4)
_slice_grad r(2,3), {4,3}, {1}, {2}
  g (2, 3) is not the region (1, 3)
_slice_grad r(2,3), {4,3}, {1}, {5}
  range 2..5 is outside dim 1 of x (4, 3)
_slice_grad r(2,3), {-4,3}, {1}, {3}
  negative size -4
]]
  end)
  it("other places", function()
    refuses [[
flip r(2,3), 3
  dim 3 is out of range for a tensor of 2 dimensions
flip r(2,3), {1,1}
  dim 1 is given twice
roll r(2,3), {1,2}, 1
  2 shifts for 1 dims
roll r(2,3), {1,2}
  2 shifts without dims; one expected
roll r(2,3), {}
  0 shifts without dims; one expected
roll r(2,3), 1, 3
  dim 3 is out of range for a tensor of 2 dimensions
tile r(2,3), -1
  x (2, 3) cannot be repeated -1 times
tile r(2), {1,1,1,1,1,1,1,1,1}
  9 dimensions, at most 8 are possible
tile r(2,2), {1,1<<62}
  x (2, 2) cannot be repeated 4611686018427387904 times
unfold r(), 1, 1, 1
  1 to 7 dimensions expected, got ()
unfold r(1,1,1,1,1,1,1,1), 1, 1, 1
  1 to 7 dimensions expected, got (1, 1, 1, 1, 1, 1, 1, 1)
unfold r(4), 1, 5, 1
  windows of 5 positions are not in dim 1 of x (4)
unfold r(4), 1, -1, 1
  windows of -1 positions are not in dim 1 of x (4)
unfold r(4), 1, 2, 0
  step 0: 1 or more expected
unfold r(4), 2, 2, 1
  dim 2 is out of range for a tensor of 1 dimension
_unfold_grad r(2,2), {4}, 1, 2, 1
  g (2, 2) is not the windows (3, 2)
_unfold_grad r(3,2), {5}, 1, 2, 1
  g (3, 2) is not the windows (4, 2)
_unfold_grad b{{true}}, {1}, 1, 1, 1
  g (1, 1) is not the windows (1, 1)
_unfold_grad r(2,2), {4}, 1, 2, 0
  step 0: 1 or more expected
_unfold_grad r(2,2), {-4}, 1, 2, 2
  negative size -4
rot90 r(3)
  two dims to turn in expected, of x (3)
rot90 r(2,3), 1, {1}
  two dims to turn in expected, of x (2, 3)
rot90 r(2,3), 1, {1,3}
  dim 3 is out of range for a tensor of 2 dimensions
rot90 r(2,2,2), 1, {1,2,3}
  two dims to turn in expected, of x (2, 2, 2)
]]
  end)
  it("lists of tensors", function()
    refuses [[
hstack {}
  the list of tensors is empty
hstack {r(2,2), r(3,2)}
  tensor 2 has shape (3, 2), the first (2, 2); they may differ in the joined
  dim
vstack {}
  the list of tensors is empty
vstack {r(2), r(3)}
  tensor 2 has shape (1, 3), the first (1, 2); they may differ in the joined
  dim
dstack {}
  the list of tensors is empty
dstack {r(2), r(3)}
  tensor 2 has shape (1, 3, 1), the first (1, 2, 1); they may differ in the
  joined dim
kron r(1,1,1,1,1), r(1)
  at most 4 dimensions expected, got shapes (1, 1, 1, 1, 1) and (1)
kron r(1), r(1,1,1,1,1)
  at most 4 dimensions expected, got shapes (1) and (1, 1, 1, 1, 1)
]]
  end)
  it("order", function()
    refuses [[
max r(0,3), 1
  nothing to choose from: x has shape (0, 3)
max r(0,3)
  nothing to choose from: x has shape (0, 3)
max r(2,3), 3
  dim 3 is out of range for a tensor of 2 dimensions
max ix{1}
  argument 'x': an index has no arithmetic; convert with x:to("i64")
min r(3,0), 2
  nothing to choose from: x has shape (3, 0)
min r(0)
  nothing to choose from: x has shape (0)
min ix{1}
  argument 'x': an index has no arithmetic; convert with x:to("i64")
argmax r(0,3), 1
  nothing to choose from: x has shape (0, 3)
argmax r(0)
  nothing to choose from: x has shape (0)
argmin ix{1}
  argument 'x': an index has no arithmetic; convert with x:to("i64")
sort r(2,3), 3
  dim 3 is out of range for a tensor of 2 dimensions
argsort r(2,3), 3
  dim 3 is out of range for a tensor of 2 dimensions
topk r(2,3), 4
  k: 0..3 expected, got 4
topk r(2,3), -1
  k: 0..3 expected, got -1
topk r(), 2
  k: 0..1 expected, got 2
topk r(2,3), 1, 3
  dim 3 is out of range for a tensor of 2 dimensions
median r(0,3), 1
  nothing to choose from: x has shape (0, 3)
median r(0)
  nothing to choose from: x has shape (0)
median ix{1,2}
  argument 'x': an index has no arithmetic; convert with x:to("i64")
median r(2,3), 3
  dim 3 is out of range for a tensor of 2 dimensions
kthvalue r(2,3), 4
  k: 1..3 expected, got 4
kthvalue r(2,3), 0
  k: 1..3 expected, got 0
kthvalue r(), 2
  k: 1..1 expected, got 2
kthvalue ix{1,2}, 1
  argument 'x': an index has no arithmetic; convert with x:to("i64")
kthvalue r(2,3), 1, 3
  dim 3 is out of range for a tensor of 2 dimensions
_kth r(3), 4, 1, false, "kth"
  k: 1..3 expected, got 4
_kth r(3), 0, 1, false, "kth"
  k: 1..3 expected, got 0
mode r(3,0)
  nothing to choose from: x has shape (3, 0)
mode r(2,3), 3
  dim 3 is out of range for a tensor of 2 dimensions
quantile r(2,3), 1.5
  q: 0..1 expected, got 1.5
quantile r(3), -0.1
  q: 0..1 expected, got -0.1
quantile r(3), 0/0
  q: 0..1 expected, got nan
quantile r(0), 0.5
  nothing to choose from: x has shape (0)
quantile r(0,3), 0.5, 1
  nothing to choose from: x has shape (0, 3)
quantile r(2,3), 0.5, 3
  dim 3 is out of range for a tensor of 2 dimensions
quantile i(3), 0.5
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
quantile r(3), r(2,2)
  q: a number or a list of them expected, got f32 (2, 2)
quantile r(3), b{true}
  q: a number or a list of them expected, got bool (1)
quantile r(3), i(2):to("i32")
  q: a number or a list of them expected, got i32 (2)
quantile r(3), r(0)
  q: the list is empty
quantile r(3), m.tensor{0.5,2}
  q: 0..1 expected, got 2
]]
  end)
  it("sets", function()
    refuses [[
unique r(2,3), {dim=3}
  dim 3 is out of range for a tensor of 2 dimensions
unique_consecutive r(2,3), {dim=3}
  dim 3 is out of range for a tensor of 2 dimensions
searchsorted r(5), i(3)
  the sorted list is f32, the values i64; they must be the same
searchsorted r(2,5), r(3,2)
  a sorted list (n), or lists with the first sizes of the values (3, 2),
  expected, got (2, 5)
searchsorted r(2,5), r(2)
  a sorted list (n), or lists with the first sizes of the values (2),
  expected, got (2, 5)
searchsorted r(), r(3)
  a sorted list (n), or lists with the first sizes of the values (3),
  expected, got ()
searchsorted r(), r()
  a sorted list (n), or lists with the first sizes of the values (), expected,
  got ()
bucketize i(3), r(5)
  the sorted list is f32, the values i64; they must be the same
bucketize r(3), r(2,2)
  a sorted list (n), or lists with the first sizes of the values (3),
  expected, got (2, 2)
isin i(3), r(2)
  x is i64, the values are f32; they must be the same
]]
  end)
  it("reductions", function()
    refuses [[
sum ix{1,2}
  argument 'x': an index has no arithmetic; convert with x:to("i64")
mean i(2)
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
nansum i(2)
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
nanmean i(2,3)
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
prod ix{1}
  argument 'x': an index has no arithmetic; convert with x:to("i64")
amax r(0,3), 1
  nothing to choose from: dim 1 of (0, 3) has no elements
amax r(2,0,3), {1,2}
  nothing to choose from: dim 2 of (2, 0, 3) has no elements
amax ix{1}
  argument 'x': an index has no arithmetic; convert with x:to("i64")
amax r(2), 2
  dim 2 is out of range for a tensor of 1 dimension
amin r(3,0), 2
  nothing to choose from: dim 2 of (3, 0) has no elements
any ix{1}
  argument 'x': an index has no arithmetic; convert with x:to("i64")
var i(2,3)
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
var r(2,3), 3
  dim 3 is out of range for a tensor of 2 dimensions
norm i(2,3)
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
logsumexp i(2)
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
logsumexp r(2), 2
  dim 2 is out of range for a tensor of 1 dimension
_root i(2)
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
_sum_squares i(2)
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
var_mean r(2,3), 3
  dim 3 is out of range for a tensor of 2 dimensions
var_mean i(2)
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
std_mean r(2,3), 3
  dim 3 is out of range for a tensor of 2 dimensions
aminmax r(2,3), 3
  dim 3 is out of range for a tensor of 2 dimensions
aminmax r(0)
  nothing to choose from: dim 1 of (0) has no elements
]]
  end)
  it("running totals", function()
    refuses [[
cumsum ix{1,2}, 1
  argument 'x': an index has no arithmetic; convert with x:to("i64")
cumsum r(2), 2
  dim 2 is out of range for a tensor of 1 dimension
cumprod ix{1,2}, 1
  argument 'x': an index has no arithmetic; convert with x:to("i64")
logcumsumexp i(2), 1
  argument 'x': f32 or f64 expected, got i64; convert with x:to("f32")
logcumsumexp r(2), 2
  dim 2 is out of range for a tensor of 1 dimension
cummax r(2), 2
  dim 2 is out of range for a tensor of 1 dimension
cummin r(2,3), -3
  dim -3 is out of range for a tensor of 2 dimensions
_recurrence r(2), r(3), 1, false
  a (2) and b (3) differ
_recurrence r(2), i(2), 1, false
  a (2) and b (2) differ
_recurrence i(2), i(2), 1, false
  argument 'a': f32 or f64 expected, got i64; convert with x:to("f32")
_recurrence r(2), r(2), 2, false
  dim 2 is out of range for a tensor of 1 dimension
diff r()
  x (), n 1: a dimension to go along and 0 or more expected
diff r(3), -1
  x (3), n -1: a dimension to go along and 0 or more expected
diff r(3), 1, 2
  dim 2 is out of range for a tensor of 1 dimension
]]
  end)
  it("what is too large", function()
    refuses [[
sort m.zeros(1):expand(1 << 59)
  x is too large to be sorted
argsort m.zeros(1):expand(1 << 59)
  x is too large to be sorted
topk m.zeros(1):expand(1 << 59), 1
  x is too large to be sorted
kthvalue m.zeros(1):expand(1 << 59), 1
  x is too large
isin m.zeros(1), m.zeros(1):expand(1 << 59)
  there are too many values
unbind m.zeros(1):expand(1 << 31)
  x (2147483648) has too many
unbind m.zeros(1):expand((1 << 31) - 1)
  2147483647 outputs are too many
split m.zeros(1):expand(1 << 32), 1
  2147483647 outputs are too many
tile m.zeros(1):expand(1 << 60), 16
  x (1152921504606846976) cannot be repeated 16 times
expand m.zeros(1), {1 << 62}
  shape (4611686018427387904) is too large
]]
  end)
end)
