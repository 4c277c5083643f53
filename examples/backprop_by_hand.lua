-- backprop_by_hand.lua: the chain rule on paper, and what autograd makes of it.
--
--   mlrun examples/backprop_by_hand.lua
--
-- A network of 3 inputs, 2 hidden units and 1 output, without a nonlinearity,
-- with weights chosen so that the numbers can be checked in the head: the
-- hidden layer is (0.8, 0.9) and the output 0.85.  Every figure is computed
-- twice, by the formula beside it and by autograd.

local m = require "mlrt"

local worst = 0 -- the largest difference between the two columns

local function compare(name, by_hand, by_autograd)
  worst = math.max(worst, math.abs(by_hand - by_autograd))
  print(("  %-34s %+10.6f  %+10.6f"):format(name, by_hand, by_autograd))
end

local function heading(text)
  print(("\n%s\n  %-34s %10s  %10s"):format(text, "", "by hand", "autograd"))
end

-- Numbers in f64, which is what Lua computes with.
local function numbers(values, grad)
  return m.tensor(values, {dtype = "f64", requires_grad = grad})
end

-- ---- A loss and one step --------------------------------------------------

-- Two values should both be 0.85.  MSE = 1/2 ((h1 - t)^2 + (h2 - t)^2).
local h, t, rate = {0.8, 0.9}, 0.85, 0.1

local H = numbers(h, true)
local loss = ((H - t) ^ 2):mean()
loss:backward()

heading "The hidden layer against the target 0.85, learning rate 0.1"
compare("loss = mean of (h - t)^2",
  ((h[1] - t) ^ 2 + (h[2] - t) ^ 2) / 2, loss:item())
for i = 1, 2 do
  compare(("d loss / d h%d = h%d - t"):format(i, i), h[i] - t, H.grad[i])
end
-- The gradient points uphill and already has its sign: h1 is too small, its
-- gradient is negative, and minus the gradient makes it larger.
for i = 1, 2 do
  compare(("step of h%d = -rate * gradient"):format(i),
    -rate * (h[i] - t), -rate * H.grad[i])
end
local stepped = H:detach() - rate * H.grad
compare("loss after the step",
  ((h[1] + 0.005 - t) ^ 2 + (h[2] - 0.005 - t) ^ 2) / 2,
  ((stepped - t) ^ 2):mean():item())

-- ---- The whole network ----------------------------------------------------

-- h = W1 x + b1 (2), y = w2 . h + b2 (1), loss = (y - target)^2.
local x = {1, 0.5, 2}
local W1 = {{0.2, 0.4, 0.1}, {0.3, 0.2, 0.2}}
local b1, w2, b2 = {0.2, 0.1}, {0.5, 0.5}, 0.0
local target = 1.0

local X = numbers(x)
local A, B1 = numbers(W1, true), numbers(b1, true)
local W2, B2 = numbers(w2, true), numbers(b2, true)

local function network()
  local hidden = A:mv(X) + B1
  return W2:dot(hidden) + B2, hidden
end

local Y, hidden = network()
local L = (Y - target) ^ 2
L:backward()

heading "Forward, x = (1, 0.5, 2), target 1"
for j = 1, 2 do
  h[j] = b1[j]
  for i = 1, 3 do h[j] = h[j] + W1[j][i] * x[i] end
  compare(("h%d = W1[%d] . x + b1[%d]"):format(j, j, j), h[j],
    hidden:detach()[j])
end
local y = w2[1] * h[1] + w2[2] * h[2] + b2
compare("y = w2 . h + b2", y, Y:item())
compare("loss = (y - target)^2", (y - target) ^ 2, L:item())

heading "Backward, from the loss to the weights"
local dy = 2 * (y - target)
compare("d loss / d b2 = dy = 2 (y - target)", dy, B2.grad:item())
for j = 1, 2 do
  compare(("d loss / d w2[%d] = dy h%d"):format(j, j), dy * h[j], W2.grad[j])
end
for j = 1, 2 do
  local dh = dy * w2[j]
  compare(("d loss / d b1[%d] = dh%d = dy w2[%d]"):format(j, j, j), dh,
    B1.grad[j])
  for i = 1, 3 do
    compare(("d loss / d W1[%d][%d] = dh%d x%d"):format(j, i, j, i), dh * x[i],
      A.grad[j][i])
  end
end

-- ---- A step downhill ------------------------------------------------------

m.optim.SGD({A, B1, W2, B2}, {lr = 0.01}):step()
local after = ((network() - target) ^ 2):item()
print(("\nOne step of SGD with rate 0.01: the loss falls from %.6f to %.6f.")
  :format(L:item(), after))
print(("Largest difference between the columns: %.1e"):format(worst))
assert(worst < 1e-12 and after < L:item())
