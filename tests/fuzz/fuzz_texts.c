/* fuzz_texts.c: what is read out of strings: "2:4, 3" as an index, to read and
 * to write by, the equation of einsum, Lua's JSON, options. The first byte
 * says which. */
#include "fuzz_lua.h"

static const char texts_script[] =
    "local m = require 'mlrt'\n"
    "local json, cli = m.json, m.cli\n"
    "local parse = {}\n"
    "local function tensor() return m.arange(24):reshape(4, 6) end\n"
    "function parse.r(s) return tensor()[s] end\n"
    "function parse.w(s) tensor()[s] = 1 end\n"
    "function parse.e(s) return m.einsum(s, tensor(), tensor()) end\n"
    "function parse.s(s) return m.einsum(s, tensor()) end\n"
    "function parse.j(s)\n"
    "  local v, err = json.decode(s)\n"
    "  if v == nil or v ~= v then return type(err) == 'string' or v ~= v end\n"
    "  local ok, text = pcall(json.encode, v)\n"
    "  return not ok or json.encode(json.decode(text)) == text\n"
    "end\n"
    "function parse.v(s)\n"
    "  local f, err = m.df.parse_csv(s)\n"
    "  if not f then return type(err) == 'string' end\n"
    "  for i = 1, math.min(#f, 50) do f:row(i) end\n"
    "end\n"
    "function parse.d(s) return m.zeros({2}, {dtype = s}) end\n"
    "function parse.o(s) return m.zeros({2}, {[s] = 1}) end\n"
    "function parse.c(s)\n"
    "  local words = {}\n"
    "  for word in s:gmatch '[^ ]+' do words[#words + 1] = word end\n"
    "  cli.parse(words, {epochs = 3, lr = 0.1, data = '', fast = true})\n"
    "end\n"
    "function fuzz(s)\n"
    "  local f = parse[s:sub(1, 1)]\n"
    "  if not f then return end\n"
    "  local ok, result = pcall(f, s:sub(2))\n"
    "  return not (ok and result == false)\n"
    "end\n"
    "function clean() collectgarbage() collectgarbage() end\n";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n) {
    static mlrt_runtime *rt;
    if (!rt)
        rt = fuzz_runtime(texts_script);
    return fuzz_script(rt, bytes, n);
}
