import os

# One thread a contestant. NumPy and torch read these when they are imported.
for library in ("OMP", "OPENBLAS", "MKL"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

from benchmarks.run import main  # noqa: E402

if __name__ == "__main__":
    main()
