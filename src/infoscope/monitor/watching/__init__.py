"""Parts of `infoscope.monitor.watch`: schedule, store, overhead, replay, numbers of a training."""
