"""The command line, `python -m demos`: draw a compute graph, verify its gradients, train on toy and real data."""
