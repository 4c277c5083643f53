std = "lua54"
max_line_length = 80
exclude_files = {"docs/library", "build"}
-- Files that are loaded at the prompt leave their variables there.
files["tests/prompt"].allow_defined_top = true
files["tests/prompt"].ignore = {"131"}
files["tests/spec"].read_globals = {
  "describe", "it", "before_each", "eq", "near", "raises", "skip",
  "same", "shape_of", "message", "refuses",
}
