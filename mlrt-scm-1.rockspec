package = "mlrt"
version = "scm-1"
source = {url = "."}
description = {
  summary = "A machine-learning runtime: tensors, autograd, layers.",
  detailed = [[
A C core (tensors, reverse-mode differentiation, kernels of the usual layers,
losses, optimizers) on OpenBLAS and LAPACKE, scripted in Lua.]],
  license = "MIT",
}
dependencies = {"lua >= 5.4, < 5.5"}
build = {
  type = "make",
  build_target = "build/mlrt.so",
  build_variables = {
    CFLAGS = "$(CFLAGS)",
    LUA_CFLAGS = "-I$(LUA_INCDIR)",
  },
  install_target = "install-module",
  install_variables = {
    CFLAGS = "$(CFLAGS)",
    LUA_CFLAGS = "-I$(LUA_INCDIR)",
    LUA_CMOD = "$(LIBDIR)",
  },
}
