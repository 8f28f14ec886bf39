"""What the runs of the sweep can do, a line for each state.

python -m experiments.size_sweep.measure --out=/tmp/sweep --results=experiments/size_sweep/results.jsonl
"""

from experiments import states
from experiments.size_sweep.run import AT, sweep

if __name__ == "__main__":
    states.program(sweep, AT)
