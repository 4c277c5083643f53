---@meta
-- Generated from core/ops by `make docs`: what editors know of the operations.

---@class mlrt
local mlrt = {}

---@class mlrt.Tensor
local Tensor = {}

---@class mlrt.Generator

---x with another shape of as many elements, sharing its memory. One size may
---be -1: what is left. A layout that cannot be seen so is an error; `reshape`
---copies then.
---@param x mlrt.Tensor
---@param shape integer[]|integer
---@return mlrt.Tensor
function mlrt.view(x, shape) end

---x with another shape of as many elements, sharing its memory. One size may
---be -1: what is left. A layout that cannot be seen so is an error; `reshape`
---copies then.
---@param shape integer[]|integer
---@return mlrt.Tensor
function Tensor:view(shape) end

---x with another shape of as many elements: a view where the layout allows
---it, else a copy. One size may be -1: what is left.
---@param x mlrt.Tensor
---@param shape integer[]|integer
---@return mlrt.Tensor
function mlrt.reshape(x, shape) end

---x with another shape of as many elements: a view where the layout allows
---it, else a copy. One size may be -1: what is left.
---@param shape integer[]|integer
---@return mlrt.Tensor
function Tensor:reshape(shape) end

---x with the dimensions from start_dim to end_dim joined into one: a view
---where the layout allows it, else a copy.
---@param x mlrt.Tensor
---@param start_dim? integer
---@param end_dim? integer
---@return mlrt.Tensor
function mlrt.flatten(x, start_dim, end_dim) end

---x with the dimensions from start_dim to end_dim joined into one: a view
---where the layout allows it, else a copy.
---@param start_dim? integer
---@param end_dim? integer
---@return mlrt.Tensor
function Tensor:flatten(start_dim, end_dim) end

---x with one dimension split into several; one size may be -1.
---@param x mlrt.Tensor
---@param dim integer
---@param sizes integer[]|integer
---@return mlrt.Tensor
function mlrt.unflatten(x, dim, sizes) end

---x with one dimension split into several; one size may be -1.
---@param dim integer
---@param sizes integer[]|integer
---@return mlrt.Tensor
function Tensor:unflatten(dim, sizes) end

---x without its dimensions of size 1: all, or those given, which stay if they
---have another size.
---@param x mlrt.Tensor
---@param dim? integer[]|integer
---@return mlrt.Tensor
function mlrt.squeeze(x, dim) end

---x without its dimensions of size 1: all, or those given, which stay if they
---have another size.
---@param dim? integer[]|integer
---@return mlrt.Tensor
function Tensor:squeeze(dim) end

---x with a dimension of size 1 put in at the place `dim` of the result.
---@param x mlrt.Tensor
---@param dim integer
---@return mlrt.Tensor
function mlrt.unsqueeze(x, dim) end

---x with a dimension of size 1 put in at the place `dim` of the result.
---@param dim integer
---@return mlrt.Tensor
function Tensor:unsqueeze(dim) end

---x with two dimensions exchanged.
---@param x mlrt.Tensor
---@param dim0 integer
---@param dim1 integer
---@return mlrt.Tensor
function mlrt.transpose(x, dim0, dim1) end

---x with two dimensions exchanged.
---@param dim0 integer
---@param dim1 integer
---@return mlrt.Tensor
function Tensor:transpose(dim0, dim1) end

---The transpose of a matrix; x itself with fewer dimensions.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.t(x) end

---The transpose of a matrix; x itself with fewer dimensions.
---@return mlrt.Tensor
function Tensor:t() end

---x with its dimensions in the order given: dimension d of the result is
---dims[d] of x.
---@param x mlrt.Tensor
---@param dims integer[]|integer
---@return mlrt.Tensor
function mlrt.permute(x, dims) end

---x with its dimensions in the order given: dimension d of the result is
---dims[d] of x.
---@param dims integer[]|integer
---@return mlrt.Tensor
function Tensor:permute(dims) end

---x with the dimension `source` moved to the place `destination`, the others
---in their order. A view.
---@param x mlrt.Tensor
---@param source integer
---@param destination integer
---@return mlrt.Tensor
function mlrt.movedim(x, source, destination) end

---x with the dimension `source` moved to the place `destination`, the others
---in their order. A view.
---@param source integer
---@param destination integer
---@return mlrt.Tensor
function Tensor:movedim(source, destination) end

---x seen with dimensions of size 1, and missing first ones, repeated to
---`shape`; -1 leaves a size as it is. Nothing is copied.
---@param x mlrt.Tensor
---@param shape integer[]|integer
---@return mlrt.Tensor
function mlrt.expand(x, shape) end

---x seen with dimensions of size 1, and missing first ones, repeated to
---`shape`; -1 leaves a size as it is. Nothing is copied.
---@param shape integer[]|integer
---@return mlrt.Tensor
function Tensor:expand(shape) end

---x expanded to the shape of other.
---@param x mlrt.Tensor
---@param other mlrt.Tensor
---@return mlrt.Tensor
function mlrt.expand_as(x, other) end

---x expanded to the shape of other.
---@param other mlrt.Tensor
---@return mlrt.Tensor
function Tensor:expand_as(other) end

---A range of positions in each of the first dimensions of x, as x[{{a, b,
---step}, ...}] takes it. start and stop count from 0, stop is not taken.
---@param x mlrt.Tensor
---@param start integer[]|integer
---@param stop integer[]|integer
---@param step? integer[]|integer
---@return mlrt.Tensor
function mlrt.slice(x, start, stop, step) end

---A range of positions in each of the first dimensions of x, as x[{{a, b,
---step}, ...}] takes it. start and stop count from 0, stop is not taken.
---@param start integer[]|integer
---@param stop integer[]|integer
---@param step? integer[]|integer
---@return mlrt.Tensor
function Tensor:slice(start, stop, step) end

---`length` positions of one dimension, from `start` on.
---@param x mlrt.Tensor
---@param dim integer
---@param start integer
---@param length integer
---@return mlrt.Tensor
function mlrt.narrow(x, dim, start, length) end

---`length` positions of one dimension, from `start` on.
---@param dim integer
---@param start integer
---@param length integer
---@return mlrt.Tensor
function Tensor:narrow(dim, start, length) end

---One position of one dimension, which goes.
---@param x mlrt.Tensor
---@param dim integer
---@param index integer
---@return mlrt.Tensor
function mlrt.select(x, dim, index) end

---One position of one dimension, which goes.
---@param dim integer
---@param index integer
---@return mlrt.Tensor
function Tensor:select(dim, index) end

---x cut along one dimension into parts of `size` positions (the last may be
---smaller), or of the sizes listed. A list of views.
---@param x mlrt.Tensor
---@param size integer[]|integer
---@param dim? integer
---@return mlrt.Tensor[]
function mlrt.split(x, size, dim) end

---x cut along one dimension into parts of `size` positions (the last may be
---smaller), or of the sizes listed. A list of views.
---@param size integer[]|integer
---@param dim? integer
---@return mlrt.Tensor[]
function Tensor:split(size, dim) end

---x cut along one dimension into at most `chunks` parts of one size (the last
---may be smaller). A list of views.
---@param x mlrt.Tensor
---@param chunks integer
---@param dim? integer
---@return mlrt.Tensor[]
function mlrt.chunk(x, chunks, dim) end

---x cut along one dimension into at most `chunks` parts of one size (the last
---may be smaller). A list of views.
---@param chunks integer
---@param dim? integer
---@return mlrt.Tensor[]
function Tensor:chunk(chunks, dim) end

---The positions of one dimension, which goes, as a list of views.
---@param x mlrt.Tensor
---@param dim? integer
---@return mlrt.Tensor[]
function mlrt.unbind(x, dim) end

---The positions of one dimension, which goes, as a list of views.
---@param dim? integer
---@return mlrt.Tensor[]
function Tensor:unbind(dim) end

---x[{{a, b, step}, ...}] = value: replaces the part that `slice` gives; value
---broadcasts to its shape.
---@param x mlrt.Tensor
---@param value mlrt.Tensor|number
---@param start integer[]|integer
---@param stop integer[]|integer
---@param step? integer[]|integer
---@return mlrt.Tensor
function mlrt.slice_assign_(x, value, start, stop, step) end

---x[{{a, b, step}, ...}] = value: replaces the part that `slice` gives; value
---broadcasts to its shape.
---@param value mlrt.Tensor|number
---@param start integer[]|integer
---@param stop integer[]|integer
---@param step? integer[]|integer
---@return mlrt.Tensor
function Tensor:slice_assign_(value, start, stop, step) end

---A copy of x in memory of its own, in C order.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.clone(x) end

---A copy of x in memory of its own, in C order.
---@return mlrt.Tensor
function Tensor:clone() end

---x itself if it lies in C order, else a copy that does.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.contiguous(x) end

---x itself if it lies in C order, else a copy that does.
---@return mlrt.Tensor
function Tensor:contiguous() end

---x converted to a dtype; x itself if it has it. Floats are cut towards zero
---for integers; what does not fit becomes the nearest integer (nan: 0) and is
---cut to its width. bool is `not zero`. Positions become numbers as they are
---shown.
---@param x mlrt.Tensor
---@param dtype string
---@return mlrt.Tensor
function mlrt.to(x, dtype) end

---x converted to a dtype; x itself if it has it. Floats are cut towards zero
---for integers; what does not fit becomes the nearest integer (nan: 0) and is
---cut to its width. bool is `not zero`. Positions become numbers as they are
---shown.
---@param dtype string
---@return mlrt.Tensor
function Tensor:to(dtype) end

---Overwrites x with source, which is broadcast to its shape and converted to
---its dtype.
---@param x mlrt.Tensor
---@param source mlrt.Tensor
---@return mlrt.Tensor
function mlrt.copy_(x, source) end

---Overwrites x with source, which is broadcast to its shape and converted to
---its dtype.
---@param source mlrt.Tensor
---@return mlrt.Tensor
function Tensor:copy_(source) end

---Sets every element of x to a number or the element of a 0-d tensor.
---@param x mlrt.Tensor
---@param value mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.fill_(x, value) end

---Sets every element of x to a number or the element of a 0-d tensor.
---@param value mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:fill_(value) end

---Sets every element of x to zero.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.zero_(x) end

---Sets every element of x to zero.
---@return mlrt.Tensor
function Tensor:zero_() end

---x with the order of positions reversed along each of dims. A copy.
---@param x mlrt.Tensor
---@param dims integer[]|integer
---@return mlrt.Tensor
function mlrt.flip(x, dims) end

---x with the order of positions reversed along each of dims. A copy.
---@param dims integer[]|integer
---@return mlrt.Tensor
function Tensor:flip(dims) end

---x with its positions moved on by `shifts` along dims, one shift for each;
---what leaves at the end comes in at the beginning. A negative shift moves
---back. Without dims the elements move in C order, as if x had one dimension.
---A copy.
---@param x mlrt.Tensor
---@param shifts integer[]|integer
---@param dims? integer[]|integer
---@return mlrt.Tensor
function mlrt.roll(x, shifts, dims) end

---x with its positions moved on by `shifts` along dims, one shift for each;
---what leaves at the end comes in at the beginning. A negative shift moves
---back. Without dims the elements move in C order, as if x had one dimension.
---A copy.
---@param shifts integer[]|integer
---@param dims? integer[]|integer
---@return mlrt.Tensor
function Tensor:roll(shifts, dims) end

---x repeated dims[d] times along each dimension d, as blocks side by side. A
---shorter list is for the last dimensions, a longer one puts new dimensions
---before those of x. (PyTorch's `repeat`, a word that Lua keeps for itself.)
---A copy; `expand` repeats without one.
---@param x mlrt.Tensor
---@param dims integer[]|integer
---@return mlrt.Tensor
function mlrt.tile(x, dims) end

---x repeated dims[d] times along each dimension d, as blocks side by side. A
---shorter list is for the last dimensions, a longer one puts new dimensions
---before those of x. (PyTorch's `repeat`, a word that Lua keeps for itself.)
---A copy; `expand` repeats without one.
---@param dims integer[]|integer
---@return mlrt.Tensor
function Tensor:tile(dims) end

---Windows of `size` positions of dim, one every `step` positions: their
---number stays in dim's place, a last dimension of `size` runs within each. A
---view: windows that overlap share elements.
---@param x mlrt.Tensor
---@param dim integer
---@param size integer
---@param step integer
---@return mlrt.Tensor
function mlrt.unfold(x, dim, size, step) end

---Windows of `size` positions of dim, one every `step` positions: their
---number stays in dim's place, a last dimension of `size` runs within each. A
---view: windows that overlap share elements.
---@param dim integer
---@param size integer
---@param step integer
---@return mlrt.Tensor
function Tensor:unfold(dim, size, step) end

---x turned by k quarters, from the first of two dims towards the second
---(default: the first two).
---@param x mlrt.Tensor
---@param k? integer
---@param dims? integer[]|integer
---@return mlrt.Tensor
function mlrt.rot90(x, k, dims) end

---x turned by k quarters, from the first of two dims towards the second
---(default: the first two).
---@param k? integer
---@param dims? integer[]|integer
---@return mlrt.Tensor
function Tensor:rot90(k, dims) end

---The diagonal over dim1 and dim2 as the last dimension, in their place.
---offset > 0: that many columns (positions of dim2) further right; < 0: so
---many rows further down. A view.
---@param x mlrt.Tensor
---@param offset? integer
---@param dim1? integer
---@param dim2? integer
---@return mlrt.Tensor
function mlrt.diagonal(x, offset, dim1, dim2) end

---The diagonal over dim1 and dim2 as the last dimension, in their place.
---offset > 0: that many columns (positions of dim2) further right; < 0: so
---many rows further down. A view.
---@param offset? integer
---@param dim1? integer
---@param dim2? integer
---@return mlrt.Tensor
function Tensor:diagonal(offset, dim1, dim2) end

---A vector as the diagonal of a square matrix of zeros; the diagonal of a
---matrix as a vector, a copy. diagonal > 0: that far above the main one; < 0:
---below.
---@param x mlrt.Tensor
---@param diagonal? integer
---@return mlrt.Tensor
function mlrt.diag(x, diagonal) end

---A vector as the diagonal of a square matrix of zeros; the diagonal of a
---matrix as a vector, a copy. diagonal > 0: that far above the main one; < 0:
---below.
---@param diagonal? integer
---@return mlrt.Tensor
function Tensor:diag(diagonal) end

---The lower triangle of each matrix (the last two dimensions): y[i][j] =
---x[i][j] where j - i <= diagonal, else 0.
---@param x mlrt.Tensor
---@param diagonal? integer
---@return mlrt.Tensor
function mlrt.tril(x, diagonal) end

---The lower triangle of each matrix (the last two dimensions): y[i][j] =
---x[i][j] where j - i <= diagonal, else 0.
---@param diagonal? integer
---@return mlrt.Tensor
function Tensor:tril(diagonal) end

---The lower triangle of each matrix (the last two dimensions): y[i][j] =
---x[i][j] where j - i <= diagonal, else 0.
---@param diagonal? integer
---@return mlrt.Tensor
function Tensor:tril_(diagonal) end

---The upper triangle of each matrix (the last two dimensions): y[i][j] =
---x[i][j] where j - i >= diagonal, else 0.
---@param x mlrt.Tensor
---@param diagonal? integer
---@return mlrt.Tensor
function mlrt.triu(x, diagonal) end

---The upper triangle of each matrix (the last two dimensions): y[i][j] =
---x[i][j] where j - i >= diagonal, else 0.
---@param diagonal? integer
---@return mlrt.Tensor
function Tensor:triu(diagonal) end

---The upper triangle of each matrix (the last two dimensions): y[i][j] =
---x[i][j] where j - i >= diagonal, else 0.
---@param diagonal? integer
---@return mlrt.Tensor
function Tensor:triu_(diagonal) end

---x with positions added at both ends of its last dimensions: pad is {before,
---after} of the last one, then of the one before it, and so on; negative
---numbers take positions away. They are filled with `value`, or from x:
---reflect mirrors without repeating the outermost element, replicate repeats
---it, circular begins again at the other end. An index is padded with none.
---@param x mlrt.Tensor
---@param pad integer[]|integer
---@param mode? string
---@param value? number
---@return mlrt.Tensor
function mlrt.pad(x, pad, mode, value) end

---x with positions added at both ends of its last dimensions: pad is {before,
---after} of the last one, then of the one before it, and so on; negative
---numbers take positions away. They are filled with `value`, or from x:
---reflect mirrors without repeating the outermost element, replicate repeats
---it, circular begins again at the other end. An index is padded with none.
---@param pad integer[]|integer
---@param mode? string
---@param value? number
---@return mlrt.Tensor
function Tensor:pad(pad, mode, value) end

----x. Integers wrap.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.neg(x) end

----x. Integers wrap.
---@return mlrt.Tensor
function Tensor:neg() end

----x. Integers wrap.
---@return mlrt.Tensor
function Tensor:neg_() end

---|x|; its gradient at 0 is 0. The smallest i64 and i32 stay as they are.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.abs(x) end

---|x|; its gradient at 0 is 0. The smallest i64 and i32 stay as they are.
---@return mlrt.Tensor
function Tensor:abs() end

---|x|; its gradient at 0 is 0. The smallest i64 and i32 stay as they are.
---@return mlrt.Tensor
function Tensor:abs_() end

---1 where x is above 0, -1 where it is below, else 0 (nan too). The gradient
---is 0.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.sign(x) end

---1 where x is above 0, -1 where it is below, else 0 (nan too). The gradient
---is 0.
---@return mlrt.Tensor
function Tensor:sign() end

---1 where x is above 0, -1 where it is below, else 0 (nan too). The gradient
---is 0.
---@return mlrt.Tensor
function Tensor:sign_() end

---x^2. Integers wrap.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.square(x) end

---x^2. Integers wrap.
---@return mlrt.Tensor
function Tensor:square() end

---x^2. Integers wrap.
---@return mlrt.Tensor
function Tensor:square_() end

---1 / x; integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.reciprocal(x) end

---1 / x; integers give f32.
---@return mlrt.Tensor
function Tensor:reciprocal() end

---1 / x; integers give f32.
---@return mlrt.Tensor
function Tensor:reciprocal_() end

---Square root; integers give f32, numbers below 0 nan.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.sqrt(x) end

---Square root; integers give f32, numbers below 0 nan.
---@return mlrt.Tensor
function Tensor:sqrt() end

---Square root; integers give f32, numbers below 0 nan.
---@return mlrt.Tensor
function Tensor:sqrt_() end

---1 / sqrt(x); integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.rsqrt(x) end

---1 / sqrt(x); integers give f32.
---@return mlrt.Tensor
function Tensor:rsqrt() end

---1 / sqrt(x); integers give f32.
---@return mlrt.Tensor
function Tensor:rsqrt_() end

---e^x; integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.exp(x) end

---e^x; integers give f32.
---@return mlrt.Tensor
function Tensor:exp() end

---e^x; integers give f32.
---@return mlrt.Tensor
function Tensor:exp_() end

---2^x; integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.exp2(x) end

---2^x; integers give f32.
---@return mlrt.Tensor
function Tensor:exp2() end

---2^x; integers give f32.
---@return mlrt.Tensor
function Tensor:exp2_() end

---e^x - 1, exact near 0 too; integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.expm1(x) end

---e^x - 1, exact near 0 too; integers give f32.
---@return mlrt.Tensor
function Tensor:expm1() end

---e^x - 1, exact near 0 too; integers give f32.
---@return mlrt.Tensor
function Tensor:expm1_() end

---Natural logarithm; integers give f32. log(0) is -inf, that of numbers below
---0 nan.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.log(x) end

---Natural logarithm; integers give f32. log(0) is -inf, that of numbers below
---0 nan.
---@return mlrt.Tensor
function Tensor:log() end

---Natural logarithm; integers give f32. log(0) is -inf, that of numbers below
---0 nan.
---@return mlrt.Tensor
function Tensor:log_() end

---Logarithm to base 2; integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.log2(x) end

---Logarithm to base 2; integers give f32.
---@return mlrt.Tensor
function Tensor:log2() end

---Logarithm to base 2; integers give f32.
---@return mlrt.Tensor
function Tensor:log2_() end

---Logarithm to base 10; integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.log10(x) end

---Logarithm to base 10; integers give f32.
---@return mlrt.Tensor
function Tensor:log10() end

---Logarithm to base 10; integers give f32.
---@return mlrt.Tensor
function Tensor:log10_() end

---log(1 + x), exact near 0 too; integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.log1p(x) end

---log(1 + x), exact near 0 too; integers give f32.
---@return mlrt.Tensor
function Tensor:log1p() end

---log(1 + x), exact near 0 too; integers give f32.
---@return mlrt.Tensor
function Tensor:log1p_() end

---Sine of x in radians; integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.sin(x) end

---Sine of x in radians; integers give f32.
---@return mlrt.Tensor
function Tensor:sin() end

---Sine of x in radians; integers give f32.
---@return mlrt.Tensor
function Tensor:sin_() end

---Cosine of x in radians; integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.cos(x) end

---Cosine of x in radians; integers give f32.
---@return mlrt.Tensor
function Tensor:cos() end

---Cosine of x in radians; integers give f32.
---@return mlrt.Tensor
function Tensor:cos_() end

---Tangent of x in radians; integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.tan(x) end

---Tangent of x in radians; integers give f32.
---@return mlrt.Tensor
function Tensor:tan() end

---Tangent of x in radians; integers give f32.
---@return mlrt.Tensor
function Tensor:tan_() end

---Inverse sine, in radians from -pi/2 to pi/2; integers give f32, numbers
---beyond -1..1 nan.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.asin(x) end

---Inverse sine, in radians from -pi/2 to pi/2; integers give f32, numbers
---beyond -1..1 nan.
---@return mlrt.Tensor
function Tensor:asin() end

---Inverse sine, in radians from -pi/2 to pi/2; integers give f32, numbers
---beyond -1..1 nan.
---@return mlrt.Tensor
function Tensor:asin_() end

---Inverse cosine, in radians from 0 to pi; integers give f32, numbers beyond
----1..1 nan.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.acos(x) end

---Inverse cosine, in radians from 0 to pi; integers give f32, numbers beyond
----1..1 nan.
---@return mlrt.Tensor
function Tensor:acos() end

---Inverse cosine, in radians from 0 to pi; integers give f32, numbers beyond
----1..1 nan.
---@return mlrt.Tensor
function Tensor:acos_() end

---Inverse tangent, in radians from -pi/2 to pi/2; integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.atan(x) end

---Inverse tangent, in radians from -pi/2 to pi/2; integers give f32.
---@return mlrt.Tensor
function Tensor:atan() end

---Inverse tangent, in radians from -pi/2 to pi/2; integers give f32.
---@return mlrt.Tensor
function Tensor:atan_() end

---Hyperbolic sine; integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.sinh(x) end

---Hyperbolic sine; integers give f32.
---@return mlrt.Tensor
function Tensor:sinh() end

---Hyperbolic sine; integers give f32.
---@return mlrt.Tensor
function Tensor:sinh_() end

---Hyperbolic cosine; integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.cosh(x) end

---Hyperbolic cosine; integers give f32.
---@return mlrt.Tensor
function Tensor:cosh() end

---Hyperbolic cosine; integers give f32.
---@return mlrt.Tensor
function Tensor:cosh_() end

---Hyperbolic tangent; integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.tanh(x) end

---Hyperbolic tangent; integers give f32.
---@return mlrt.Tensor
function Tensor:tanh() end

---Hyperbolic tangent; integers give f32.
---@return mlrt.Tensor
function Tensor:tanh_() end

---1 / (1 + exp(-x)), the logistic function; integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.sigmoid(x) end

---1 / (1 + exp(-x)), the logistic function; integers give f32.
---@return mlrt.Tensor
function Tensor:sigmoid() end

---1 / (1 + exp(-x)), the logistic function; integers give f32.
---@return mlrt.Tensor
function Tensor:sigmoid_() end

---Error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x;
---integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.erf(x) end

---Error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x;
---integers give f32.
---@return mlrt.Tensor
function Tensor:erf() end

---Error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x;
---integers give f32.
---@return mlrt.Tensor
function Tensor:erf_() end

---1 - erf(x), exact where that would round to 0; integers give f32.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.erfc(x) end

---1 - erf(x), exact where that would round to 0; integers give f32.
---@return mlrt.Tensor
function Tensor:erfc() end

---1 - erf(x), exact where that would round to 0; integers give f32.
---@return mlrt.Tensor
function Tensor:erfc_() end

---The largest whole number not above x; integers stay. The gradient is 0.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.floor(x) end

---The largest whole number not above x; integers stay. The gradient is 0.
---@return mlrt.Tensor
function Tensor:floor() end

---The largest whole number not above x; integers stay. The gradient is 0.
---@return mlrt.Tensor
function Tensor:floor_() end

---The smallest whole number not below x; integers stay. The gradient is 0.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.ceil(x) end

---The smallest whole number not below x; integers stay. The gradient is 0.
---@return mlrt.Tensor
function Tensor:ceil() end

---The smallest whole number not below x; integers stay. The gradient is 0.
---@return mlrt.Tensor
function Tensor:ceil_() end

---The nearest whole number, halves to the even one; integers stay. The
---gradient is 0.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.round(x) end

---The nearest whole number, halves to the even one; integers stay. The
---gradient is 0.
---@return mlrt.Tensor
function Tensor:round() end

---The nearest whole number, halves to the even one; integers stay. The
---gradient is 0.
---@return mlrt.Tensor
function Tensor:round_() end

---x without its fraction: rounded towards 0; integers stay. The gradient is
---0.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.trunc(x) end

---x without its fraction: rounded towards 0; integers stay. The gradient is
---0.
---@return mlrt.Tensor
function Tensor:trunc() end

---x without its fraction: rounded towards 0; integers stay. The gradient is
---0.
---@return mlrt.Tensor
function Tensor:trunc_() end

---x - trunc(x), of the sign of x; 0 for integers.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.frac(x) end

---x - trunc(x), of the sign of x; 0 for integers.
---@return mlrt.Tensor
function Tensor:frac() end

---x - trunc(x), of the sign of x; 0 for integers.
---@return mlrt.Tensor
function Tensor:frac_() end

---Where x is nan, as bool.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.isnan(x) end

---Where x is nan, as bool.
---@return mlrt.Tensor
function Tensor:isnan() end

---Where x is inf or -inf, as bool.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.isinf(x) end

---Where x is inf or -inf, as bool.
---@return mlrt.Tensor
function Tensor:isinf() end

---Where x is neither infinite nor nan, as bool.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.isfinite(x) end

---Where x is neither infinite nor nan, as bool.
---@return mlrt.Tensor
function Tensor:isfinite() end

---Where x is 0 (or false), as bool.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.logical_not(x) end

---Where x is 0 (or false), as bool.
---@return mlrt.Tensor
function Tensor:logical_not() end

---Where x is 0 (or false), as bool.
---@return mlrt.Tensor
function Tensor:logical_not_() end

---Every bit turned over; of bool, not.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.bitwise_not(x) end

---Every bit turned over; of bool, not.
---@return mlrt.Tensor
function Tensor:bitwise_not() end

---Every bit turned over; of bool, not.
---@return mlrt.Tensor
function Tensor:bitwise_not_() end

---x + y, or x + alpha y. Integers wrap, and want an integer alpha.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@param alpha? number
---@return mlrt.Tensor
function mlrt.add(x, y, alpha) end

---x + y, or x + alpha y. Integers wrap, and want an integer alpha.
---@param y mlrt.Tensor|number
---@param alpha? number
---@return mlrt.Tensor
function Tensor:add(y, alpha) end

---x + y, or x + alpha y. Integers wrap, and want an integer alpha.
---@param y mlrt.Tensor|number
---@param alpha? number
---@return mlrt.Tensor
function Tensor:add_(y, alpha) end

---x - y, or x - alpha y. Integers wrap, and want an integer alpha.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@param alpha? number
---@return mlrt.Tensor
function mlrt.sub(x, y, alpha) end

---x - y, or x - alpha y. Integers wrap, and want an integer alpha.
---@param y mlrt.Tensor|number
---@param alpha? number
---@return mlrt.Tensor
function Tensor:sub(y, alpha) end

---x - y, or x - alpha y. Integers wrap, and want an integer alpha.
---@param y mlrt.Tensor|number
---@param alpha? number
---@return mlrt.Tensor
function Tensor:sub_(y, alpha) end

---x * y. Integers wrap.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.mul(x, y) end

---x * y. Integers wrap.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:mul(y) end

---x * y. Integers wrap.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:mul_(y) end

---x / y; integers give f32. Division by zero gives inf or nan. Rounded
---towards zero ("trunc") or down ("floor", which is floor_divide), integers
---stay integers, may not be divided by zero, and the gradient is 0.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@param rounding_mode? string
---@return mlrt.Tensor
function mlrt.div(x, y, rounding_mode) end

---x / y; integers give f32. Division by zero gives inf or nan. Rounded
---towards zero ("trunc") or down ("floor", which is floor_divide), integers
---stay integers, may not be divided by zero, and the gradient is 0.
---@param y mlrt.Tensor|number
---@param rounding_mode? string
---@return mlrt.Tensor
function Tensor:div(y, rounding_mode) end

---x / y; integers give f32. Division by zero gives inf or nan. Rounded
---towards zero ("trunc") or down ("floor", which is floor_divide), integers
---stay integers, may not be divided by zero, and the gradient is 0.
---@param y mlrt.Tensor|number
---@param rounding_mode? string
---@return mlrt.Tensor
function Tensor:div_(y, rounding_mode) end

---floor(x / y), as Lua's //. Integers stay integers and may not be divided by
---zero. The gradient is 0.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.floor_divide(x, y) end

---floor(x / y), as Lua's //. Integers stay integers and may not be divided by
---zero. The gradient is 0.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:floor_divide(y) end

---floor(x / y), as Lua's //. Integers stay integers and may not be divided by
---zero. The gradient is 0.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:floor_divide_(y) end

---x - y floor(x / y), of the sign of y, as Lua's %. Integers may not be
---divided by zero.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.remainder(x, y) end

---x - y floor(x / y), of the sign of y, as Lua's %. Integers may not be
---divided by zero.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:remainder(y) end

---x - y floor(x / y), of the sign of y, as Lua's %. Integers may not be
---divided by zero.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:remainder_(y) end

---x - y trunc(x / y), of the sign of x, as C's fmod. Integers may not be
---divided by zero.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.fmod(x, y) end

---x - y trunc(x / y), of the sign of x, as C's fmod. Integers may not be
---divided by zero.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:fmod(y) end

---x - y trunc(x / y), of the sign of x, as C's fmod. Integers may not be
---divided by zero.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:fmod_(y) end

---x^y. Integers wrap, and have no negative powers; a fraction as exponent
---makes f32 of them. Of a negative x there are only whole powers, the others
---are nan.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.pow(x, y) end

---x^y. Integers wrap, and have no negative powers; a fraction as exponent
---makes f32 of them. Of a negative x there are only whole powers, the others
---are nan.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:pow(y) end

---x^y. Integers wrap, and have no negative powers; a fraction as exponent
---makes f32 of them. Of a negative x there are only whole powers, the others
---are nan.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:pow_(y) end

---The larger of x and y; nan if either is. Equal ones share the gradient.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.maximum(x, y) end

---The larger of x and y; nan if either is. Equal ones share the gradient.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:maximum(y) end

---The larger of x and y; nan if either is. Equal ones share the gradient.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:maximum_(y) end

---The smaller of x and y; nan if either is. Equal ones share the gradient.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.minimum(x, y) end

---The smaller of x and y; nan if either is. Equal ones share the gradient.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:minimum(y) end

---The smaller of x and y; nan if either is. Equal ones share the gradient.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:minimum_(y) end

---x + weight (y - x): x at weight 0, y at 1; integers give f32.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@param weight mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.lerp(x, y, weight) end

---x + weight (y - x): x at weight 0, y at 1; integers give f32.
---@param y mlrt.Tensor|number
---@param weight mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:lerp(y, weight) end

---x + weight (y - x): x at weight 0, y at 1; integers give f32.
---@param y mlrt.Tensor|number
---@param weight mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:lerp_(y, weight) end

---x, or min where it is below, or max where it (or min) is above. At the
---bounds x has the gradient. nan stays, and a bound that is nan gives nan.
---@param x mlrt.Tensor
---@param min? mlrt.Tensor|number
---@param max? mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.clamp(x, min, max) end

---x, or min where it is below, or max where it (or min) is above. At the
---bounds x has the gradient. nan stays, and a bound that is nan gives nan.
---@param min? mlrt.Tensor|number
---@param max? mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:clamp(min, max) end

---x, or min where it is below, or max where it (or min) is above. At the
---bounds x has the gradient. nan stays, and a bound that is nan gives nan.
---@param min? mlrt.Tensor|number
---@param max? mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:clamp_(min, max) end

---x, or min where it is below: clamp with one bound.
---@param x mlrt.Tensor
---@param min mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.clamp_min(x, min) end

---x, or min where it is below: clamp with one bound.
---@param min mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:clamp_min(min) end

---x, or min where it is below: clamp with one bound.
---@param min mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:clamp_min_(min) end

---x, or max where it is above: clamp with one bound.
---@param x mlrt.Tensor
---@param max mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.clamp_max(x, max) end

---x, or max where it is above: clamp with one bound.
---@param max mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:clamp_max(max) end

---x, or max where it is above: clamp with one bound.
---@param max mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:clamp_max_(max) end

---The angle of the point (x, y) from the x axis, in radians from -pi to pi;
---integers give f32.
---@param y mlrt.Tensor|number
---@param x mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.atan2(y, x) end

---The angle of the point (x, y) from the x axis, in radians from -pi to pi;
---integers give f32.
---@param x mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:atan2(x) end

---The angle of the point (x, y) from the x axis, in radians from -pi to pi;
---integers give f32.
---@param x mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:atan2_(x) end

---sqrt(x^2 + y^2), without overflow on the way; integers give f32.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.hypot(x, y) end

---sqrt(x^2 + y^2), without overflow on the way; integers give f32.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:hypot(y) end

---sqrt(x^2 + y^2), without overflow on the way; integers give f32.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:hypot_(y) end

---The magnitude of x with the sign of y, which -0 and nan have too; integers
---give f32.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.copysign(x, y) end

---The magnitude of x with the sign of y, which -0 and nan have too; integers
---give f32.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:copysign(y) end

---The magnitude of x with the sign of y, which -0 and nan have too; integers
---give f32.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:copysign_(y) end

---log(exp(x) + exp(y)), without overflow on the way; integers give f32.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.logaddexp(x, y) end

---log(exp(x) + exp(y)), without overflow on the way; integers give f32.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:logaddexp(y) end

---log(exp(x) + exp(y)), without overflow on the way; integers give f32.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:logaddexp_(y) end

---log2(2^x + 2^y), without overflow on the way; integers give f32.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.logaddexp2(x, y) end

---log2(2^x + 2^y), without overflow on the way; integers give f32.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:logaddexp2(y) end

---x + value tensor1 tensor2. The shapes broadcast.
---@param x mlrt.Tensor
---@param tensor1 mlrt.Tensor
---@param tensor2 mlrt.Tensor
---@param value? number
---@return mlrt.Tensor
function mlrt.addcmul(x, tensor1, tensor2, value) end

---x + value tensor1 tensor2. The shapes broadcast.
---@param tensor1 mlrt.Tensor
---@param tensor2 mlrt.Tensor
---@param value? number
---@return mlrt.Tensor
function Tensor:addcmul(tensor1, tensor2, value) end

---x + value tensor1 / tensor2. The shapes broadcast.
---@param x mlrt.Tensor
---@param tensor1 mlrt.Tensor
---@param tensor2 mlrt.Tensor
---@param value? number
---@return mlrt.Tensor
function mlrt.addcdiv(x, tensor1, tensor2, value) end

---x + value tensor1 / tensor2. The shapes broadcast.
---@param tensor1 mlrt.Tensor
---@param tensor2 mlrt.Tensor
---@param value? number
---@return mlrt.Tensor
function Tensor:addcdiv(tensor1, tensor2, value) end

---x log(y), and 0 where x is 0, unless y is nan. The shapes broadcast.
---@param x mlrt.Tensor
---@param y mlrt.Tensor
---@return mlrt.Tensor
function mlrt.xlogy(x, y) end

---x log(y), and 0 where x is 0, unless y is nan. The shapes broadcast.
---@param y mlrt.Tensor
---@return mlrt.Tensor
function Tensor:xlogy(y) end

---log(x / (1 - x)), the inverse of sigmoid. With eps, x is first held within
---eps..1 - eps; without, what is outside 0..1 gives nan.
---@param x mlrt.Tensor
---@param eps? number
---@return mlrt.Tensor
function mlrt.logit(x, eps) end

---log(x / (1 - x)), the inverse of sigmoid. With eps, x is first held within
---eps..1 - eps; without, what is outside 0..1 gives nan.
---@param eps? number
---@return mlrt.Tensor
function Tensor:logit(eps) end

---x with numbers in place of nan, inf and -inf: by default 0, the largest and
---the smallest finite number of its dtype.
---@param x mlrt.Tensor
---@param nan? number
---@param posinf? number
---@param neginf? number
---@return mlrt.Tensor
function mlrt.nan_to_num(x, nan, posinf, neginf) end

---x with numbers in place of nan, inf and -inf: by default 0, the largest and
---the smallest finite number of its dtype.
---@param nan? number
---@param posinf? number
---@param neginf? number
---@return mlrt.Tensor
function Tensor:nan_to_num(nan, posinf, neginf) end

---The larger of x and y; where one is nan, the other. The shapes broadcast.
---@param x mlrt.Tensor
---@param y mlrt.Tensor
---@return mlrt.Tensor
function mlrt.fmax(x, y) end

---The larger of x and y; where one is nan, the other. The shapes broadcast.
---@param y mlrt.Tensor
---@return mlrt.Tensor
function Tensor:fmax(y) end

---The smaller of x and y; where one is nan, the other. The shapes broadcast.
---@param x mlrt.Tensor
---@param y mlrt.Tensor
---@return mlrt.Tensor
function mlrt.fmin(x, y) end

---The smaller of x and y; where one is nan, the other. The shapes broadcast.
---@param y mlrt.Tensor
---@return mlrt.Tensor
function Tensor:fmin(y) end

---Where |x - y| <= atol + rtol |y|, as bool; equal infinities are close, and
---nan to nan if equal_nan. Computed in f64; the shapes broadcast. m.allclose
---says it of all elements.
---@param x mlrt.Tensor
---@param y mlrt.Tensor
---@param rtol? number
---@param atol? number
---@param equal_nan? boolean
---@return mlrt.Tensor
function mlrt.isclose(x, y, rtol, atol, equal_nan) end

---Where |x - y| <= atol + rtol |y|, as bool; equal infinities are close, and
---nan to nan if equal_nan. Computed in f64; the shapes broadcast. m.allclose
---says it of all elements.
---@param y mlrt.Tensor
---@param rtol? number
---@param atol? number
---@param equal_nan? boolean
---@return mlrt.Tensor
function Tensor:isclose(y, rtol, atol, equal_nan) end

---Where x equals y, as bool; nan does not ever. An index compares with an
---index, or with a position written as a number.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.eq(x, y) end

---Where x equals y, as bool; nan does not ever. An index compares with an
---index, or with a position written as a number.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:eq(y) end

---Where x differs from y, as bool; nan always does. An index compares with an
---index, or with a position written as a number.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.ne(x, y) end

---Where x differs from y, as bool; nan always does. An index compares with an
---index, or with a position written as a number.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:ne(y) end

---Where x is below y, as bool; nan is not ever. An index compares with an
---index, or with a position written as a number.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.lt(x, y) end

---Where x is below y, as bool; nan is not ever. An index compares with an
---index, or with a position written as a number.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:lt(y) end

---Where x is not above y, as bool; nan is not ever. An index compares with an
---index, or with a position written as a number.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.le(x, y) end

---Where x is not above y, as bool; nan is not ever. An index compares with an
---index, or with a position written as a number.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:le(y) end

---Where x is above y, as bool; nan is not ever. An index compares with an
---index, or with a position written as a number.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.gt(x, y) end

---Where x is above y, as bool; nan is not ever. An index compares with an
---index, or with a position written as a number.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:gt(y) end

---Where x is not below y, as bool; nan is not ever. An index compares with an
---index, or with a position written as a number.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.ge(x, y) end

---Where x is not below y, as bool; nan is not ever. An index compares with an
---index, or with a position written as a number.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:ge(y) end

---Where neither x nor y is 0 (or false), as bool.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.logical_and(x, y) end

---Where neither x nor y is 0 (or false), as bool.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:logical_and(y) end

---Where neither x nor y is 0 (or false), as bool.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:logical_and_(y) end

---Where x or y is not 0 (or false), as bool.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.logical_or(x, y) end

---Where x or y is not 0 (or false), as bool.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:logical_or(y) end

---Where x or y is not 0 (or false), as bool.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:logical_or_(y) end

---Where one of x and y is 0 (or false) and the other is not, as bool.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.logical_xor(x, y) end

---Where one of x and y is 0 (or false) and the other is not, as bool.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:logical_xor(y) end

---Where one of x and y is 0 (or false) and the other is not, as bool.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:logical_xor_(y) end

---Bits that are set in both x and y, integers or bool: Lua's &.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.bitwise_and(x, y) end

---Bits that are set in both x and y, integers or bool: Lua's &.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:bitwise_and(y) end

---Bits that are set in both x and y, integers or bool: Lua's &.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:bitwise_and_(y) end

---Bits that are set in x or y, integers or bool: Lua's |.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.bitwise_or(x, y) end

---Bits that are set in x or y, integers or bool: Lua's |.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:bitwise_or(y) end

---Bits that are set in x or y, integers or bool: Lua's |.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:bitwise_or_(y) end

---Bits that are set in one of x and y, integers or bool: Lua's ~.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.bitwise_xor(x, y) end

---Bits that are set in one of x and y, integers or bool: Lua's ~.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:bitwise_xor(y) end

---Bits that are set in one of x and y, integers or bool: Lua's ~.
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:bitwise_xor_(y) end

---x where the condition is true, y where it is not. The three broadcast. What
---is not chosen gets the gradient 0.
---@param condition mlrt.Tensor
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.where(condition, x, y) end

---x where the condition is true, y where it is not. The three broadcast. What
---is not chosen gets the gradient 0.
---@param x mlrt.Tensor|number
---@param y mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:where(x, y) end

---x where it is above 0, alpha (exp(x) - 1) elsewhere. Clevert et al. 2015.
---@param x mlrt.Tensor
---@param alpha? number
---@return mlrt.Tensor
function mlrt.elu(x, alpha) end

---x where it is above 0, alpha (exp(x) - 1) elsewhere. Clevert et al. 2015.
---@param alpha? number
---@return mlrt.Tensor
function Tensor:elu(alpha) end

---x where it is above 0, alpha (exp(x) - 1) elsewhere. Clevert et al. 2015.
---@param alpha? number
---@return mlrt.Tensor
function Tensor:elu_(alpha) end

---x where it is above 0, alpha (exp(x / alpha) - 1) elsewhere. Barron 2017.
---@param x mlrt.Tensor
---@param alpha? number
---@return mlrt.Tensor
function mlrt.celu(x, alpha) end

---x where it is above 0, alpha (exp(x / alpha) - 1) elsewhere. Barron 2017.
---@param alpha? number
---@return mlrt.Tensor
function Tensor:celu(alpha) end

---x where it is above 0, alpha (exp(x / alpha) - 1) elsewhere. Barron 2017.
---@param alpha? number
---@return mlrt.Tensor
function Tensor:celu_(alpha) end

---1.0507 x where it is above 0, 1.7581 (exp(x) - 1) elsewhere: keeps mean 0
---and variance 1 through layers. Klambauer et al. 2017.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.selu(x) end

---1.0507 x where it is above 0, 1.7581 (exp(x) - 1) elsewhere: keeps mean 0
---and variance 1 through layers. Klambauer et al. 2017.
---@return mlrt.Tensor
function Tensor:selu() end

---1.0507 x where it is above 0, 1.7581 (exp(x) - 1) elsewhere: keeps mean 0
---and variance 1 through layers. Klambauer et al. 2017.
---@return mlrt.Tensor
function Tensor:selu_() end

---x P(x), P the standard normal distribution; with tanh, P(x) is (1 +
---tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. Hendrycks and Gimpel 2016.
---@param x mlrt.Tensor
---@param approximate? string
---@return mlrt.Tensor
function mlrt.gelu(x, approximate) end

---x P(x), P the standard normal distribution; with tanh, P(x) is (1 +
---tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. Hendrycks and Gimpel 2016.
---@param approximate? string
---@return mlrt.Tensor
function Tensor:gelu(approximate) end

---x P(x), P the standard normal distribution; with tanh, P(x) is (1 +
---tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2. Hendrycks and Gimpel 2016.
---@param approximate? string
---@return mlrt.Tensor
function Tensor:gelu_(approximate) end

---x / (1 + exp(-x)), also known as swish. Elfwing et al. 2017.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.silu(x) end

---x / (1 + exp(-x)), also known as swish. Elfwing et al. 2017.
---@return mlrt.Tensor
function Tensor:silu() end

---x / (1 + exp(-x)), also known as swish. Elfwing et al. 2017.
---@return mlrt.Tensor
function Tensor:silu_() end

---x tanh(log(1 + exp(x))). Misra 2019.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.mish(x) end

---x tanh(log(1 + exp(x))). Misra 2019.
---@return mlrt.Tensor
function Tensor:mish() end

---x tanh(log(1 + exp(x))). Misra 2019.
---@return mlrt.Tensor
function Tensor:mish_() end

---log(1 + exp(beta x)) / beta, a smooth relu; x itself where beta x is above
---the threshold.
---@param x mlrt.Tensor
---@param beta? number
---@param threshold? number
---@return mlrt.Tensor
function mlrt.softplus(x, beta, threshold) end

---log(1 + exp(beta x)) / beta, a smooth relu; x itself where beta x is above
---the threshold.
---@param beta? number
---@param threshold? number
---@return mlrt.Tensor
function Tensor:softplus(beta, threshold) end

---log(1 + exp(beta x)) / beta, a smooth relu; x itself where beta x is above
---the threshold.
---@param beta? number
---@param threshold? number
---@return mlrt.Tensor
function Tensor:softplus_(beta, threshold) end

---log(sigmoid(x)), exact where that would round to 0.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.logsigmoid(x) end

---log(sigmoid(x)), exact where that would round to 0.
---@return mlrt.Tensor
function Tensor:logsigmoid() end

---log(sigmoid(x)), exact where that would round to 0.
---@return mlrt.Tensor
function Tensor:logsigmoid_() end

---x / (1 + |x|).
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.softsign(x) end

---x / (1 + |x|).
---@return mlrt.Tensor
function Tensor:softsign() end

---x / (1 + |x|).
---@return mlrt.Tensor
function Tensor:softsign_() end

---a sigmoid(b), where a and b are the halves of x along dim, whose size is
---even. x: f32 or f64. Dauphin et al. 2017.
---@param x mlrt.Tensor
---@param dim? integer
---@return mlrt.Tensor
function mlrt.glu(x, dim) end

---a sigmoid(b), where a and b are the halves of x along dim, whose size is
---even. x: f32 or f64. Dauphin et al. 2017.
---@param dim? integer
---@return mlrt.Tensor
function Tensor:glu(dim) end

---The softmax of -x along dim. x: f32 or f64.
---@param x mlrt.Tensor
---@param dim? integer
---@return mlrt.Tensor
function mlrt.softmin(x, dim) end

---The softmax of -x along dim. x: f32 or f64.
---@param dim? integer
---@return mlrt.Tensor
function Tensor:softmin(dim) end

---x where it is above threshold, value elsewhere.
---@param x mlrt.Tensor
---@param threshold number
---@param value number
---@return mlrt.Tensor
function mlrt.threshold(x, threshold, value) end

---x where it is above threshold, value elsewhere.
---@param threshold number
---@param value number
---@return mlrt.Tensor
function Tensor:threshold(threshold, value) end

---0 where |x| <= lambd, x elsewhere. x: f32 or f64.
---@param x mlrt.Tensor
---@param lambd? number
---@return mlrt.Tensor
function mlrt.hardshrink(x, lambd) end

---0 where |x| <= lambd, x elsewhere. x: f32 or f64.
---@param lambd? number
---@return mlrt.Tensor
function Tensor:hardshrink(lambd) end

---x brought nearer to 0 by lambd, 0 where |x| <= lambd. x: f32 or f64.
---@param x mlrt.Tensor
---@param lambd? number
---@return mlrt.Tensor
function mlrt.softshrink(x, lambd) end

---x brought nearer to 0 by lambd, 0 where |x| <= lambd. x: f32 or f64.
---@param lambd? number
---@return mlrt.Tensor
function Tensor:softshrink(lambd) end

---x - tanh(x). x: f32 or f64.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.tanhshrink(x) end

---x - tanh(x). x: f32 or f64.
---@return mlrt.Tensor
function Tensor:tanhshrink() end

---max(x, 0), the rectifier; its gradient at 0 is 0. Integers stay integers.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.relu(x) end

---max(x, 0), the rectifier; its gradient at 0 is 0. Integers stay integers.
---@return mlrt.Tensor
function Tensor:relu() end

---max(x, 0), the rectifier; its gradient at 0 is 0. Integers stay integers.
---@return mlrt.Tensor
function Tensor:relu_() end

---x where it is above 0, negative_slope x elsewhere.
---@param x mlrt.Tensor
---@param negative_slope? number
---@return mlrt.Tensor
function mlrt.leaky_relu(x, negative_slope) end

---x where it is above 0, negative_slope x elsewhere.
---@param negative_slope? number
---@return mlrt.Tensor
function Tensor:leaky_relu(negative_slope) end

---x where it is above 0, negative_slope x elsewhere.
---@param negative_slope? number
---@return mlrt.Tensor
function Tensor:leaky_relu_(negative_slope) end

---x where it is above 0, weight x elsewhere, the weight being learnt: one
---value, or one for each channel of x (N, C, ...). He et al. 2015.
---@param x mlrt.Tensor
---@param weight mlrt.Tensor
---@return mlrt.Tensor
function mlrt.prelu(x, weight) end

---x where it is above 0, weight x elsewhere, the weight being learnt: one
---value, or one for each channel of x (N, C, ...). He et al. 2015.
---@param weight mlrt.Tensor
---@return mlrt.Tensor
function Tensor:prelu(weight) end

---x between min_val and max_val; where it is not, and at both ends, the
---gradient is 0.
---@param x mlrt.Tensor
---@param min_val? number
---@param max_val? number
---@return mlrt.Tensor
function mlrt.hardtanh(x, min_val, max_val) end

---x between min_val and max_val; where it is not, and at both ends, the
---gradient is 0.
---@param min_val? number
---@param max_val? number
---@return mlrt.Tensor
function Tensor:hardtanh(min_val, max_val) end

---x between min_val and max_val; where it is not, and at both ends, the
---gradient is 0.
---@param min_val? number
---@param max_val? number
---@return mlrt.Tensor
function Tensor:hardtanh_(min_val, max_val) end

---min(max(x, 0), 6); where x is not between, and at both ends, the gradient
---is 0.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.relu6(x) end

---min(max(x, 0), 6); where x is not between, and at both ends, the gradient
---is 0.
---@return mlrt.Tensor
function Tensor:relu6() end

---min(max(x, 0), 6); where x is not between, and at both ends, the gradient
---is 0.
---@return mlrt.Tensor
function Tensor:relu6_() end

---min(max(x + 3, 0), 6) / 6.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.hardsigmoid(x) end

---min(max(x + 3, 0), 6) / 6.
---@return mlrt.Tensor
function Tensor:hardsigmoid() end

---min(max(x + 3, 0), 6) / 6.
---@return mlrt.Tensor
function Tensor:hardsigmoid_() end

---x min(max(x + 3, 0), 6) / 6. Howard et al. 2019.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.hardswish(x) end

---x min(max(x + 3, 0), 6) / 6. Howard et al. 2019.
---@return mlrt.Tensor
function Tensor:hardswish() end

---x min(max(x + 3, 0), 6) / 6. Howard et al. 2019.
---@return mlrt.Tensor
function Tensor:hardswish_() end

---Sum over the given dimensions, all if none are given. Integers and bool
---give i64, which wraps. An empty sum is 0. Floats are added in blocks, so
---the error hardly grows with the count.
---@param x mlrt.Tensor
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function mlrt.sum(x, dim, keepdim) end

---Sum over the given dimensions, all if none are given. Integers and bool
---give i64, which wraps. An empty sum is 0. Floats are added in blocks, so
---the error hardly grows with the count.
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function Tensor:sum(dim, keepdim) end

---Arithmetic mean over the given dimensions, all if none are given. x: f32 or
---f64. The mean of nothing is nan.
---@param x mlrt.Tensor
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function mlrt.mean(x, dim, keepdim) end

---Arithmetic mean over the given dimensions, all if none are given. x: f32 or
---f64. The mean of nothing is nan.
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function Tensor:mean(dim, keepdim) end

---Sum over the given dimensions, all if none are given, of the elements that
---are not nan. x: f32 or f64.
---@param x mlrt.Tensor
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function mlrt.nansum(x, dim, keepdim) end

---Sum over the given dimensions, all if none are given, of the elements that
---are not nan. x: f32 or f64.
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function Tensor:nansum(dim, keepdim) end

---Product over the given dimensions, all if none are given. Integers and bool
---give i64, which wraps. An empty product is 1.
---@param x mlrt.Tensor
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function mlrt.prod(x, dim, keepdim) end

---Product over the given dimensions, all if none are given. Integers and bool
---give i64, which wraps. An empty product is 1.
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function Tensor:prod(dim, keepdim) end

---Largest element over the given dimensions, all if none are given; nan if
---there is one. Equal elements share the gradient. Nothing to choose from is
---an error.
---@param x mlrt.Tensor
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function mlrt.amax(x, dim, keepdim) end

---Largest element over the given dimensions, all if none are given; nan if
---there is one. Equal elements share the gradient. Nothing to choose from is
---an error.
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function Tensor:amax(dim, keepdim) end

---Smallest element over the given dimensions, all if none are given; nan if
---there is one. Equal elements share the gradient. Nothing to choose from is
---an error.
---@param x mlrt.Tensor
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function mlrt.amin(x, dim, keepdim) end

---Smallest element over the given dimensions, all if none are given; nan if
---there is one. Equal elements share the gradient. Nothing to choose from is
---an error.
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function Tensor:amin(dim, keepdim) end

---Whether an element over the given dimensions is not zero; false for
---nothing. nan is not zero.
---@param x mlrt.Tensor
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function mlrt.any(x, dim, keepdim) end

---Whether an element over the given dimensions is not zero; false for
---nothing. nan is not zero.
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function Tensor:any(dim, keepdim) end

---Whether no element over the given dimensions is zero; true for nothing. nan
---is not zero.
---@param x mlrt.Tensor
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function mlrt.all(x, dim, keepdim) end

---Whether no element over the given dimensions is zero; true for nothing. nan
---is not zero.
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function Tensor:all(dim, keepdim) end

---How many elements over the given dimensions are not zero, as i64. nan is
---not zero.
---@param x mlrt.Tensor
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function mlrt.count_nonzero(x, dim, keepdim) end

---How many elements over the given dimensions are not zero, as i64. nan is
---not zero.
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function Tensor:count_nonzero(dim, keepdim) end

---Variance over the given dimensions: the sum of squared distances from the
---mean, divided by the count less `correction`. Too few elements give nan or
---inf. x: f32 or f64.
---@param x mlrt.Tensor
---@param dim? integer[]|integer
---@param keepdim? boolean
---@param correction? integer
---@return mlrt.Tensor
function mlrt.var(x, dim, keepdim, correction) end

---Variance over the given dimensions: the sum of squared distances from the
---mean, divided by the count less `correction`. Too few elements give nan or
---inf. x: f32 or f64.
---@param dim? integer[]|integer
---@param keepdim? boolean
---@param correction? integer
---@return mlrt.Tensor
function Tensor:var(dim, keepdim, correction) end

---Standard deviation over the given dimensions: the square root of `var`. Its
---gradient is 0 where it is 0.
---@param x mlrt.Tensor
---@param dim? integer[]|integer
---@param keepdim? boolean
---@param correction? integer
---@return mlrt.Tensor
function mlrt.std(x, dim, keepdim, correction) end

---Standard deviation over the given dimensions: the square root of `var`. Its
---gradient is 0 where it is 0.
---@param dim? integer[]|integer
---@param keepdim? boolean
---@param correction? integer
---@return mlrt.Tensor
function Tensor:std(dim, keepdim, correction) end

---Vector norm (sum |x|^p)^(1/p) over the given dimensions. p may be inf
---(largest |x|), -inf (smallest) or 0 (count of elements that are not zero).
---x: f32 or f64. The 2-norm's gradient at 0 is 0.
---@param x mlrt.Tensor
---@param p? number
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function mlrt.norm(x, p, dim, keepdim) end

---Vector norm (sum |x|^p)^(1/p) over the given dimensions. p may be inf
---(largest |x|), -inf (smallest) or 0 (count of elements that are not zero).
---x: f32 or f64. The 2-norm's gradient at 0 is 0.
---@param p? number
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function Tensor:norm(p, dim, keepdim) end

---log(sum(exp(x))) over the given dimensions, without overflow. x: f32 or
---f64.
---@param x mlrt.Tensor
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function mlrt.logsumexp(x, dim, keepdim) end

---log(sum(exp(x))) over the given dimensions, without overflow. x: f32 or
---f64.
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function Tensor:logsumexp(dim, keepdim) end

---`var` and `mean` over the given dimensions, all if none are given.
---@param x mlrt.Tensor
---@param dim? integer[]|integer
---@param keepdim? boolean
---@param correction? integer
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.var_mean(x, dim, keepdim, correction) end

---`var` and `mean` over the given dimensions, all if none are given.
---@param dim? integer[]|integer
---@param keepdim? boolean
---@param correction? integer
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:var_mean(dim, keepdim, correction) end

---`std` and `mean` over the given dimensions, all if none are given.
---@param x mlrt.Tensor
---@param dim? integer[]|integer
---@param keepdim? boolean
---@param correction? integer
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.std_mean(x, dim, keepdim, correction) end

---`std` and `mean` over the given dimensions, all if none are given.
---@param dim? integer[]|integer
---@param keepdim? boolean
---@param correction? integer
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:std_mean(dim, keepdim, correction) end

---The smallest and the largest element along dim, or of all; nan wins. Equal
---ones share the gradient.
---@param x mlrt.Tensor
---@param dim? integer
---@param keepdim? boolean
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.aminmax(x, dim, keepdim) end

---The smallest and the largest element along dim, or of all; nan wins. Equal
---ones share the gradient.
---@param dim? integer
---@param keepdim? boolean
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:aminmax(dim, keepdim) end

---With dim: the largest elements along it, and where they are (the first of
---equal ones), as index. Without: the largest of all elements, alone. nan
---wins. Nothing to choose from is an error.
---@param x mlrt.Tensor
---@param dim? integer
---@param keepdim? boolean
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.max(x, dim, keepdim) end

---With dim: the largest elements along it, and where they are (the first of
---equal ones), as index. Without: the largest of all elements, alone. nan
---wins. Nothing to choose from is an error.
---@param dim? integer
---@param keepdim? boolean
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:max(dim, keepdim) end

---With dim: the smallest elements along it, and where they are (the first of
---equal ones), as index. Without: the smallest of all elements, alone. nan
---wins. Nothing to choose from is an error.
---@param x mlrt.Tensor
---@param dim? integer
---@param keepdim? boolean
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.min(x, dim, keepdim) end

---With dim: the smallest elements along it, and where they are (the first of
---equal ones), as index. Without: the smallest of all elements, alone. nan
---wins. Nothing to choose from is an error.
---@param dim? integer
---@param keepdim? boolean
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:min(dim, keepdim) end

---Where the largest elements along dim are (the first of equal ones, or of
---nans), as index; without dim, in x flattened.
---@param x mlrt.Tensor
---@param dim? integer
---@param keepdim? boolean
---@return mlrt.Tensor
function mlrt.argmax(x, dim, keepdim) end

---Where the largest elements along dim are (the first of equal ones, or of
---nans), as index; without dim, in x flattened.
---@param dim? integer
---@param keepdim? boolean
---@return mlrt.Tensor
function Tensor:argmax(dim, keepdim) end

---Where the smallest elements along dim are (the first of equal ones, or of
---nans), as index; without dim, in x flattened.
---@param x mlrt.Tensor
---@param dim? integer
---@param keepdim? boolean
---@return mlrt.Tensor
function mlrt.argmin(x, dim, keepdim) end

---Where the smallest elements along dim are (the first of equal ones, or of
---nans), as index; without dim, in x flattened.
---@param dim? integer
---@param keepdim? boolean
---@return mlrt.Tensor
function Tensor:argmin(dim, keepdim) end

---x sorted along dim, and where each element was, as index. Equal elements
---keep their order; nan counts as larger than all.
---@param x mlrt.Tensor
---@param dim? integer
---@param descending? boolean
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.sort(x, dim, descending) end

---x sorted along dim, and where each element was, as index. Equal elements
---keep their order; nan counts as larger than all.
---@param dim? integer
---@param descending? boolean
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:sort(dim, descending) end

---The positions, as index, that put x in order along dim. Equal elements keep
---their order; nan counts as larger than all.
---@param x mlrt.Tensor
---@param dim? integer
---@param descending? boolean
---@return mlrt.Tensor
function mlrt.argsort(x, dim, descending) end

---The positions, as index, that put x in order along dim. Equal elements keep
---their order; nan counts as larger than all.
---@param dim? integer
---@param descending? boolean
---@return mlrt.Tensor
function Tensor:argsort(dim, descending) end

---The k largest (or smallest) elements along dim and where they are, as
---index, best first; the first of equal ones come first. nan counts as larger
---than all. They are always sorted.
---@param x mlrt.Tensor
---@param k integer
---@param dim? integer
---@param largest? boolean
---@param sorted? boolean
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.topk(x, k, dim, largest, sorted) end

---The k largest (or smallest) elements along dim and where they are, as
---index, best first; the first of equal ones come first. nan counts as larger
---than all. They are always sorted.
---@param k integer
---@param dim? integer
---@param largest? boolean
---@param sorted? boolean
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:topk(k, dim, largest, sorted) end

---With dim: the medians along it, and where they are, as index. Without: the
---median of all elements, alone. Of an even number of elements the lower of
---the two in the middle; nan if there is one. Nothing to choose from is an
---error.
---@param x mlrt.Tensor
---@param dim? integer
---@param keepdim? boolean
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.median(x, dim, keepdim) end

---With dim: the medians along it, and where they are, as index. Without: the
---median of all elements, alone. Of an even number of elements the lower of
---the two in the middle; nan if there is one. Nothing to choose from is an
---error.
---@param dim? integer
---@param keepdim? boolean
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:median(dim, keepdim) end

---The k-th smallest elements along dim, k from 1, and where they are, as
---index; the first of equal ones come first. nan counts as larger than all.
---@param x mlrt.Tensor
---@param k integer
---@param dim? integer
---@param keepdim? boolean
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.kthvalue(x, k, dim, keepdim) end

---The k-th smallest elements along dim, k from 1, and where they are, as
---index; the first of equal ones come first. nan counts as larger than all.
---@param k integer
---@param dim? integer
---@param keepdim? boolean
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:kthvalue(k, dim, keepdim) end

---The most frequent elements along dim, the smallest of equally frequent
---ones, and where they stand last, as index. nan equals nothing.
---@param x mlrt.Tensor
---@param dim? integer
---@param keepdim? boolean
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.mode(x, dim, keepdim) end

---The most frequent elements along dim, the smallest of equally frequent
---ones, and where they stand last, as index. nan equals nothing.
---@param dim? integer
---@param keepdim? boolean
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:mode(dim, keepdim) end

---The value below which a part q, 0..1, of the elements lies, along dim or of
---all. Between two elements it is interpolated. q may be a list, a tensor of
---one dimension: the results of each lie along a new first dimension. nan if
---there is one. x: f32 or f64.
---@param x mlrt.Tensor
---@param q mlrt.Tensor|number
---@param dim? integer
---@param keepdim? boolean
---@param interpolation? string
---@return mlrt.Tensor
function mlrt.quantile(x, q, dim, keepdim, interpolation) end

---The value below which a part q, 0..1, of the elements lies, along dim or of
---all. Between two elements it is interpolated. q may be a list, a tensor of
---one dimension: the results of each lie along a new first dimension. nan if
---there is one. x: f32 or f64.
---@param q mlrt.Tensor|number
---@param dim? integer
---@param keepdim? boolean
---@param interpolation? string
---@return mlrt.Tensor
function Tensor:quantile(q, dim, keepdim, interpolation) end

---Arithmetic mean over the given dimensions, all if none are given, of the
---elements that are not nan; nan if there are none. x: f32 or f64.
---@param x mlrt.Tensor
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function mlrt.nanmean(x, dim, keepdim) end

---Arithmetic mean over the given dimensions, all if none are given, of the
---elements that are not nan; nan if there are none. x: f32 or f64.
---@param dim? integer[]|integer
---@param keepdim? boolean
---@return mlrt.Tensor
function Tensor:nanmean(dim, keepdim) end

---Sums of the elements up to each along dim. Integers and bool give i64,
---which wraps; f32 is added in double.
---@param x mlrt.Tensor
---@param dim integer
---@return mlrt.Tensor
function mlrt.cumsum(x, dim) end

---Sums of the elements up to each along dim. Integers and bool give i64,
---which wraps; f32 is added in double.
---@param dim integer
---@return mlrt.Tensor
function Tensor:cumsum(dim) end

---Products of the elements up to each along dim. Integers and bool give i64,
---which wraps; f32 is multiplied in double.
---@param x mlrt.Tensor
---@param dim integer
---@return mlrt.Tensor
function mlrt.cumprod(x, dim) end

---Products of the elements up to each along dim. Integers and bool give i64,
---which wraps; f32 is multiplied in double.
---@param dim integer
---@return mlrt.Tensor
function Tensor:cumprod(dim) end

---log(cumsum(exp(x))) along dim, without overflow. x: f32 or f64.
---@param x mlrt.Tensor
---@param dim integer
---@return mlrt.Tensor
function mlrt.logcumsumexp(x, dim) end

---log(cumsum(exp(x))) along dim, without overflow. x: f32 or f64.
---@param dim integer
---@return mlrt.Tensor
function Tensor:logcumsumexp(dim) end

---The largest of the elements up to each along dim, and where they are (the
---last of equal ones), as index. nan wins.
---@param x mlrt.Tensor
---@param dim integer
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.cummax(x, dim) end

---The largest of the elements up to each along dim, and where they are (the
---last of equal ones), as index. nan wins.
---@param dim integer
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:cummax(dim) end

---The smallest of the elements up to each along dim, and where they are (the
---last of equal ones), as index. nan wins.
---@param x mlrt.Tensor
---@param dim integer
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.cummin(x, dim) end

---The smallest of the elements up to each along dim, and where they are (the
---last of equal ones), as index. nan wins.
---@param dim integer
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:cummin(dim) end

---Each element along dim less the one before it, which leaves one element
---less; n times over.
---@param x mlrt.Tensor
---@param n? integer
---@param dim? integer
---@return mlrt.Tensor
function mlrt.diff(x, n, dim) end

---Each element along dim less the one before it, which leaves one element
---less; n times over.
---@param n? integer
---@param dim? integer
---@return mlrt.Tensor
function Tensor:diff(n, dim) end

---The elements of x without repetitions, in order (whatever `sorted` says);
---with dim, slices along it. nan equals nan. return_inverse: also where each
---element of x is among the results, as index in x's shape (with dim, one for
---each slice). return_counts: also how often each occurs, as i64.
---@param x mlrt.Tensor
---@param sorted? boolean
---@param return_inverse? boolean
---@param return_counts? boolean
---@param dim? integer
---@return mlrt.Tensor, mlrt.Tensor, mlrt.Tensor
function mlrt.unique(x, sorted, return_inverse, return_counts, dim) end

---The elements of x without repetitions, in order (whatever `sorted` says);
---with dim, slices along it. nan equals nan. return_inverse: also where each
---element of x is among the results, as index in x's shape (with dim, one for
---each slice). return_counts: also how often each occurs, as i64.
---@param sorted? boolean
---@param return_inverse? boolean
---@param return_counts? boolean
---@param dim? integer
---@return mlrt.Tensor, mlrt.Tensor, mlrt.Tensor
function Tensor:unique(sorted, return_inverse, return_counts, dim) end

---The elements of x, or with dim its slices, without those that equal the one
---before them. return_inverse: also where each element of x is among the
---results, as index in x's shape (with dim, one for each slice).
---return_counts: also how often each occurs, as i64.
---@param x mlrt.Tensor
---@param return_inverse? boolean
---@param return_counts? boolean
---@param dim? integer
---@return mlrt.Tensor, mlrt.Tensor, mlrt.Tensor
function mlrt.unique_consecutive(x, return_inverse, return_counts, dim) end

---The elements of x, or with dim its slices, without those that equal the one
---before them. return_inverse: also where each element of x is among the
---results, as index in x's shape (with dim, one for each slice).
---return_counts: also how often each occurs, as i64.
---@param return_inverse? boolean
---@param return_counts? boolean
---@param dim? integer
---@return mlrt.Tensor, mlrt.Tensor, mlrt.Tensor
function Tensor:unique_consecutive(return_inverse, return_counts, dim) end

---The position at which each value would be put into a sorted list to keep it
---sorted, as index: before elements that equal it, or with right behind them;
---one past the last if it is above all. sorted: (n), or (..., n) with a list
---for each row of values: (..., k). Both have one dtype.
---@param sorted mlrt.Tensor
---@param values mlrt.Tensor|number
---@param right? boolean
---@return mlrt.Tensor
function mlrt.searchsorted(sorted, values, right) end

---The position at which each value would be put into a sorted list to keep it
---sorted, as index: before elements that equal it, or with right behind them;
---one past the last if it is above all. sorted: (n), or (..., n) with a list
---for each row of values: (..., k). Both have one dtype.
---@param values mlrt.Tensor|number
---@param right? boolean
---@return mlrt.Tensor
function Tensor:searchsorted(values, right) end

---Which of the n + 1 parts that n sorted boundaries cut each x falls into, as
---index; a part includes its upper boundary, or with right its lower one.
---Both have one dtype.
---@param x mlrt.Tensor|number
---@param boundaries mlrt.Tensor
---@param right? boolean
---@return mlrt.Tensor
function mlrt.bucketize(x, boundaries, right) end

---Which of the n + 1 parts that n sorted boundaries cut each x falls into, as
---index; a part includes its upper boundary, or with right its lower one.
---Both have one dtype.
---@param boundaries mlrt.Tensor
---@param right? boolean
---@return mlrt.Tensor
function Tensor:bucketize(boundaries, right) end

---Whether each element of x is among the values, as bool; with invert,
---whether it is not. nan equals nan. Both have one dtype.
---@param x mlrt.Tensor
---@param values mlrt.Tensor
---@param invert? boolean
---@return mlrt.Tensor
function mlrt.isin(x, values, invert) end

---Whether each element of x is among the values, as bool; with invert,
---whether it is not. nan equals nan. Both have one dtype.
---@param values mlrt.Tensor
---@param invert? boolean
---@return mlrt.Tensor
function Tensor:isin(values, invert) end

---How many elements of x have each value 0, 1, ... (of an index: each
---position), as i64; at least minlength of them. x: index or integers that
---are not negative, of any shape. weights: f32 or f64 of x's shape, added up
---instead of 1. Memory grows with the largest value.
---@param x mlrt.Tensor
---@param weights? mlrt.Tensor
---@param minlength? integer
---@return mlrt.Tensor
function mlrt.bincount(x, weights, minlength) end

---How many elements of x have each value 0, 1, ... (of an index: each
---position), as i64; at least minlength of them. x: index or integers that
---are not negative, of any shape. weights: f32 or f64 of x's shape, added up
---instead of 1. Memory grows with the largest value.
---@param weights? mlrt.Tensor
---@param minlength? integer
---@return mlrt.Tensor
function Tensor:bincount(weights, minlength) end

---How many elements fall into each of `bins` equal parts of min to max (both
---0: the least to the largest element), in x's dtype. Elements outside, and
---nan, are not counted; the last part holds max. x: f32 or f64.
---@param x mlrt.Tensor
---@param bins? integer
---@param min? number
---@param max? number
---@return mlrt.Tensor
function mlrt.histc(x, bins, min, max) end

---How many elements fall into each of `bins` equal parts of min to max (both
---0: the least to the largest element), in x's dtype. Elements outside, and
---nan, are not counted; the last part holds max. x: f32 or f64.
---@param bins? integer
---@param min? number
---@param max? number
---@return mlrt.Tensor
function Tensor:histc(bins, min, max) end

---exp(x) divided by its sum along a dimension, without overflow. x: f32 or
---f64.
---@param x mlrt.Tensor
---@param dim? integer
---@return mlrt.Tensor
function mlrt.softmax(x, dim) end

---exp(x) divided by its sum along a dimension, without overflow. x: f32 or
---f64.
---@param dim? integer
---@return mlrt.Tensor
function Tensor:softmax(dim) end

---x less log(sum(exp(x))) along a dimension: the logarithm of `softmax`,
---exact where that would round to 0. x: f32 or f64.
---@param x mlrt.Tensor
---@param dim? integer
---@return mlrt.Tensor
function mlrt.log_softmax(x, dim) end

---x less log(sum(exp(x))) along a dimension: the logarithm of `softmax`,
---exact where that would round to 0. x: f32 or f64.
---@param dim? integer
---@return mlrt.Tensor
function Tensor:log_softmax(dim) end

---The tensors side by side: vectors one after the other, others along the
---second dimension.
---@param tensors mlrt.Tensor[]
---@return mlrt.Tensor
function mlrt.hstack(tensors) end

---The tensors one below the other, along the first dimension; a vector is a
---row.
---@param tensors mlrt.Tensor[]
---@return mlrt.Tensor
function mlrt.vstack(tensors) end

---The tensors behind each other, along the third dimension; a vector is (1,
---N, 1) and a matrix (M, N, 1).
---@param tensors mlrt.Tensor[]
---@return mlrt.Tensor
function mlrt.dstack(tensors) end

---The Kronecker product: every element of x times all of y. Sizes multiply,
---dimension by dimension; a missing one counts as 1. At most 4 dimensions.
---@param x mlrt.Tensor
---@param y mlrt.Tensor
---@return mlrt.Tensor
function mlrt.kron(x, y) end

---The Kronecker product: every element of x times all of y. Sizes multiply,
---dimension by dimension; a missing one counts as 1. At most 4 dimensions.
---@param y mlrt.Tensor
---@return mlrt.Tensor
function Tensor:kron(y) end

---The slices of x at the given positions along dim, in that order. index: 0
---or 1 dimensions.
---@param x mlrt.Tensor
---@param dim integer
---@param index mlrt.Tensor
---@return mlrt.Tensor
function mlrt.index_select(x, dim, index) end

---The slices of x at the given positions along dim, in that order. index: 0
---or 1 dimensions.
---@param dim integer
---@param index mlrt.Tensor
---@return mlrt.Tensor
function Tensor:index_select(dim, index) end

---x with the slices of source added at the given positions along dim; equal
---positions add up, in order. source: x's dtype, and x's shape with the
---length of index along dim.
---@param x mlrt.Tensor
---@param dim integer
---@param index mlrt.Tensor
---@param source mlrt.Tensor
---@return mlrt.Tensor
function mlrt.index_add(x, dim, index, source) end

---x with the slices of source added at the given positions along dim; equal
---positions add up, in order. source: x's dtype, and x's shape with the
---length of index along dim.
---@param dim integer
---@param index mlrt.Tensor
---@param source mlrt.Tensor
---@return mlrt.Tensor
function Tensor:index_add(dim, index, source) end

---x with the slices at the given positions along dim replaced by value, which
---broadcasts.
---@param x mlrt.Tensor
---@param dim integer
---@param index mlrt.Tensor
---@param value mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.index_fill(x, dim, index, value) end

---x with the slices at the given positions along dim replaced by value, which
---broadcasts.
---@param dim integer
---@param index mlrt.Tensor
---@param value mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:index_fill(dim, index, value) end

---x with the slices at the given positions along dim replaced by value, which
---broadcasts.
---@param dim integer
---@param index mlrt.Tensor
---@param value mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:index_fill_(dim, index, value) end

---Replaces the slices of x at the given positions along dim by value, which
---broadcasts: x[index] = value.
---@param x mlrt.Tensor
---@param dim integer
---@param index mlrt.Tensor
---@param value mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.index_assign_(x, dim, index, value) end

---Replaces the slices of x at the given positions along dim by value, which
---broadcasts: x[index] = value.
---@param dim integer
---@param index mlrt.Tensor
---@param value mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:index_assign_(dim, index, value) end

---Every slice of x along dim `repeats` times in a row; without dim, every
---element of x flattened.
---@param x mlrt.Tensor
---@param repeats integer
---@param dim? integer
---@return mlrt.Tensor
function mlrt.repeat_interleave(x, repeats, dim) end

---Every slice of x along dim `repeats` times in a row; without dim, every
---element of x flattened.
---@param repeats integer
---@param dim? integer
---@return mlrt.Tensor
function Tensor:repeat_interleave(repeats, dim) end

---The rows of weight (rows, width) at the given positions: shape of index
---with the width appended. none gives a row of zeros, and no gradient. Rows
---that are asked for and have a norm (the p-norm, p being norm_type) above
---max_norm are first scaled to it, in the weight itself, which no gradient
---knows of.
---@param weight mlrt.Tensor
---@param index mlrt.Tensor
---@param max_norm? number
---@param norm_type? number
---@return mlrt.Tensor
function mlrt.embedding(weight, index, max_norm, norm_type) end

---The rows of weight (rows, width) at the given positions: shape of index
---with the width appended. none gives a row of zeros, and no gradient. Rows
---that are asked for and have a norm (the p-norm, p being norm_type) above
---max_norm are first scaled to it, in the weight itself, which no gradient
---knows of.
---@param index mlrt.Tensor
---@param max_norm? number
---@param norm_type? number
---@return mlrt.Tensor
function Tensor:embedding(index, max_norm, norm_type) end

---x[index] * scale + shift, rows of the first dimension, in one pass: a batch
---of pixels as f32. x: u8 or f32 (gives f32), or f64 (gives f64).
---@param x mlrt.Tensor
---@param index mlrt.Tensor
---@param scale? number
---@param shift? number
---@return mlrt.Tensor
function mlrt.gather_rows(x, index, scale, shift) end

---x[index] * scale + shift, rows of the first dimension, in one pass: a batch
---of pixels as f32. x: u8 or f32 (gives f32), or f64 (gives f64).
---@param index mlrt.Tensor
---@param scale? number
---@param shift? number
---@return mlrt.Tensor
function Tensor:gather_rows(index, scale, shift) end

---i64 of index's shape with the classes appended: 1 at the class of each
---element, 0 elsewhere; none gives zeros only. classes: absent, as many as
---the largest class needs.
---@param index mlrt.Tensor
---@param classes? integer
---@return mlrt.Tensor
function mlrt.one_hot(index, classes) end

---i64 of index's shape with the classes appended: 1 at the class of each
---element, 0 elsewhere; none gives zeros only. classes: absent, as many as
---the largest class needs.
---@param classes? integer
---@return mlrt.Tensor
function Tensor:one_hot(classes) end

---y[i][j] = x[index[i][j]][j] for dim the first dimension, and likewise for
---others. index has as many dimensions as x and is nowhere larger, except
---along dim; y has its shape.
---@param x mlrt.Tensor
---@param dim integer
---@param index mlrt.Tensor
---@return mlrt.Tensor
function mlrt.gather(x, dim, index) end

---y[i][j] = x[index[i][j]][j] for dim the first dimension, and likewise for
---others. index has as many dimensions as x and is nowhere larger, except
---along dim; y has its shape.
---@param dim integer
---@param index mlrt.Tensor
---@return mlrt.Tensor
function Tensor:gather(dim, index) end

---x with y[index[i][j]][j] = source[i][j] for dim the first dimension, and
---likewise for others. source has x's dtype and index's shape. Of equal
---positions the last counts.
---@param x mlrt.Tensor
---@param dim integer
---@param index mlrt.Tensor
---@param source mlrt.Tensor
---@return mlrt.Tensor
function mlrt.scatter(x, dim, index, source) end

---x with y[index[i][j]][j] = source[i][j] for dim the first dimension, and
---likewise for others. source has x's dtype and index's shape. Of equal
---positions the last counts.
---@param dim integer
---@param index mlrt.Tensor
---@param source mlrt.Tensor
---@return mlrt.Tensor
function Tensor:scatter(dim, index, source) end

---x with y[index[i][j]][j] = source[i][j] for dim the first dimension, and
---likewise for others. source has x's dtype and index's shape. Of equal
---positions the last counts.
---@param dim integer
---@param index mlrt.Tensor
---@param source mlrt.Tensor
---@return mlrt.Tensor
function Tensor:scatter_(dim, index, source) end

---x with y[index[i][j]][j] += source[i][j] for dim the first dimension, and
---likewise for others; equal positions add up, in order. source has x's dtype
---and index's shape.
---@param x mlrt.Tensor
---@param dim integer
---@param index mlrt.Tensor
---@param source mlrt.Tensor
---@return mlrt.Tensor
function mlrt.scatter_add(x, dim, index, source) end

---x with y[index[i][j]][j] += source[i][j] for dim the first dimension, and
---likewise for others; equal positions add up, in order. source has x's dtype
---and index's shape.
---@param dim integer
---@param index mlrt.Tensor
---@param source mlrt.Tensor
---@return mlrt.Tensor
function Tensor:scatter_add(dim, index, source) end

---x with y[index[i][j]][j] += source[i][j] for dim the first dimension, and
---likewise for others; equal positions add up, in order. source has x's dtype
---and index's shape.
---@param dim integer
---@param index mlrt.Tensor
---@param source mlrt.Tensor
---@return mlrt.Tensor
function Tensor:scatter_add_(dim, index, source) end

---The elements of x at the positions of index along dim, where x and index
---broadcast to each other in the other dimensions: what argsort and argmax
---with keepdim give. Without dim, elements of x flattened, as a list.
---@param x mlrt.Tensor
---@param index mlrt.Tensor
---@param dim? integer
---@return mlrt.Tensor
function mlrt.take_along_dim(x, index, dim) end

---The elements of x at the positions of index along dim, where x and index
---broadcast to each other in the other dimensions: what argsort and argmax
---with keepdim give. Without dim, elements of x flattened, as a list.
---@param index mlrt.Tensor
---@param dim? integer
---@return mlrt.Tensor
function Tensor:take_along_dim(index, dim) end

---The positions of the elements that are not zero, in order: index of shape
---(count, dimensions of x).
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.nonzero(x) end

---The positions of the elements that are not zero, in order: index of shape
---(count, dimensions of x).
---@return mlrt.Tensor
function Tensor:nonzero() end

---x[mask]: the parts of x at the places of its first dimensions where mask is
---true, of shape (count, remaining dimensions). mask is shaped as x's first
---dimensions.
---@param x mlrt.Tensor
---@param mask mlrt.Tensor
---@return mlrt.Tensor
function mlrt.mask_rows(x, mask) end

---x[mask]: the parts of x at the places of its first dimensions where mask is
---true, of shape (count, remaining dimensions). mask is shaped as x's first
---dimensions.
---@param mask mlrt.Tensor
---@return mlrt.Tensor
function Tensor:mask_rows(mask) end

---The elements of x where mask is true, in one dimension. The two broadcast.
---@param x mlrt.Tensor
---@param mask mlrt.Tensor
---@return mlrt.Tensor
function mlrt.masked_select(x, mask) end

---The elements of x where mask is true, in one dimension. The two broadcast.
---@param mask mlrt.Tensor
---@return mlrt.Tensor
function Tensor:masked_select(mask) end

---x with value, a number or a 0-d tensor of x's dtype, where mask is true. x
---and mask broadcast.
---@param x mlrt.Tensor
---@param mask mlrt.Tensor
---@param value mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.masked_fill(x, mask, value) end

---x with value, a number or a 0-d tensor of x's dtype, where mask is true. x
---and mask broadcast.
---@param mask mlrt.Tensor
---@param value mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:masked_fill(mask, value) end

---x with value, a number or a 0-d tensor of x's dtype, where mask is true. x
---and mask broadcast.
---@param mask mlrt.Tensor
---@param value mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:masked_fill_(mask, value) end

---x[mask] = value: replaces the parts of x that mask_rows gives by value,
---which broadcasts to their shape.
---@param x mlrt.Tensor
---@param mask mlrt.Tensor
---@param value mlrt.Tensor|number
---@return mlrt.Tensor
function mlrt.masked_assign_(x, mask, value) end

---x[mask] = value: replaces the parts of x that mask_rows gives by value,
---which broadcasts to their shape.
---@param mask mlrt.Tensor
---@param value mlrt.Tensor|number
---@return mlrt.Tensor
function Tensor:masked_assign_(mask, value) end

---Product of matrices: (..., m, k) x (..., k, n) -> (..., m, n). The leading
---dimensions broadcast. A vector counts as a row on the left and as a column
---on the right, and its 1 is left out of the result; two vectors give a 0-d
---tensor. An empty sum is 0. Integers wrap.
---@param a mlrt.Tensor
---@param b mlrt.Tensor
---@return mlrt.Tensor
function mlrt.matmul(a, b) end

---Product of matrices: (..., m, k) x (..., k, n) -> (..., m, n). The leading
---dimensions broadcast. A vector counts as a row on the left and as a column
---on the right, and its 1 is left out of the result; two vectors give a 0-d
---tensor. An empty sum is 0. Integers wrap.
---@param b mlrt.Tensor
---@return mlrt.Tensor
function Tensor:matmul(b) end

---Product of two matrices: (m, k) x (k, n) -> (m, n).
---@param a mlrt.Tensor
---@param b mlrt.Tensor
---@return mlrt.Tensor
function mlrt.mm(a, b) end

---Product of two matrices: (m, k) x (k, n) -> (m, n).
---@param b mlrt.Tensor
---@return mlrt.Tensor
function Tensor:mm(b) end

---Products of two batches of matrices: (batch, m, k) x (batch, k, n) ->
---(batch, m, n).
---@param a mlrt.Tensor
---@param b mlrt.Tensor
---@return mlrt.Tensor
function mlrt.bmm(a, b) end

---Products of two batches of matrices: (batch, m, k) x (batch, k, n) ->
---(batch, m, n).
---@param b mlrt.Tensor
---@return mlrt.Tensor
function Tensor:bmm(b) end

---Product of a matrix and a vector: (m, k) x (k) -> (m).
---@param a mlrt.Tensor
---@param b mlrt.Tensor
---@return mlrt.Tensor
function mlrt.mv(a, b) end

---Product of a matrix and a vector: (m, k) x (k) -> (m).
---@param b mlrt.Tensor
---@return mlrt.Tensor
function Tensor:mv(b) end

---Sum of the products of two vectors' elements: (k) x (k) -> ().
---@param a mlrt.Tensor
---@param b mlrt.Tensor
---@return mlrt.Tensor
function mlrt.dot(a, b) end

---Sum of the products of two vectors' elements: (k) x (k) -> ().
---@param b mlrt.Tensor
---@return mlrt.Tensor
function Tensor:dot(b) end

---All products of two vectors' elements: (m) x (n) -> (m, n).
---@param a mlrt.Tensor
---@param b mlrt.Tensor
---@return mlrt.Tensor
function mlrt.outer(a, b) end

---All products of two vectors' elements: (m) x (n) -> (m, n).
---@param b mlrt.Tensor
---@return mlrt.Tensor
function Tensor:outer(b) end

---beta * input + alpha * (a b) for matrices a: (m, k) and b: (k, n); the
---input broadcasts to (m, n), and is not read when beta is 0.
---@param input mlrt.Tensor
---@param a mlrt.Tensor
---@param b mlrt.Tensor
---@param beta? number
---@param alpha? number
---@return mlrt.Tensor
function mlrt.addmm(input, a, b, beta, alpha) end

---beta * input + alpha * (a b) for matrices a: (m, k) and b: (k, n); the
---input broadcasts to (m, n), and is not read when beta is 0.
---@param a mlrt.Tensor
---@param b mlrt.Tensor
---@param beta? number
---@param alpha? number
---@return mlrt.Tensor
function Tensor:addmm(a, b, beta, alpha) end

---beta * input + alpha * (a b) for batches a: (batch, m, k) and b: (batch, k,
---n); the input broadcasts to (batch, m, n), and is not read when beta is 0.
---@param input mlrt.Tensor
---@param a mlrt.Tensor
---@param b mlrt.Tensor
---@param beta? number
---@param alpha? number
---@return mlrt.Tensor
function mlrt.baddbmm(input, a, b, beta, alpha) end

---beta * input + alpha * (a b) for batches a: (batch, m, k) and b: (batch, k,
---n); the input broadcasts to (batch, m, n), and is not read when beta is 0.
---@param a mlrt.Tensor
---@param b mlrt.Tensor
---@param beta? number
---@param alpha? number
---@return mlrt.Tensor
function Tensor:baddbmm(a, b, beta, alpha) end

---x W^T + bias for x: (..., in), weight: (out, in), bias: (out) -> (...,
---out).
---@param x mlrt.Tensor
---@param weight mlrt.Tensor
---@param bias? mlrt.Tensor
---@return mlrt.Tensor
function mlrt.linear(x, weight, bias) end

---x W^T + bias for x: (..., in), weight: (out, in), bias: (out) -> (...,
---out).
---@param weight mlrt.Tensor
---@param bias? mlrt.Tensor
---@return mlrt.Tensor
function Tensor:linear(weight, bias) end

---Sum of products after Einstein: in "ij,jk->ik" each letter, a to z or A to
---Z, names a dimension of the operands, given as a list or one by one.
---Products are summed over the letters that the output lacks. A letter
---repeated in one operand takes the diagonal. '...' stands for dimensions
---without letters, which broadcast, as sizes of 1 do. Without '->' the output
---has what '...' stands for, then the letters that occur once, A to Z before
---a to z. Contracted from left to right; intermediate results may have 8
---dimensions.
---@param equation string
---@param tensors mlrt.Tensor[]
---@return mlrt.Tensor
function mlrt.einsum(equation, tensors) end

---x such that a x = b, for square a: (..., n, n) and b: (..., n, k), or
---vectors b: (n) or (..., n) with the batch dimensions of a. Others
---broadcast. Without `left` x a = b, for matrices b: (..., k, n). By LU
---factors with partial pivoting (LAPACK's getrf).
---@param a mlrt.Tensor
---@param b mlrt.Tensor
---@param left? boolean
---@return mlrt.Tensor
function mlrt.solve(a, b, left) end

---x such that a x = b, for square a: (..., n, n) and b: (..., n, k), or
---vectors b: (n) or (..., n) with the batch dimensions of a. Others
---broadcast. Without `left` x a = b, for matrices b: (..., k, n). By LU
---factors with partial pivoting (LAPACK's getrf).
---@param b mlrt.Tensor
---@param left? boolean
---@return mlrt.Tensor
function Tensor:solve(b, left) end

---Inverse of square matrices x: (..., n, n). To solve a system use `solve`,
---which is faster and more exact.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.inv(x) end

---Inverse of square matrices x: (..., n, n). To solve a system use `solve`,
---which is faster and more exact.
---@return mlrt.Tensor
function Tensor:inv() end

---x such that a x = b (x a = b unless `left`), where a: (..., n, n) is
---triangular: only its upper, or lower, triangle is read, and not its
---diagonal, taken as ones, if `unitriangular`. b: (..., n, k) (else (..., k,
---n)). Batches broadcast.
---@param a mlrt.Tensor
---@param b mlrt.Tensor
---@param upper boolean
---@param left? boolean
---@param unitriangular? boolean
---@return mlrt.Tensor
function mlrt.solve_triangular(a, b, upper, left, unitriangular) end

---x such that a x = b (x a = b unless `left`), where a: (..., n, n) is
---triangular: only its upper, or lower, triangle is read, and not its
---diagonal, taken as ones, if `unitriangular`. b: (..., n, k) (else (..., k,
---n)). Batches broadcast.
---@param b mlrt.Tensor
---@param upper boolean
---@param left? boolean
---@param unitriangular? boolean
---@return mlrt.Tensor
function Tensor:solve_triangular(b, upper, left, unitriangular) end

---solve_triangular under its older name and order: x such that a x = b, or
---a^T x = b with transpose, and a itself.
---@param b mlrt.Tensor
---@param a mlrt.Tensor
---@param upper? boolean
---@param transpose? boolean
---@param unitriangular? boolean
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.triangular_solve(b, a, upper, transpose, unitriangular) end

---solve_triangular under its older name and order: x such that a x = b, or
---a^T x = b with transpose, and a itself.
---@param a mlrt.Tensor
---@param upper? boolean
---@param transpose? boolean
---@param unitriangular? boolean
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:triangular_solve(a, upper, transpose, unitriangular) end

---Determinants of square matrices x: (..., n, n) -> (...). For the logarithm
---use `slogdet`, which does not overflow.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.det(x) end

---Determinants of square matrices x: (..., n, n) -> (...). For the logarithm
---use `slogdet`, which does not overflow.
---@return mlrt.Tensor
function Tensor:det() end

---Sign (0 for a singular matrix) and natural logarithm of the magnitude (then
----inf) of the determinants of x: (..., n, n).
---@param x mlrt.Tensor
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.slogdet(x) end

---Sign (0 for a singular matrix) and natural logarithm of the magnitude (then
----inf) of the determinants of x: (..., n, n).
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:slogdet() end

---QR factors of matrices x: (..., m, n): q (..., m, k) has orthonormal
---columns, r (..., k, n) is upper triangular, x = q r; k is the smaller of m
---and n. "complete": q (..., m, m) and r (..., m, n); "r": r alone, q is
---empty; the gradient is that of "reduced", and of "complete" where both are
---the same. Signs are as Householder's reflections leave them (LAPACK's
---geqrf).
---@param x mlrt.Tensor
---@param mode? string
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.qr(x, mode) end

---QR factors of matrices x: (..., m, n): q (..., m, k) has orthonormal
---columns, r (..., k, n) is upper triangular, x = q r; k is the smaller of m
---and n. "complete": q (..., m, m) and r (..., m, n); "r": r alone, q is
---empty; the gradient is that of "reduced", and of "complete" where both are
---the same. Signs are as Householder's reflections leave them (LAPACK's
---geqrf).
---@param mode? string
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:qr(mode) end

---The x with the smallest |a x - b|, and the smallest |x| of those, for a:
---(..., m, n) and b: (..., m, k) or (..., m); the rank of a, i64; the sum of
---squares of each column of a x - b: (..., k) or (...), empty unless m > n
---and all ranks are n; and the singular values of a, the largest first. Those
---up to rcond times the largest count as zero; by default rcond is the larger
---side times the precision of the dtype (LAPACK's gelsd).
---@param a mlrt.Tensor
---@param b mlrt.Tensor
---@param rcond? number
---@return mlrt.Tensor, mlrt.Tensor, mlrt.Tensor, mlrt.Tensor
function mlrt.lstsq(a, b, rcond) end

---The x with the smallest |a x - b|, and the smallest |x| of those, for a:
---(..., m, n) and b: (..., m, k) or (..., m); the rank of a, i64; the sum of
---squares of each column of a x - b: (..., k) or (...), empty unless m > n
---and all ranks are n; and the singular values of a, the largest first. Those
---up to rcond times the largest count as zero; by default rcond is the larger
---side times the precision of the dtype (LAPACK's gelsd).
---@param b mlrt.Tensor
---@param rcond? number
---@return mlrt.Tensor, mlrt.Tensor, mlrt.Tensor, mlrt.Tensor
function Tensor:lstsq(b, rcond) end

---Singular value decomposition x = u diag(s) vh of matrices x: (..., m, n): u
---(..., m, k) and vh (..., k, n) have orthonormal columns and rows, s (...,
---k) falls and is not negative; k is the smaller of m and n. full_matrices
---completes u to (..., m, m) and vh to (..., n, n). The gradient is not
---defined where singular values are equal (LAPACK's gesdd; Townsend 2016).
---@param x mlrt.Tensor
---@param full_matrices? boolean
---@return mlrt.Tensor, mlrt.Tensor, mlrt.Tensor
function mlrt.svd(x, full_matrices) end

---Singular value decomposition x = u diag(s) vh of matrices x: (..., m, n): u
---(..., m, k) and vh (..., k, n) have orthonormal columns and rows, s (...,
---k) falls and is not negative; k is the smaller of m and n. full_matrices
---completes u to (..., m, m) and vh to (..., n, n). The gradient is not
---defined where singular values are equal (LAPACK's gesdd; Townsend 2016).
---@param full_matrices? boolean
---@return mlrt.Tensor, mlrt.Tensor, mlrt.Tensor
function Tensor:svd(full_matrices) end

---The singular values of matrices x: (..., m, n), the largest first: (...,
---k), k being the smaller of m and n.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.svdvals(x) end

---The singular values of matrices x: (..., m, n), the largest first: (...,
---k), k being the smaller of m and n.
---@return mlrt.Tensor
function Tensor:svdvals() end

---Eigenvalues (..., n), rising, and eigenvectors, the columns of (..., n, n),
---of symmetric matrices x: (..., n, n), taken as (x + x^T) / 2. The gradient
---of the vectors is not defined where values are equal (LAPACK's syevd).
---@param x mlrt.Tensor
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.eigh(x) end

---Eigenvalues (..., n), rising, and eigenvectors, the columns of (..., n, n),
---of symmetric matrices x: (..., n, n), taken as (x + x^T) / 2. The gradient
---of the vectors is not defined where values are equal (LAPACK's syevd).
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:eigh() end

---Eigenvalues (..., n), rising, of symmetric matrices x: (..., n, n), taken
---as (x + x^T) / 2.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.eigvalsh(x) end

---Eigenvalues (..., n), rising, of symmetric matrices x: (..., n, n), taken
---as (x + x^T) / 2.
---@return mlrt.Tensor
function Tensor:eigvalsh() end

---Cholesky's factor of positive definite matrices x: (..., n, n), taken as (x
---+ x^T) / 2: the lower triangular l with x = l l^T, or the upper one with x
---= l^T l.
---@param x mlrt.Tensor
---@param upper? boolean
---@return mlrt.Tensor
function mlrt.cholesky(x, upper) end

---Cholesky's factor of positive definite matrices x: (..., n, n), taken as (x
---+ x^T) / 2: the lower triangular l with x = l l^T, or the upper one with x
---= l^T l.
---@param upper? boolean
---@return mlrt.Tensor
function Tensor:cholesky(upper) end

---x such that a x = b, from the factor l of a = l l^T (or l^T l) that
---`cholesky` gave; b: (..., n, k).
---@param b mlrt.Tensor
---@param l mlrt.Tensor
---@param upper? boolean
---@return mlrt.Tensor
function mlrt.cholesky_solve(b, l, upper) end

---x such that a x = b, from the factor l of a = l l^T (or l^T l) that
---`cholesky` gave; b: (..., n, k).
---@param l mlrt.Tensor
---@param upper? boolean
---@return mlrt.Tensor
function Tensor:cholesky_solve(l, upper) end

---Norms of matrices x: (..., m, n) -> (...). fro: the root of the sum of
---squares; nuc: the sum of the singular values; spectral: the largest one;
---inf: the largest sum of magnitudes of a row; one: of a column. Or by its
---number p: 2, inf, 1 are these, -2, -inf and -1 have the smallest in place
---of the largest.
---@param x mlrt.Tensor
---@param ord? string
---@param keepdim? boolean
---@param p? number
---@return mlrt.Tensor
function mlrt.matrix_norm(x, ord, keepdim, p) end

---Norms of matrices x: (..., m, n) -> (...). fro: the root of the sum of
---squares; nuc: the sum of the singular values; spectral: the largest one;
---inf: the largest sum of magnitudes of a row; one: of a column. Or by its
---number p: 2, inf, 1 are these, -2, -inf and -1 have the smallest in place
---of the largest.
---@param ord? string
---@param keepdim? boolean
---@param p? number
---@return mlrt.Tensor
function Tensor:matrix_norm(ord, keepdim, p) end

---Condition numbers of matrices x: (..., m, n) -> (...): the largest singular
---value by the smallest; for another norm that of x times that of its
---inverse. For the norms see matrix_norm; p = -2 is the smallest singular
---value by the largest.
---@param x mlrt.Tensor
---@param ord? string
---@param p? number
---@return mlrt.Tensor
function mlrt.cond(x, ord, p) end

---Condition numbers of matrices x: (..., m, n) -> (...): the largest singular
---value by the smallest; for another norm that of x times that of its
---inverse. For the norms see matrix_norm; p = -2 is the smallest singular
---value by the largest.
---@param ord? string
---@param p? number
---@return mlrt.Tensor
function Tensor:cond(ord, p) end

---How many singular values of matrices x: (..., m, n) are larger than rtol
---(rcond is the same) times the largest and than atol, i64: (...). By default
---rtol is the larger side times the precision of the dtype, or 0 beside an
---atol. hermitian: of symmetric matrices, by their eigenvalues.
---@param x mlrt.Tensor
---@param rcond? number
---@param atol? number
---@param rtol? number
---@param hermitian? boolean
---@return mlrt.Tensor
function mlrt.matrix_rank(x, rcond, atol, rtol, hermitian) end

---How many singular values of matrices x: (..., m, n) are larger than rtol
---(rcond is the same) times the largest and than atol, i64: (...). By default
---rtol is the larger side times the precision of the dtype, or 0 beside an
---atol. hermitian: of symmetric matrices, by their eigenvalues.
---@param rcond? number
---@param atol? number
---@param rtol? number
---@param hermitian? boolean
---@return mlrt.Tensor
function Tensor:matrix_rank(rcond, atol, rtol, hermitian) end

---Moore-Penrose pseudoinverse of matrices x: (..., m, n) -> (..., n, m).
---Singular values up to rtol (rcond is the same) times the largest, or up to
---atol, count as zero; by default rtol is the larger side times the precision
---of the dtype, or 0 beside an atol. hermitian: of symmetric matrices, (x +
---x^T) / 2.
---@param x mlrt.Tensor
---@param rcond? number
---@param atol? number
---@param rtol? number
---@param hermitian? boolean
---@return mlrt.Tensor
function mlrt.pinv(x, rcond, atol, rtol, hermitian) end

---Moore-Penrose pseudoinverse of matrices x: (..., m, n) -> (..., n, m).
---Singular values up to rtol (rcond is the same) times the largest, or up to
---atol, count as zero; by default rtol is the larger side times the precision
---of the dtype, or 0 beside an atol. hermitian: of symmetric matrices, (x +
---x^T) / 2.
---@param rcond? number
---@param atol? number
---@param rtol? number
---@param hermitian? boolean
---@return mlrt.Tensor
function Tensor:pinv(rcond, atol, rtol, hermitian) end

---Natural logarithm of the determinants of x: (..., n, n) -> (...): nan where
---one is below 0, -inf where it is 0.
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.logdet(x) end

---Natural logarithm of the determinants of x: (..., n, n) -> (...): nan where
---one is below 0, -inf where it is 0.
---@return mlrt.Tensor
function Tensor:logdet() end

---The product of n times the square matrix x: (..., k, k); the identity for
---0, powers of the inverse for n < 0.
---@param x mlrt.Tensor
---@param n integer
---@return mlrt.Tensor
function mlrt.matrix_power(x, n) end

---The product of n times the square matrix x: (..., k, k); the identity for
---0, powers of the inverse for n < 0.
---@param n integer
---@return mlrt.Tensor
function Tensor:matrix_power(n) end

---Sum of the diagonal of matrices x: (..., m, n) -> (...).
---@param x mlrt.Tensor
---@return mlrt.Tensor
function mlrt.trace(x) end

---Sum of the diagonal of matrices x: (..., m, n) -> (...).
---@return mlrt.Tensor
function Tensor:trace() end

---Convolution (cross-correlation) of images. x: (N, C, H, W) or (C, H, W),
---f32 or f64; weight: (O, C / groups, KH, KW); bias: (O). y: (N, O, OH, OW)
---with OH = (H + 2 padding - dilation (KH - 1) - 1) / stride + 1, rounded
---down; x counts as 0 in the padding. "valid" is none, "same" as much as
---makes OH = H and OW = W at stride 1, an odd one more behind. Output channel
---o is the bias plus the sum over the C / groups channels of its group and
---over the kernel. Goodfellow, Bengio, Courville 2016, chapter 9.
---@param x mlrt.Tensor
---@param weight mlrt.Tensor
---@param bias? mlrt.Tensor
---@param stride? integer|integer[]
---@param padding? integer|integer[]|string
---@param dilation? integer|integer[]
---@param groups? integer
---@return mlrt.Tensor
function mlrt.conv2d(x, weight, bias, stride, padding, dilation, groups) end

---Convolution (cross-correlation) of images. x: (N, C, H, W) or (C, H, W),
---f32 or f64; weight: (O, C / groups, KH, KW); bias: (O). y: (N, O, OH, OW)
---with OH = (H + 2 padding - dilation (KH - 1) - 1) / stride + 1, rounded
---down; x counts as 0 in the padding. "valid" is none, "same" as much as
---makes OH = H and OW = W at stride 1, an odd one more behind. Output channel
---o is the bias plus the sum over the C / groups channels of its group and
---over the kernel. Goodfellow, Bengio, Courville 2016, chapter 9.
---@param weight mlrt.Tensor
---@param bias? mlrt.Tensor
---@param stride? integer|integer[]
---@param padding? integer|integer[]|string
---@param dilation? integer|integer[]
---@param groups? integer
---@return mlrt.Tensor
function Tensor:conv2d(weight, bias, stride, padding, dilation, groups) end

---Convolution (cross-correlation) of lines. x: (N, C, L) or (C, L), f32 or
---f64; weight: (O, C / groups, K); bias: (O). y: (N, O, (L + 2 padding -
---dilation (K - 1) - 1) / stride + 1, rounded down); "valid" is no padding,
---"same" as much as keeps the size; see conv2d.
---@param x mlrt.Tensor
---@param weight mlrt.Tensor
---@param bias? mlrt.Tensor
---@param stride? integer
---@param padding? integer|string
---@param dilation? integer
---@param groups? integer
---@return mlrt.Tensor
function mlrt.conv1d(x, weight, bias, stride, padding, dilation, groups) end

---Convolution (cross-correlation) of lines. x: (N, C, L) or (C, L), f32 or
---f64; weight: (O, C / groups, K); bias: (O). y: (N, O, (L + 2 padding -
---dilation (K - 1) - 1) / stride + 1, rounded down); "valid" is no padding,
---"same" as much as keeps the size; see conv2d.
---@param weight mlrt.Tensor
---@param bias? mlrt.Tensor
---@param stride? integer
---@param padding? integer|string
---@param dilation? integer
---@param groups? integer
---@return mlrt.Tensor
function Tensor:conv1d(weight, bias, stride, padding, dilation, groups) end

---Transposed convolution: the gradient of conv2d by its input. x: (N, C, H,
---W) or (C, H, W), f32 or f64; weight: (C, O / groups, KH, KW); bias: (O). y:
---(N, O, OH, OW) with OH = (H - 1) stride - 2 padding + dilation (KH - 1) +
---output_padding + 1. Zeiler et al. 2010.
---@param x mlrt.Tensor
---@param weight mlrt.Tensor
---@param bias? mlrt.Tensor
---@param stride? integer|integer[]
---@param padding? integer|integer[]
---@param output_padding? integer|integer[]
---@param groups? integer
---@param dilation? integer|integer[]
---@return mlrt.Tensor
function mlrt.conv_transpose2d(x, weight, bias, stride, padding, output_padding, groups, dilation) end

---Transposed convolution: the gradient of conv2d by its input. x: (N, C, H,
---W) or (C, H, W), f32 or f64; weight: (C, O / groups, KH, KW); bias: (O). y:
---(N, O, OH, OW) with OH = (H - 1) stride - 2 padding + dilation (KH - 1) +
---output_padding + 1. Zeiler et al. 2010.
---@param weight mlrt.Tensor
---@param bias? mlrt.Tensor
---@param stride? integer|integer[]
---@param padding? integer|integer[]
---@param output_padding? integer|integer[]
---@param groups? integer
---@param dilation? integer|integer[]
---@return mlrt.Tensor
function Tensor:conv_transpose2d(weight, bias, stride, padding, output_padding, groups, dilation) end

---Transposed convolution of lines: the gradient of conv1d by its input. x:
---(N, C, L) or (C, L), f32 or f64; weight: (C, O / groups, K); bias: (O). y:
---(N, O, (L - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1).
---@param x mlrt.Tensor
---@param weight mlrt.Tensor
---@param bias? mlrt.Tensor
---@param stride? integer
---@param padding? integer
---@param output_padding? integer
---@param groups? integer
---@param dilation? integer
---@return mlrt.Tensor
function mlrt.conv_transpose1d(x, weight, bias, stride, padding, output_padding, groups, dilation) end

---Transposed convolution of lines: the gradient of conv1d by its input. x:
---(N, C, L) or (C, L), f32 or f64; weight: (C, O / groups, K); bias: (O). y:
---(N, O, (L - 1) stride - 2 padding + dilation (K - 1) + output_padding + 1).
---@param weight mlrt.Tensor
---@param bias? mlrt.Tensor
---@param stride? integer
---@param padding? integer
---@param output_padding? integer
---@param groups? integer
---@param dilation? integer
---@return mlrt.Tensor
function Tensor:conv_transpose1d(weight, bias, stride, padding, output_padding, groups, dilation) end

---The largest value in each window. x: (N, C, H, W) or (C, H, W), f32 or f64.
---OH = (H + 2 padding - dilation (KH - 1) - 1) / stride + 1, rounded down, or
---up by ceil_mode if the last window begins inside; stride is kernel_size
---unless given, padding at most half of the window. A window that holds NaN
---gives NaN; of equal values the first gets the gradient. With return_indices
---also where each came from: positions, as index, in the plane flattened;
---max_unpool2d takes them.
---@param x mlrt.Tensor
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[]
---@param dilation? integer|integer[]
---@param ceil_mode? boolean
---@param return_indices? boolean
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.max_pool2d(x, kernel_size, stride, padding, dilation, ceil_mode, return_indices) end

---The largest value in each window. x: (N, C, H, W) or (C, H, W), f32 or f64.
---OH = (H + 2 padding - dilation (KH - 1) - 1) / stride + 1, rounded down, or
---up by ceil_mode if the last window begins inside; stride is kernel_size
---unless given, padding at most half of the window. A window that holds NaN
---gives NaN; of equal values the first gets the gradient. With return_indices
---also where each came from: positions, as index, in the plane flattened;
---max_unpool2d takes them.
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[]
---@param dilation? integer|integer[]
---@param ceil_mode? boolean
---@param return_indices? boolean
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:max_pool2d(kernel_size, stride, padding, dilation, ceil_mode, return_indices) end

---The mean of each window. x: (N, C, H, W) or (C, H, W), f32 or f64. OH = (H
---+ 2 padding - dilation (KH - 1) - 1) / stride + 1, rounded down, or up by
---ceil_mode if the last window begins inside; stride is kernel_size unless
---given, padding at most half of the window. The padding counts as zeros, or
---not at all without count_include_pad. The sum is divided by
---divisor_override, if given, whatever the window holds.
---@param x mlrt.Tensor
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[]
---@param ceil_mode? boolean
---@param count_include_pad? boolean
---@param divisor_override? integer
---@return mlrt.Tensor
function mlrt.avg_pool2d(x, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override) end

---The mean of each window. x: (N, C, H, W) or (C, H, W), f32 or f64. OH = (H
---+ 2 padding - dilation (KH - 1) - 1) / stride + 1, rounded down, or up by
---ceil_mode if the last window begins inside; stride is kernel_size unless
---given, padding at most half of the window. The padding counts as zeros, or
---not at all without count_include_pad. The sum is divided by
---divisor_override, if given, whatever the window holds.
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[]
---@param ceil_mode? boolean
---@param count_include_pad? boolean
---@param divisor_override? integer
---@return mlrt.Tensor
function Tensor:avg_pool2d(kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override) end

---The mean of windows that cut each plane into output_size. x: (N, C, H, W)
---or (C, H, W), f32 or f64. Window i of OH goes from i H / OH, rounded down,
---to (i + 1) H / OH, rounded up.
---@param x mlrt.Tensor
---@param output_size integer|integer[]
---@return mlrt.Tensor
function mlrt.adaptive_avg_pool2d(x, output_size) end

---The mean of windows that cut each plane into output_size. x: (N, C, H, W)
---or (C, H, W), f32 or f64. Window i of OH goes from i H / OH, rounded down,
---to (i + 1) H / OH, rounded up.
---@param output_size integer|integer[]
---@return mlrt.Tensor
function Tensor:adaptive_avg_pool2d(output_size) end

---The largest value of windows that cut each plane into output_size. x: (N,
---C, H, W) or (C, H, W), f32 or f64. Window i of OH goes from i H / OH,
---rounded down, to (i + 1) H / OH, rounded up. With return_indices also where
---each came from: positions, as index, in the plane flattened; max_unpool2d
---takes them.
---@param x mlrt.Tensor
---@param output_size integer|integer[]
---@param return_indices? boolean
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.adaptive_max_pool2d(x, output_size, return_indices) end

---The largest value of windows that cut each plane into output_size. x: (N,
---C, H, W) or (C, H, W), f32 or f64. Window i of OH goes from i H / OH,
---rounded down, to (i + 1) H / OH, rounded up. With return_indices also where
---each came from: positions, as index, in the plane flattened; max_unpool2d
---takes them.
---@param output_size integer|integer[]
---@param return_indices? boolean
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:adaptive_max_pool2d(output_size, return_indices) end

---The largest value in each window of lines. x: (N, C, L) or (C, L), f32 or
---f64. See max_pool2d.
---@param x mlrt.Tensor
---@param kernel_size integer
---@param stride? integer
---@param padding? integer
---@param dilation? integer
---@param ceil_mode? boolean
---@param return_indices? boolean
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.max_pool1d(x, kernel_size, stride, padding, dilation, ceil_mode, return_indices) end

---The largest value in each window of lines. x: (N, C, L) or (C, L), f32 or
---f64. See max_pool2d.
---@param kernel_size integer
---@param stride? integer
---@param padding? integer
---@param dilation? integer
---@param ceil_mode? boolean
---@param return_indices? boolean
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:max_pool1d(kernel_size, stride, padding, dilation, ceil_mode, return_indices) end

---The mean of each window of lines. x: (N, C, L) or (C, L), f32 or f64. See
---avg_pool2d.
---@param x mlrt.Tensor
---@param kernel_size integer
---@param stride? integer
---@param padding? integer
---@param ceil_mode? boolean
---@param count_include_pad? boolean
---@return mlrt.Tensor
function mlrt.avg_pool1d(x, kernel_size, stride, padding, ceil_mode, count_include_pad) end

---The mean of each window of lines. x: (N, C, L) or (C, L), f32 or f64. See
---avg_pool2d.
---@param kernel_size integer
---@param stride? integer
---@param padding? integer
---@param ceil_mode? boolean
---@param count_include_pad? boolean
---@return mlrt.Tensor
function Tensor:avg_pool1d(kernel_size, stride, padding, ceil_mode, count_include_pad) end

---The mean of windows that cut each line into output_size. x: (N, C, L) or
---(C, L), f32 or f64. See adaptive_avg_pool2d.
---@param x mlrt.Tensor
---@param output_size integer
---@return mlrt.Tensor
function mlrt.adaptive_avg_pool1d(x, output_size) end

---The mean of windows that cut each line into output_size. x: (N, C, L) or
---(C, L), f32 or f64. See adaptive_avg_pool2d.
---@param output_size integer
---@return mlrt.Tensor
function Tensor:adaptive_avg_pool1d(output_size) end

---The largest value of windows that cut each line into output_size. x: (N, C,
---L) or (C, L), f32 or f64. See adaptive_max_pool2d.
---@param x mlrt.Tensor
---@param output_size integer
---@param return_indices? boolean
---@return mlrt.Tensor, mlrt.Tensor
function mlrt.adaptive_max_pool1d(x, output_size, return_indices) end

---The largest value of windows that cut each line into output_size. x: (N, C,
---L) or (C, L), f32 or f64. See adaptive_max_pool2d.
---@param output_size integer
---@param return_indices? boolean
---@return mlrt.Tensor, mlrt.Tensor
function Tensor:adaptive_max_pool1d(output_size, return_indices) end

---Zeros, and the values of x at the positions from which a pooling with
---return_indices took them: indices, of x's shape. The sizes are (n - 1)
---stride - 2 padding + kernel_size, or output_size, which differs by less
---than a stride. Of several values for one place one is written.
---@param x mlrt.Tensor
---@param indices mlrt.Tensor
---@param kernel_size integer
---@param stride? integer
---@param padding? integer
---@param output_size? integer
---@return mlrt.Tensor
function mlrt.max_unpool1d(x, indices, kernel_size, stride, padding, output_size) end

---Zeros, and the values of x at the positions from which a pooling with
---return_indices took them: indices, of x's shape. The sizes are (n - 1)
---stride - 2 padding + kernel_size, or output_size, which differs by less
---than a stride. Of several values for one place one is written.
---@param indices mlrt.Tensor
---@param kernel_size integer
---@param stride? integer
---@param padding? integer
---@param output_size? integer
---@return mlrt.Tensor
function Tensor:max_unpool1d(indices, kernel_size, stride, padding, output_size) end

---Zeros, and the values of x at the positions from which a pooling with
---return_indices took them: indices, of x's shape. The sizes are (n - 1)
---stride - 2 padding + kernel_size, or output_size, which differs by less
---than a stride. Of several values for one place one is written.
---@param x mlrt.Tensor
---@param indices mlrt.Tensor
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[]
---@param output_size? integer|integer[]
---@return mlrt.Tensor
function mlrt.max_unpool2d(x, indices, kernel_size, stride, padding, output_size) end

---Zeros, and the values of x at the positions from which a pooling with
---return_indices took them: indices, of x's shape. The sizes are (n - 1)
---stride - 2 padding + kernel_size, or output_size, which differs by less
---than a stride. Of several values for one place one is written.
---@param indices mlrt.Tensor
---@param kernel_size integer|integer[]
---@param stride? integer|integer[]
---@param padding? integer|integer[]
---@param output_size? integer|integer[]
---@return mlrt.Tensor
function Tensor:max_unpool2d(indices, kernel_size, stride, padding, output_size) end

---x: (N, C, L) or (N, C, H, W), f32 or f64, resized to `size` (one size, or
---one for each of the last dimensions) or by scale_factor: to the nearest
---element, between the nearest two or four (linear for lines, bilinear for
---images), or to the mean of areas. Elements are areas of size 1; with
---align_corners they are points, and the first and the last stay where they
---are.
---@param x mlrt.Tensor
---@param size? integer[]|integer
---@param scale_factor? number
---@param mode? string
---@param align_corners? boolean
---@return mlrt.Tensor
function mlrt.interpolate(x, size, scale_factor, mode, align_corners) end

---x: (N, C, L) or (N, C, H, W), f32 or f64, resized to `size` (one size, or
---one for each of the last dimensions) or by scale_factor: to the nearest
---element, between the nearest two or four (linear for lines, bilinear for
---images), or to the mean of areas. Elements are areas of size 1; with
---align_corners they are points, and the first and the last stay where they
---are.
---@param size? integer[]|integer
---@param scale_factor? number
---@param mode? string
---@param align_corners? boolean
---@return mlrt.Tensor
function Tensor:interpolate(size, scale_factor, mode, align_corners) end

---(..., C r r, H, W) as (..., C, H r, W r): channels become places (Shi et
---al. 2016).
---@param x mlrt.Tensor
---@param upscale_factor integer
---@return mlrt.Tensor
function mlrt.pixel_shuffle(x, upscale_factor) end

---(..., C r r, H, W) as (..., C, H r, W r): channels become places (Shi et
---al. 2016).
---@param upscale_factor integer
---@return mlrt.Tensor
function Tensor:pixel_shuffle(upscale_factor) end

---(..., C, H r, W r) as (..., C r r, H, W): the reverse of `pixel_shuffle`.
---@param x mlrt.Tensor
---@param downscale_factor integer
---@return mlrt.Tensor
function mlrt.pixel_unshuffle(x, downscale_factor) end

---(..., C, H r, W r) as (..., C r r, H, W): the reverse of `pixel_shuffle`.
---@param downscale_factor integer
---@return mlrt.Tensor
function Tensor:pixel_unshuffle(downscale_factor) end

---(x - mean) / sqrt(var + eps) * weight + bias for each channel of x: (N, C)
---or (N, C, ...), f32 or f64; the others hold C values. When training, mean
---and variance are those of x, and the running ones move towards them by
---`momentum`, in place (the variance with n - 1); otherwise the running ones
---are used. Ioffe and Szegedy 2015.
---@param x mlrt.Tensor
---@param running_mean? mlrt.Tensor
---@param running_var? mlrt.Tensor
---@param weight? mlrt.Tensor
---@param bias? mlrt.Tensor
---@param training? boolean
---@param momentum? number
---@param eps? number
---@return mlrt.Tensor
function mlrt.batch_norm(x, running_mean, running_var, weight, bias, training, momentum, eps) end

---(x - mean) / sqrt(var + eps) * weight + bias for each channel of x: (N, C)
---or (N, C, ...), f32 or f64; the others hold C values. When training, mean
---and variance are those of x, and the running ones move towards them by
---`momentum`, in place (the variance with n - 1); otherwise the running ones
---are used. Ioffe and Szegedy 2015.
---@param running_mean? mlrt.Tensor
---@param running_var? mlrt.Tensor
---@param weight? mlrt.Tensor
---@param bias? mlrt.Tensor
---@param training? boolean
---@param momentum? number
---@param eps? number
---@return mlrt.Tensor
function Tensor:batch_norm(running_mean, running_var, weight, bias, training, momentum, eps) end

---(x - mean) / sqrt(var + eps) * weight + bias, with mean and variance
---(divided by n) over the last dimensions of x, which are normalized_shape;
---weight and bias have that shape. x: f32 or f64. Ba, Kiros and Hinton 2016.
---@param x mlrt.Tensor
---@param normalized_shape integer[]|integer
---@param weight? mlrt.Tensor
---@param bias? mlrt.Tensor
---@param eps? number
---@return mlrt.Tensor
function mlrt.layer_norm(x, normalized_shape, weight, bias, eps) end

---(x - mean) / sqrt(var + eps) * weight + bias, with mean and variance
---(divided by n) over the last dimensions of x, which are normalized_shape;
---weight and bias have that shape. x: f32 or f64. Ba, Kiros and Hinton 2016.
---@param normalized_shape integer[]|integer
---@param weight? mlrt.Tensor
---@param bias? mlrt.Tensor
---@param eps? number
---@return mlrt.Tensor
function Tensor:layer_norm(normalized_shape, weight, bias, eps) end

---x / sqrt(mean(x^2) + eps) * weight, with the mean over the last dimensions
---of x, which are normalized_shape; weight has that shape. eps: absent, the
---distance from 1 to the next number of the dtype. x: f32 or f64. Zhang and
---Sennrich 2019.
---@param x mlrt.Tensor
---@param normalized_shape integer[]|integer
---@param weight? mlrt.Tensor
---@param eps? number
---@return mlrt.Tensor
function mlrt.rms_norm(x, normalized_shape, weight, eps) end

---x / sqrt(mean(x^2) + eps) * weight, with the mean over the last dimensions
---of x, which are normalized_shape; weight has that shape. eps: absent, the
---distance from 1 to the next number of the dtype. x: f32 or f64. Zhang and
---Sennrich 2019.
---@param normalized_shape integer[]|integer
---@param weight? mlrt.Tensor
---@param eps? number
---@return mlrt.Tensor
function Tensor:rms_norm(normalized_shape, weight, eps) end

---(x - mean) / sqrt(var + eps) * weight + bias for x: (N, C) or (N, C, ...),
---f32 or f64, with mean and variance over each of num_groups groups of
---channels of each sample; weight and bias hold C values. Wu and He 2018.
---@param x mlrt.Tensor
---@param num_groups integer
---@param weight? mlrt.Tensor
---@param bias? mlrt.Tensor
---@param eps? number
---@return mlrt.Tensor
function mlrt.group_norm(x, num_groups, weight, bias, eps) end

---(x - mean) / sqrt(var + eps) * weight + bias for x: (N, C) or (N, C, ...),
---f32 or f64, with mean and variance over each of num_groups groups of
---channels of each sample; weight and bias hold C values. Wu and He 2018.
---@param num_groups integer
---@param weight? mlrt.Tensor
---@param bias? mlrt.Tensor
---@param eps? number
---@return mlrt.Tensor
function Tensor:group_norm(num_groups, weight, bias, eps) end

---(x - mean) / sqrt(var + eps) * weight + bias for each channel of each
---sample of x: (N, C, ...), f32 or f64; the others hold C values. The running
---ones, if given, move towards the mean of the samples' by `momentum`, in
---place (the variance with n - 1); without use_input_stats they are used
---instead. Ulyanov, Vedaldi and Lempitsky 2016.
---@param x mlrt.Tensor
---@param running_mean? mlrt.Tensor
---@param running_var? mlrt.Tensor
---@param weight? mlrt.Tensor
---@param bias? mlrt.Tensor
---@param use_input_stats? boolean
---@param momentum? number
---@param eps? number
---@return mlrt.Tensor
function mlrt.instance_norm(x, running_mean, running_var, weight, bias, use_input_stats, momentum, eps) end

---(x - mean) / sqrt(var + eps) * weight + bias for each channel of each
---sample of x: (N, C, ...), f32 or f64; the others hold C values. The running
---ones, if given, move towards the mean of the samples' by `momentum`, in
---place (the variance with n - 1); without use_input_stats they are used
---instead. Ulyanov, Vedaldi and Lempitsky 2016.
---@param running_mean? mlrt.Tensor
---@param running_var? mlrt.Tensor
---@param weight? mlrt.Tensor
---@param bias? mlrt.Tensor
---@param use_input_stats? boolean
---@param momentum? number
---@param eps? number
---@return mlrt.Tensor
function Tensor:instance_norm(running_mean, running_var, weight, bias, use_input_stats, momentum, eps) end

----log softmax(x)[target], the loss of a classifier. x: scores (not
---probabilities) of shape (C), (N, C) or (N, C, ...), f32 or f64. target:
---classes, shaped as x without C; none is skipped, and the mean is over the
---rest. weight: a factor for each class; the mean is divided by the factors
---of the targets. label_smoothing: the part of the target that goes to all
---classes alike (Szegedy et al. 2016).
---@param x mlrt.Tensor
---@param target mlrt.Tensor
---@param weight? mlrt.Tensor
---@param reduction? string
---@param label_smoothing? number
---@return mlrt.Tensor
function mlrt.cross_entropy(x, target, weight, reduction, label_smoothing) end

----log softmax(x)[target], the loss of a classifier. x: scores (not
---probabilities) of shape (C), (N, C) or (N, C, ...), f32 or f64. target:
---classes, shaped as x without C; none is skipped, and the mean is over the
---rest. weight: a factor for each class; the mean is divided by the factors
---of the targets. label_smoothing: the part of the target that goes to all
---classes alike (Szegedy et al. 2016).
---@param target mlrt.Tensor
---@param weight? mlrt.Tensor
---@param reduction? string
---@param label_smoothing? number
---@return mlrt.Tensor
function Tensor:cross_entropy(target, weight, reduction, label_smoothing) end

----x[target] for x the logarithms of probabilities, as `log_softmax` gives
---them: the negative log likelihood. Shapes, weight and skipped targets are
---those of `cross_entropy`.
---@param x mlrt.Tensor
---@param target mlrt.Tensor
---@param weight? mlrt.Tensor
---@param reduction? string
---@return mlrt.Tensor
function mlrt.nll_loss(x, target, weight, reduction) end

----x[target] for x the logarithms of probabilities, as `log_softmax` gives
---them: the negative log likelihood. Shapes, weight and skipped targets are
---those of `cross_entropy`.
---@param target mlrt.Tensor
---@param weight? mlrt.Tensor
---@param reduction? string
---@return mlrt.Tensor
function Tensor:nll_loss(target, weight, reduction) end

---Mean squared error, (x - target)^2. Shapes that differ are an error.
---@param x mlrt.Tensor
---@param target mlrt.Tensor
---@param reduction? string
---@return mlrt.Tensor
function mlrt.mse_loss(x, target, reduction) end

---Mean squared error, (x - target)^2. Shapes that differ are an error.
---@param target mlrt.Tensor
---@param reduction? string
---@return mlrt.Tensor
function Tensor:mse_loss(target, reduction) end

---Mean absolute error, |x - target|. Shapes that differ are an error.
---@param x mlrt.Tensor
---@param target mlrt.Tensor
---@param reduction? string
---@return mlrt.Tensor
function mlrt.l1_loss(x, target, reduction) end

---Mean absolute error, |x - target|. Shapes that differ are an error.
---@param target mlrt.Tensor
---@param reduction? string
---@return mlrt.Tensor
function Tensor:l1_loss(target, reduction) end

---(x - target)^2 / (2 beta) where they are nearer than beta, |x - target| -
---beta / 2 elsewhere (Girshick 2015). Shapes that differ are an error.
---@param x mlrt.Tensor
---@param target mlrt.Tensor
---@param reduction? string
---@param beta? number
---@return mlrt.Tensor
function mlrt.smooth_l1_loss(x, target, reduction, beta) end

---(x - target)^2 / (2 beta) where they are nearer than beta, |x - target| -
---beta / 2 elsewhere (Girshick 2015). Shapes that differ are an error.
---@param target mlrt.Tensor
---@param reduction? string
---@param beta? number
---@return mlrt.Tensor
function Tensor:smooth_l1_loss(target, reduction, beta) end

---(x - target)^2 / 2 where they are nearer than delta, delta (|x - target| -
---delta / 2) elsewhere (Huber 1964). Shapes that differ are an error.
---@param x mlrt.Tensor
---@param target mlrt.Tensor
---@param reduction? string
---@param delta? number
---@return mlrt.Tensor
function mlrt.huber_loss(x, target, reduction, delta) end

---(x - target)^2 / 2 where they are nearer than delta, delta (|x - target| -
---delta / 2) elsewhere (Huber 1964). Shapes that differ are an error.
---@param target mlrt.Tensor
---@param reduction? string
---@param delta? number
---@return mlrt.Tensor
function Tensor:huber_loss(target, reduction, delta) end

---Negative log likelihood of counts: exp(x) - target x for x the logarithms
---of their expectations, or with log_input false x - target log(x + eps) for
---x the expectations. full adds Stirling's approximation of log(target!)
---where target is above 1.
---@param x mlrt.Tensor
---@param target mlrt.Tensor
---@param log_input? boolean
---@param full? boolean
---@param eps? number
---@param reduction? string
---@return mlrt.Tensor
function mlrt.poisson_nll_loss(x, target, log_input, full, eps, reduction) end

---Negative log likelihood of counts: exp(x) - target x for x the logarithms
---of their expectations, or with log_input false x - target log(x + eps) for
---x the expectations. full adds Stirling's approximation of log(target!)
---where target is above 1.
---@param target mlrt.Tensor
---@param log_input? boolean
---@param full? boolean
---@param eps? number
---@param reduction? string
---@return mlrt.Tensor
function Tensor:poisson_nll_loss(target, log_input, full, eps, reduction) end

---Negative log likelihood of target, normal with mean x and variance var, at
---least eps: (log(var) + (x - target)^2 / var) / 2, with full plus log(2 pi)
---/ 2. var: shaped as x, or with 1 as the last size. Nix and Weigend 1994.
---@param x mlrt.Tensor
---@param target mlrt.Tensor
---@param var mlrt.Tensor
---@param full? boolean
---@param eps? number
---@param reduction? string
---@return mlrt.Tensor
function mlrt.gaussian_nll_loss(x, target, var, full, eps, reduction) end

---Negative log likelihood of target, normal with mean x and variance var, at
---least eps: (log(var) + (x - target)^2 / var) / 2, with full plus log(2 pi)
---/ 2. var: shaped as x, or with 1 as the last size. Nix and Weigend 1994.
---@param target mlrt.Tensor
---@param var mlrt.Tensor
---@param full? boolean
---@param eps? number
---@param reduction? string
---@return mlrt.Tensor
function Tensor:gaussian_nll_loss(target, var, full, eps, reduction) end

----target log(x) - (1 - target) log(1 - x) for probabilities x, the loss of a
---yes-or-no classifier. The logarithms are not less than -100. target:
---numbers or bool, of x's shape; another shape is an error. weight: a factor,
---which broadcasts to x. For scores `binary_cross_entropy_with_logits` is
---more exact.
---@param x mlrt.Tensor
---@param target mlrt.Tensor
---@param weight? mlrt.Tensor
---@param reduction? string
---@return mlrt.Tensor
function mlrt.binary_cross_entropy(x, target, weight, reduction) end

----target log(x) - (1 - target) log(1 - x) for probabilities x, the loss of a
---yes-or-no classifier. The logarithms are not less than -100. target:
---numbers or bool, of x's shape; another shape is an error. weight: a factor,
---which broadcasts to x. For scores `binary_cross_entropy_with_logits` is
---more exact.
---@param target mlrt.Tensor
---@param weight? mlrt.Tensor
---@param reduction? string
---@return mlrt.Tensor
function Tensor:binary_cross_entropy(target, weight, reduction) end

---`binary_cross_entropy` of sigmoid(x), without overflow or loss of digits.
---pos_weight: a factor of the first term, for classes with few positive
---samples; it broadcasts to x, as weight does.
---@param x mlrt.Tensor
---@param target mlrt.Tensor
---@param weight? mlrt.Tensor
---@param pos_weight? mlrt.Tensor
---@param reduction? string
---@return mlrt.Tensor
function mlrt.binary_cross_entropy_with_logits(x, target, weight, pos_weight, reduction) end

---`binary_cross_entropy` of sigmoid(x), without overflow or loss of digits.
---pos_weight: a factor of the first term, for classes with few positive
---samples; it broadcasts to x, as weight does.
---@param target mlrt.Tensor
---@param weight? mlrt.Tensor
---@param pos_weight? mlrt.Tensor
---@param reduction? string
---@return mlrt.Tensor
function Tensor:binary_cross_entropy_with_logits(target, weight, pos_weight, reduction) end

---Kullback-Leibler divergence target (log(target) - x) for x the logarithms
---of probabilities and target probabilities, or with log_target their
---logarithms. batchmean divides the sum by the number of samples, as the
---definition does; mean by that of elements. Shapes that differ are an error.
---@param x mlrt.Tensor
---@param target mlrt.Tensor
---@param reduction? string
---@param log_target? boolean
---@return mlrt.Tensor
function mlrt.kl_div(x, target, reduction, log_target) end

---Kullback-Leibler divergence target (log(target) - x) for x the logarithms
---of probabilities and target probabilities, or with log_target their
---logarithms. batchmean divides the sum by the number of samples, as the
---definition does; mean by that of elements. Shapes that differ are an error.
---@param target mlrt.Tensor
---@param reduction? string
---@param log_target? boolean
---@return mlrt.Tensor
function Tensor:kl_div(target, reduction, log_target) end

---log(1 + exp(-target x)) for targets 1 and -1. Shapes that differ are an
---error.
---@param x mlrt.Tensor
---@param target mlrt.Tensor
---@param reduction? string
---@return mlrt.Tensor
function mlrt.soft_margin_loss(x, target, reduction) end

---log(1 + exp(-target x)) for targets 1 and -1. Shapes that differ are an
---error.
---@param target mlrt.Tensor
---@param reduction? string
---@return mlrt.Tensor
function Tensor:soft_margin_loss(target, reduction) end

---x where target is 1, max(0, margin - x) where it is -1; x is a distance.
---Shapes that differ are an error.
---@param x mlrt.Tensor
---@param target mlrt.Tensor
---@param margin? number
---@param reduction? string
---@return mlrt.Tensor
function mlrt.hinge_embedding_loss(x, target, margin, reduction) end

---x where target is 1, max(0, margin - x) where it is -1; x is a distance.
---Shapes that differ are an error.
---@param target mlrt.Tensor
---@param margin? number
---@param reduction? string
---@return mlrt.Tensor
function Tensor:hinge_embedding_loss(target, margin, reduction) end

---max(0, margin - target (x1 - x2)): target 1 wants x1 above x2, -1 the
---reverse. Shapes that differ are an error.
---@param x1 mlrt.Tensor
---@param x2 mlrt.Tensor
---@param target mlrt.Tensor
---@param margin? number
---@param reduction? string
---@return mlrt.Tensor
function mlrt.margin_ranking_loss(x1, x2, target, margin, reduction) end

---max(0, margin - target (x1 - x2)): target 1 wants x1 above x2, -1 the
---reverse. Shapes that differ are an error.
---@param x2 mlrt.Tensor
---@param target mlrt.Tensor
---@param margin? number
---@param reduction? string
---@return mlrt.Tensor
function Tensor:margin_ranking_loss(x2, target, margin, reduction) end

---The mean over the classes of max(0, margin - x[target] + x[i])^p, the
---target's own left out. x: scores (C) or (N, C); target: classes () or (N);
---p: 1 or 2; weight: a factor for each target class.
---@param x mlrt.Tensor
---@param target mlrt.Tensor
---@param p? integer
---@param margin? number
---@param weight? mlrt.Tensor
---@param reduction? string
---@return mlrt.Tensor
function mlrt.multi_margin_loss(x, target, p, margin, weight, reduction) end

---The mean over the classes of max(0, margin - x[target] + x[i])^p, the
---target's own left out. x: scores (C) or (N, C); target: classes () or (N);
---p: 1 or 2; weight: a factor for each target class.
---@param target mlrt.Tensor
---@param p? integer
---@param margin? number
---@param weight? mlrt.Tensor
---@param reduction? string
---@return mlrt.Tensor
function Tensor:multi_margin_loss(target, p, margin, weight, reduction) end

---1 - cos(x1, x2) where target is 1, max(0, cos(x1, x2) - margin) where it is
----1. x1, x2: (N, D) with target (N), or (D) with (). Other shapes are an
---error.
---@param x1 mlrt.Tensor
---@param x2 mlrt.Tensor
---@param target mlrt.Tensor
---@param margin? number
---@param reduction? string
---@return mlrt.Tensor
function mlrt.cosine_embedding_loss(x1, x2, target, margin, reduction) end

---1 - cos(x1, x2) where target is 1, max(0, cos(x1, x2) - margin) where it is
----1. x1, x2: (N, D) with target (N), or (D) with (). Other shapes are an
---error.
---@param x2 mlrt.Tensor
---@param target mlrt.Tensor
---@param margin? number
---@param reduction? string
---@return mlrt.Tensor
function Tensor:cosine_embedding_loss(x2, target, margin, reduction) end

---max(0, margin + d(anchor, positive) - d(anchor, negative)), d the
---`pairwise_distance` of the last dimension. swap: with the smaller of
---d(anchor, negative) and d(positive, negative). Shapes that differ are an
---error. Schroff et al. 2015; Balntas et al. 2016.
---@param anchor mlrt.Tensor
---@param positive mlrt.Tensor
---@param negative mlrt.Tensor
---@param margin? number
---@param p? number
---@param eps? number
---@param swap? boolean
---@param reduction? string
---@return mlrt.Tensor
function mlrt.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, reduction) end

---max(0, margin + d(anchor, positive) - d(anchor, negative)), d the
---`pairwise_distance` of the last dimension. swap: with the smaller of
---d(anchor, negative) and d(positive, negative). Shapes that differ are an
---error. Schroff et al. 2015; Balntas et al. 2016.
---@param positive mlrt.Tensor
---@param negative mlrt.Tensor
---@param margin? number
---@param p? number
---@param eps? number
---@param swap? boolean
---@param reduction? string
---@return mlrt.Tensor
function Tensor:triplet_margin_loss(positive, negative, margin, p, eps, swap, reduction) end

---The cosine of the angle between vectors along dim (by default the second),
---which goes away: x1 x2 / (max(|x1|, eps) max(|x2|, eps)). The shapes
---broadcast. x1, x2: f32 or f64.
---@param x1 mlrt.Tensor
---@param x2 mlrt.Tensor
---@param dim? integer
---@param eps? number
---@return mlrt.Tensor
function mlrt.cosine_similarity(x1, x2, dim, eps) end

---The cosine of the angle between vectors along dim (by default the second),
---which goes away: x1 x2 / (max(|x1|, eps) max(|x2|, eps)). The shapes
---broadcast. x1, x2: f32 or f64.
---@param x2 mlrt.Tensor
---@param dim? integer
---@param eps? number
---@return mlrt.Tensor
function Tensor:cosine_similarity(x2, dim, eps) end

---x divided by its p-norm along dim (by default the second), or by eps where
---the norm is smaller. x: f32 or f64.
---@param x mlrt.Tensor
---@param p? number
---@param dim? integer
---@param eps? number
---@return mlrt.Tensor
function mlrt.normalize(x, p, dim, eps) end

---x divided by its p-norm along dim (by default the second), or by eps where
---the norm is smaller. x: f32 or f64.
---@param p? number
---@param dim? integer
---@param eps? number
---@return mlrt.Tensor
function Tensor:normalize(p, dim, eps) end

---The p-norm of x1 - x2 + eps over the last dimension. The shapes broadcast.
---x1, x2: f32 or f64.
---@param x1 mlrt.Tensor
---@param x2 mlrt.Tensor
---@param p? number
---@param eps? number
---@param keepdim? boolean
---@return mlrt.Tensor
function mlrt.pairwise_distance(x1, x2, p, eps, keepdim) end

---The p-norm of x1 - x2 + eps over the last dimension. The shapes broadcast.
---x1, x2: f32 or f64.
---@param x2 mlrt.Tensor
---@param p? number
---@param eps? number
---@param keepdim? boolean
---@return mlrt.Tensor
function Tensor:pairwise_distance(x2, p, eps, keepdim) end

---The p-norm distances of every row of x1: (..., P, M) from every row of x2:
---(..., R, M), as (..., P, R). For p = 2 and more than 25 rows it is computed
---by a product of matrices, which loses digits where rows are close. x1, x2:
---f32 or f64.
---@param x1 mlrt.Tensor
---@param x2 mlrt.Tensor
---@param p? number
---@return mlrt.Tensor
function mlrt.cdist(x1, x2, p) end

---The p-norm distances of every row of x1: (..., P, M) from every row of x2:
---(..., R, M), as (..., P, R). For p = 2 and more than 25 rows it is computed
---by a product of matrices, which loses digits where rows are close. x1, x2:
---f32 or f64.
---@param x2 mlrt.Tensor
---@param p? number
---@return mlrt.Tensor
function Tensor:cdist(x2, p) end

---A tensor of zeros. As an index: of first positions.
---@param shape integer[]|integer
---@param dtype? string
---@return mlrt.Tensor
function mlrt.zeros(shape, dtype) end

---A tensor of zeros, as `zeros` makes: a script never sees what others left
---in memory. In C mlrt_empty leaves its elements as they are found.
---@param shape integer[]|integer
---@param dtype? string
---@return mlrt.Tensor
function mlrt.empty(shape, dtype) end

---A tensor of ones.
---@param shape integer[]|integer
---@param dtype? string
---@return mlrt.Tensor
function mlrt.ones(shape, dtype) end

---A tensor of one value. For an integer dtype it is cut to an integer, which
---has to fit; for an index it is a position.
---@param shape integer[]|integer
---@param value number
---@param dtype? string
---@return mlrt.Tensor
function mlrt.full(shape, value, dtype) end

---Zeros in the shape of x, of its dtype if no other is given.
---@param x mlrt.Tensor
---@param dtype? string
---@return mlrt.Tensor
function mlrt.zeros_like(x, dtype) end

---Zeros in the shape of x, of its dtype if no other is given.
---@param dtype? string
---@return mlrt.Tensor
function Tensor:zeros_like(dtype) end

---Zeros in the shape of x, of its dtype if no other is given, as `zeros_like`
---makes.
---@param x mlrt.Tensor
---@param dtype? string
---@return mlrt.Tensor
function mlrt.empty_like(x, dtype) end

---Zeros in the shape of x, of its dtype if no other is given, as `zeros_like`
---makes.
---@param dtype? string
---@return mlrt.Tensor
function Tensor:empty_like(dtype) end

---Ones in the shape of x, of its dtype if no other is given.
---@param x mlrt.Tensor
---@param dtype? string
---@return mlrt.Tensor
function mlrt.ones_like(x, dtype) end

---Ones in the shape of x, of its dtype if no other is given.
---@param dtype? string
---@return mlrt.Tensor
function Tensor:ones_like(dtype) end

---One value in the shape of x, of its dtype if no other is given.
---@param x mlrt.Tensor
---@param value number
---@param dtype? string
---@return mlrt.Tensor
function mlrt.full_like(x, value, dtype) end

---One value in the shape of x, of its dtype if no other is given.
---@param value number
---@param dtype? string
---@return mlrt.Tensor
function Tensor:full_like(value, dtype) end

---Ones on the diagonal of an (n, columns) matrix, n by n if columns is
---absent, and zeros elsewhere.
---@param n integer
---@param columns? integer
---@param dtype? string
---@return mlrt.Tensor
function mlrt.eye(n, columns, dtype) end

---start, start + step, ... as far as stop, which is left out: arange(stop),
---arange(start, stop), arange(start, stop, step). Without a dtype i64 if all
---of them are integers, else f32 (in C, where they are double, give one).
---Element i is start + i * step, computed in i64 or f64.
---@param start? number
---@param stop number
---@param step? number
---@param dtype? string
---@return mlrt.Tensor
function mlrt.arange(start, stop, step, dtype) end

---start, start + step, ... up to and including stop, as a loop in Lua goes.
---Without a dtype i64 if all are integers, else f32 (in C, where they are
---double, give one).
---@param start number
---@param stop number
---@param step? number
---@param dtype? string
---@return mlrt.Tensor
function mlrt.range(start, stop, step, dtype) end

---`steps` evenly spaced values from start to stop, both included. One step
---gives start.
---@param start number
---@param stop number
---@param steps integer
---@param dtype? string
---@return mlrt.Tensor
function mlrt.linspace(start, stop, steps, dtype) end

---base to the power of `steps` evenly spaced values from start to stop, both
---included, computed in f64. An integer dtype cuts them to integers.
---@param start number
---@param stop number
---@param steps integer
---@param base? number
---@param dtype? string
---@return mlrt.Tensor
function mlrt.logspace(start, stop, steps, base, dtype) end

---Evenly distributed values, 0 <= y < 1: multiples of 2^-24 in f32, of 2^-53
---in f64. Philox 4x32-10, Salmon et al. 2011: an element depends on the
---generator's state and on its own number alone.
---@param shape integer[]|integer
---@param dtype? string
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function mlrt.rand(shape, dtype, generator) end

---Normally distributed values of mean 0 and variance 1, by the method of Box
---and Muller 1958.
---@param shape integer[]|integer
---@param dtype? string
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function mlrt.randn(shape, dtype, generator) end

---`rand` in the shape of x, of its dtype if no other is given.
---@param x mlrt.Tensor
---@param dtype? string
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function mlrt.rand_like(x, dtype, generator) end

---`rand` in the shape of x, of its dtype if no other is given.
---@param dtype? string
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function Tensor:rand_like(dtype, generator) end

---`randn` in the shape of x, of its dtype if no other is given.
---@param x mlrt.Tensor
---@param dtype? string
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function mlrt.randn_like(x, dtype, generator) end

---`randn` in the shape of x, of its dtype if no other is given.
---@param dtype? string
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function Tensor:randn_like(dtype, generator) end

---Integers, low <= y < high, each as likely as any other: randint(high,
---shape) or randint(low, high, shape). All of them have to fit the dtype; of
---an index low and high are positions.
---@param low? number
---@param high number
---@param shape integer[]|integer
---@param dtype? string
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function mlrt.randint(low, high, shape, dtype, generator) end

---`randint` in the shape of x, of its dtype if no other is given:
---randint_like(x, high) or randint_like(x, low, high).
---@param x mlrt.Tensor
---@param low? number
---@param high number
---@param dtype? string
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function mlrt.randint_like(x, low, high, dtype, generator) end

---`randint` in the shape of x, of its dtype if no other is given:
---randint_like(x, high) or randint_like(x, low, high).
---@param low? number
---@param high number
---@param dtype? string
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function Tensor:randint_like(low, high, dtype, generator) end

---The n positions in random order, as an index, each order as likely as any
---other. Fisher and Yates 1938; Durstenfeld 1964.
---@param n integer
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function mlrt.randperm(n, generator) end

---1 with the probabilities in x, f32 or f64 in 0..1, else 0; of x's dtype.
---@param x mlrt.Tensor
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function mlrt.bernoulli(x, generator) end

---1 with the probabilities in x, f32 or f64 in 0..1, else 0; of x's dtype.
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function Tensor:bernoulli(generator) end

---mean + std * z, z standard normal. Of two numbers it has the given shape
---(and dtype, f32), else the shape and dtype of the tensors, broadcast. The
---gradient goes to mean and std with z held fixed (Kingma and Welling 2014).
---@param mean? mlrt.Tensor|number
---@param std? mlrt.Tensor|number
---@param shape? integer[]|integer
---@param dtype? string
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function mlrt.normal(mean, std, shape, dtype, generator) end

---mean + std * z, z standard normal. Of two numbers it has the given shape
---(and dtype, f32), else the shape and dtype of the tensors, broadcast. The
---gradient goes to mean and std with z held fixed (Kingma and Welling 2014).
---@param std? mlrt.Tensor|number
---@param shape? integer[]|integer
---@param dtype? string
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function Tensor:normal(std, shape, dtype, generator) end

---Positions drawn with probabilities that are as the weights in x:
---num_samples of a vector x, or of each row of a matrix, as an index. Weights
---are f32 or f64, not negative, finite, and need no particular sum. Without
---replacement no position comes twice, and they come in the order in which
---they were drawn (Efraimidis and Spirakis 2006).
---@param x mlrt.Tensor
---@param num_samples integer
---@param replacement? boolean
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function mlrt.multinomial(x, num_samples, replacement, generator) end

---Positions drawn with probabilities that are as the weights in x:
---num_samples of a vector x, or of each row of a matrix, as an index. Weights
---are f32 or f64, not negative, finite, and need no particular sum. Without
---replacement no position comes twice, and they come in the order in which
---they were drawn (Efraimidis and Spirakis 2006).
---@param num_samples integer
---@param replacement? boolean
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function Tensor:multinomial(num_samples, replacement, generator) end

---Fills x, f32 or f64, with evenly distributed values, low <= x < high.
---@param x mlrt.Tensor
---@param low? number
---@param high? number
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function mlrt.uniform_(x, low, high, generator) end

---Fills x, f32 or f64, with evenly distributed values, low <= x < high.
---@param low? number
---@param high? number
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function Tensor:uniform_(low, high, generator) end

---Fills x, f32 or f64, with normally distributed values.
---@param x mlrt.Tensor
---@param mean? number
---@param std? number
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function mlrt.normal_(x, mean, std, generator) end

---Fills x, f32 or f64, with normally distributed values.
---@param mean? number
---@param std? number
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function Tensor:normal_(mean, std, generator) end

---When training, each element becomes 0 with probability p, the others are
---multiplied by 1 / (1 - p); otherwise x itself. Srivastava et al. 2014.
---@param x mlrt.Tensor
---@param p? number
---@param training? boolean
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function mlrt.dropout(x, p, training, generator) end

---When training, each element becomes 0 with probability p, the others are
---multiplied by 1 / (1 - p); otherwise x itself. Srivastava et al. 2014.
---@param p? number
---@param training? boolean
---@param generator? mlrt.Generator
---@return mlrt.Tensor
function Tensor:dropout(p, training, generator) end

---The tensors one after the other along dim. Their shapes are equal in the
---other dimensions; tensors of shape (0) are left out. Mixed dtypes are
---promoted.
---@param tensors mlrt.Tensor[]
---@param dim? integer
---@return mlrt.Tensor
function mlrt.cat(tensors, dim) end

---The tensors, all of one shape, along a new dimension dim. Mixed dtypes are
---promoted.
---@param tensors mlrt.Tensor[]
---@param dim? integer
---@return mlrt.Tensor
function mlrt.stack(tensors, dim) end

---For n vectors n tensors of n dimensions: the first varies along the first
---dimension as its vector does and repeats along the others, and so on.
---indexing "xy" exchanges the first two dimensions. The grids are views of
---the vectors; write into a clone.
---@param tensors mlrt.Tensor[]
---@param indexing? string
---@return mlrt.Tensor[]
function mlrt.meshgrid(tensors, indexing) end

return mlrt
