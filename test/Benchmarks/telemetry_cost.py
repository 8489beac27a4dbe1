"""What telemetry costs, from the log of a run with --telemetry-every=N:

    telemetry_cost.py RUN.jsonl N

The time of measured steps and of the others, at some quantiles, and what the
difference is of a step where every Nth is measured.
"""

import json
import sys


def main(path, every):
    times = {True: [], False: []}
    for line in open(path):
        record = json.loads(line)
        if record.get("step", 0) > 20 and "samples_per_second" in record:
            seconds = 1.0 / record["samples_per_second"]
            times[record["step"] % every == 0].append(seconds)
    for quantile in (0.05, 0.25, 0.5):
        plain, measured = (
            sorted(times[kind])[int(quantile * len(times[kind]))] for kind in (False, True)
        )
        print(
            "quantile %.2f: a measured step takes %.3f of another, telemetry %.2f %% of a step"
            % (quantile, measured / plain, 100.0 * (measured / plain - 1.0) / every)
        )


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
