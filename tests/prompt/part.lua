-- A module that a session changes and reloads.
return {value = 1}
