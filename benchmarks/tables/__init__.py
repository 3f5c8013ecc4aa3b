"""Our default training of tables beside scikit-learn's models: `python -m benchmarks tables`."""
