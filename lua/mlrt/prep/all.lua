-- all.lua: loads every class of prep, for files that name them.

require "mlrt.prep".load_all()
return true
