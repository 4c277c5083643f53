# resume.sh: a run that is killed 50 times at random moments, and resumed each
# time, ends in the same bits; see tests/check/resume.sh.
step kills sh -c 'KILLS=50 sh tests/check/resume.sh'
