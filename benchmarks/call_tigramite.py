"""Call PCMCI or PCMCI+ in an environment that has tigramite: call_tigramite.py NAME IN OUT.

IN is an array (trial, time, node), OUT gets the order of the pairs (source, target).
"""

import sys
import time

import numpy as np
from tigramite.data_processing import DataFrame
from tigramite.independence_tests.parcorr import ParCorr
from tigramite.pcmci import PCMCI

name, given, answer = sys.argv[1:]
values = np.load(given)
trials = DataFrame(dict(enumerate(values)), analysis_mode="multiple")
method = PCMCI(dataframe=trials, cond_ind_test=ParCorr(), verbosity=0)
began = time.process_time()
found = method.run_pcmci(tau_max=1) if name == "PCMCI" else method.run_pcmciplus(tau_max=1)
# By the smallest p over lags; ties, where p is 0 to the last digit, by the partial correlation.
lags = slice(1, 2) if name == "PCMCI" else slice(0, 2)
p, size = found["p_matrix"][:, :, lags], np.abs(found["val_matrix"][:, :, lags])
order = (-np.log10(np.maximum(p, 1e-300)) + 1e-6 * size).max(axis=2)
np.savez(answer, order=order, seconds=time.process_time() - began)
