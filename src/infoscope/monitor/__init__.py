"""Recording of anyone's recurrent network: record, check, watch. Needs torch for torch modules."""
