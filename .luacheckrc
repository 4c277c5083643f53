std = "lua54"
max_line_length = 80
exclude_files = {"docs/library", "build"}
files["tests/spec"].read_globals = {
  "describe", "it", "before_each", "eq", "near", "raises", "skip",
}
