"""How a data-parallel step scales: measured on this machine, and modelled beyond it; `python -m benchmarks.scaling`."""
