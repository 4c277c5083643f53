-- A file that :load runs.
answer = 42
print("loaded with " .. require "mlrt".ones(4):numel())
